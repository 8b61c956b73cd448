// Points in time as whole microseconds since 1970 (BigInt): RFC 3339, UTCTime and GeneralizedTime.

const SECOND = 1000000n;
const MINUTE = 60n * SECOND;
const DAY = 86400n * SECOND;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function badTime(text) {
  const shown = showText(cut(text, 40));
  return new Problem(`时间写法不合规：${shown}`, `not a valid time: ${shown}`);
}

// Microseconds of a UTC date and time; refuses dates and times that do not exist (leap seconds too).
function civil(text, year, month, day, hour, minute, second) {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const sound = year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && second <= 59;
  if (!sound || day < 1 || day > MONTH_DAYS[month - 1] + (leap && month === 2 ? 1 : 0)) throw badTime(text);
  const before = year - 1;
  let days = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719162;
  for (let at = 0; at < month - 1; at += 1) days += MONTH_DAYS[at];
  days += (leap && month > 2 ? 1 : 0) + day - 1;
  return BigInt(days) * DAY + BigInt(hour * 3600 + minute * 60 + second) * SECOND;
}

function timeNumber(text, piece) {
  if (!/^[0-9]+$/.test(piece)) throw badTime(text);
  return Number(piece);
}

// Microseconds of a decimal fraction, 1 to 9 digits, cut off below a microsecond.
function fractionMicros(text, fraction) {
  if (fraction.length < 1 || fraction.length > 9) throw badTime(text);
  timeNumber(text, fraction);
  return BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

// Time of MMDDHHMMSS in `year`.
function compactTime(text, digits, year) {
  const pair = [0, 2, 4, 6, 8].map((at) => timeNumber(text, digits.slice(at, at + 2)));
  return civil(text, year, ...pair);
}

// Microseconds of YYYY-MM-DDTHH:MM:SS[.f]Z (RFC 3339, UTC only).
function parseRfc3339(text) {
  if (typeof text !== 'string') throw badTime(showValue(text));
  const size = codePoints(text);
  if (size < 20 || size > 30 || !text.endsWith('Z')) throw badTime(text);
  if (text[4] + text[7] + text[10] + text[13] + text[16] !== '--T::') throw badTime(text);
  const whole = text.slice(5, 7) + text.slice(8, 10) + text.slice(11, 13) + text.slice(14, 16) + text.slice(17, 19);
  const micros = compactTime(text, whole, timeNumber(text, text.slice(0, 4)));
  const rest = text.slice(19, -1);
  if (rest && rest[0] !== '.') throw badTime(text);
  return micros + (rest ? fractionMicros(text, rest.slice(1)) : 0n);
}

// Microseconds of a DER UTCTime or GeneralizedTime (with a fraction, as RFC 3161 allows).
function asn1Time(node) {
  const text = ascii(node.body);
  if (text === null) throw badTime(showBytes(node.body));
  if (!text.endsWith('Z')) throw badTime(text);
  if (node.tag === UTC_TIME && text.length === 13) {
    const short = timeNumber(text, text.slice(0, 2));
    return compactTime(text, text.slice(2, 12), short + (short >= 50 ? 1900 : 2000));
  }
  if (node.tag !== GENERALIZED_TIME || text.length < 15) throw badTime(text);
  const dot = text.indexOf('.');
  const whole = dot < 0 ? text.slice(0, -1) : text.slice(0, dot);
  if (whole.length !== 14) throw badTime(text);
  const micros = compactTime(text, whole.slice(4), timeNumber(text, whole.slice(0, 4)));
  return micros + (dot < 0 ? 0n : fractionMicros(text, text.slice(dot + 1, -1)));
}

// A time as RFC 3339 UTC, with a fraction only when there is one.
function showTime(micros) {
  const fraction = micros % SECOND;
  const text = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  return text + (fraction ? '.' + String(fraction).padStart(6, '0').replace(/0+$/, '') : '') + 'Z';
}
