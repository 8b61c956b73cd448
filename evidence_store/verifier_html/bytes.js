// Bytes and text: strict encodings, comparisons, and names shown the way verify.py shows them.

const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX_PAIRS = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

// A string as UTF-8, or null when it holds a lone surrogate.
const encode = (text) => (text.isWellFormed() ? UTF8.encode(text) : null);
const utf8 = (text) => UTF8.encode(text);

// UTF-8 bytes as a string, or null when they are not UTF-8. A byte order mark is kept, so that it is noticed.
function decode(data) {
  try {
    return STRICT_UTF8.decode(data);
  } catch {
    return null;
  }
}

function ascii(data) {
  return data.every((byte) => byte < 0x80) ? decode(data) : null;
}

const hex = (data) => Array.from(data, (byte) => HEX_PAIRS[byte]).join('');
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

function join(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

// Order of bytes: negative, zero or positive, as for sort.
function compareBytes(left, right) {
  const most = Math.min(left.length, right.length);
  for (let at = 0; at < most; at += 1) if (left[at] !== right[at]) return left[at] - right[at];
  return left.length - right.length;
}

// Order of code points, which is also the order of the UTF-8 bytes. JavaScript alone would sort by UTF-16 units.
function byCodePoint(left, right) {
  const most = Math.min(left.length, right.length);
  for (let at = 0; at < most; at += 1) {
    if (left[at] !== right[at]) return left.codePointAt(at) - right.codePointAt(at) || (left[at] < right[at] ? -1 : 1);
  }
  return left.length - right.length;
}

const sorted = (texts) => [...texts].sort(byCodePoint);
const cut = (text, most) => (text.length <= most ? text : Array.from(text).slice(0, most).join(''));
const codePoints = (text) => (text.length < 128 ? text.length : Array.from(text).length);

function bigFrom(data) {
  return data.length ? BigInt('0x' + hex(data)) : 0n;
}

function bigToBytes(value, size) {
  return unhex(value.toString(16).padStart(size * 2, '0'));
}

function indexOfPair(data, first, second, from = 0) {
  for (let at = data.indexOf(first, from); at >= 0; at = data.indexOf(first, at + 1)) {
    if (data[at + 1] === second) return at;
  }
  return -1;
}

// The lines of a file: everything between line feeds, as views.
function splitLines(data) {
  const lines = [];
  let start = 0;
  for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, start)) {
    lines.push(data.subarray(start, at));
    start = at + 1;
  }
  lines.push(data.subarray(start));
  return lines;
}

// Base64 read as leniently as most programs do (foreign characters skipped), or null when it cannot be read at all.
// Who wants it strict writes the result again and compares.
function lenientBase64(text) {
  const out = [];
  let quad = 0;
  let held = 0;
  let pads = 0;
  for (const mark of text) {
    if (mark === '=') {
      pads += 1;
      if (quad >= 2 && quad + pads >= 4) return Uint8Array.from(out);
      continue;
    }
    const value = BASE64.indexOf(mark);
    if (value < 0) continue;
    pads = 0;
    if (quad === 1) out.push(((held << 2) | (value >> 4)) & 255);
    else if (quad === 2) out.push(((held << 4) | (value >> 2)) & 255);
    else if (quad === 3) out.push(((held << 6) | value) & 255);
    held = value;
    quad = (quad + 1) % 4;
  }
  return quad ? null : Uint8Array.from(out);
}

function toBase64(data) {
  let out = '';
  for (let at = 0; at < data.length; at += 3) {
    const block = (data[at] << 16) | ((data[at + 1] || 0) << 8) | (data[at + 2] || 0);
    const left = data.length - at;
    out += BASE64[block >> 18] + BASE64[(block >> 12) & 63];
    out += (left > 1 ? BASE64[(block >> 6) & 63] : '=') + (left > 2 ? BASE64[block & 63] : '=');
  }
  return out;
}

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u;
const printable = (mark) => mark === ' ' || !UNPRINTABLE.test(mark);

// One line without control or direction marks: words from a package must not rewrite the reader's screen.
const plainText = (text) => Array.from(text, (mark) => (printable(mark) ? mark : '?')).join('');

function escaped(mark, quote, plain) {
  const code = mark.codePointAt(0);
  const known = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' }[code];
  if (known) return known;
  if (mark === quote) return '\\' + quote;
  if (plain(mark, code)) return mark;
  if (code < 0x100) return '\\x' + code.toString(16).padStart(2, '0');
  return code < 0x10000 ? '\\u' + code.toString(16).padStart(4, '0') : '\\U' + code.toString(16).padStart(8, '0');
}

// A name in quotes with everything unusual escaped: what Python's ascii() and repr() write.
function quoted(text, plain) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + Array.from(text, (mark) => escaped(mark, quote, plain)).join('') + quote;
}

const showAscii = (text) => quoted(text, (mark, code) => code >= 0x20 && code < 0x7f);
const showText = (text) => quoted(text, printable);
const showBytes = (data) => 'b' + quoted(Array.from(data, (byte) => String.fromCharCode(byte)).join(''), (mark, code) => code >= 0x20 && code < 0x7f);
