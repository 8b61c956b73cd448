// JSON that can be read in one way only: no duplicate keys, no fractions unless allowed, bounded size and depth.
// Objects become Maps, so that no key of a package can mean anything to JavaScript.

const MAX_JSON = 16 << 20;
const MAX_JSON_DEPTH = 32;
const JSON_NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const JSON_ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

const badJson = (zh, en) => new Problem('JSON 不合规：' + zh, 'JSON refused: ' + en);
const badSyntax = () => badJson('语法错误', 'syntax error');

// A number written with a fraction or exponent, kept apart from integers.
class Fraction {
  constructor(text) {
    this.text = text;
  }
}

class JsonReader {
  constructor(text, fractions) {
    Object.assign(this, { text, fractions, at: 0 });
  }

  space() {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at += 1;
  }

  value() {
    const mark = this.text[this.at];
    if (mark === '"') return this.string();
    if (mark === '{') return this.object();
    if (mark === '[') return this.list();
    for (const [word, value] of [['null', null], ['true', true], ['false', false]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    for (const word of ['NaN', 'Infinity', '-Infinity']) {
      if (this.text.startsWith(word, this.at)) throw badJson('不允许 ' + word, 'not allowed: ' + word);
    }
    return this.number();
  }

  number() {
    JSON_NUMBER.lastIndex = this.at;
    const found = JSON_NUMBER.exec(this.text);
    if (!found) throw badSyntax();
    const [text, fraction, exponent] = found;
    this.at += text.length;
    if (fraction || exponent) {
      if (this.fractions) return new Fraction(text);
      throw badJson('不允许小数 ' + text.slice(0, 20), 'no fractions allowed: ' + text.slice(0, 20));
    }
    if (text.length > 17 || !Number.isSafeInteger(Number(text))) throw badJson('整数过大', 'integer too large');
    return Number(text) + 0;
  }

  string() {
    let out = '';
    let start = this.at + 1;
    for (let at = start; ; at += 1) {
      const mark = this.text[at];
      if (mark === undefined || mark < ' ') throw badSyntax();
      if (mark === '"') {
        this.at = at + 1;
        return out + this.text.slice(start, at);
      }
      if (mark !== '\\') continue;
      const kind = this.text[at + 1] ?? '';
      const four = this.text.slice(at + 2, at + 6);
      if (kind === 'u' && !/^[0-9a-fA-F]{4}$/.test(four)) throw badSyntax();
      if (kind !== 'u' && !Object.hasOwn(JSON_ESCAPES, kind)) throw badSyntax();
      out += this.text.slice(start, at) + (kind === 'u' ? String.fromCharCode(parseInt(four, 16)) : JSON_ESCAPES[kind]);
      at += kind === 'u' ? 5 : 1;
      start = at + 1;
    }
  }

  // The items between two brackets, each read by `item`.
  items(close, item) {
    this.at += 1;
    this.space();
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      item();
      this.space();
      const mark = this.text[this.at];
      this.at += 1;
      if (mark === close) return;
      if (mark !== ',') throw badSyntax();
      this.space();
    }
  }

  list() {
    const out = [];
    this.items(']', () => out.push(this.value()));
    return out;
  }

  object() {
    const out = new Map();
    let twice = false;
    this.items('}', () => {
      if (this.text[this.at] !== '"') throw badSyntax();
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') throw badSyntax();
      this.at += 1;
      this.space();
      twice ||= out.has(key);
      out.set(key, this.value());
    });
    if (twice) throw badJson('键重复', 'duplicate key');
    return out;
  }
}

// Refuse deep nesting before parsing, so the parser's recursion stays bounded.
function checkDepth(text) {
  let depth = 0;
  let inside = false;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at];
    if (inside) {
      if (mark === '\\') at += 1;
      else if (mark === '"') inside = false;
    } else if (mark === '"') inside = true;
    else if (mark === '[' || mark === '{') depth += 1;
    else if (mark === ']' || mark === '}') depth -= 1;
    if (depth > MAX_JSON_DEPTH) throw badJson('嵌套过深', 'nested too deeply');
  }
}

// Parse one JSON value; `fractions` allows numbers with a fraction or exponent (foreign files only).
function parseJson(data, { fractions = false, limit = MAX_JSON } = {}) {
  if (data.length > limit) throw badJson('文件过大', 'file too large');
  const whole = decode(data);
  if (whole === null) throw badJson('不是 UTF-8', 'not UTF-8');
  checkDepth(whole);
  const reader = new JsonReader(whole.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''), fractions);
  const value = reader.value();
  if (reader.at !== reader.text.length) throw badJson('末尾有多余内容', 'something after the value');
  return value;
}

function canonicalText(item) {
  if (typeof item === 'string') return JSON.stringify(item);
  if (item instanceof Map) {
    // RFC 8785 sorts by UTF-16 code units, as JavaScript does.
    return `{${[...item.keys()].sort().map((key) => `${JSON.stringify(key)}:${canonicalText(item.get(key))}`).join(',')}}`;
  }
  return Array.isArray(item) ? `[${item.map(canonicalText).join(',')}]` : String(item);
}

function loneSurrogate(item) {
  if (typeof item === 'string') return !item.isWellFormed();
  if (item instanceof Map) return [...item].some(([key, value]) => loneSurrogate(key) || loneSurrogate(value));
  return Array.isArray(item) && item.some(loneSurrogate);
}

// A value in the canonical form of RFC 8785 (no fractions).
function canonicalJson(value) {
  if (loneSurrogate(value)) throw badJson('含孤立代理字符', 'lone surrogate');
  return utf8(canonicalText(value));
}

// Parse canonical JSON, refusing any other spelling of the same value.
function parseCanonical(data, limit = 1 << 20) {
  const value = parseJson(data, { limit });
  if (!same(canonicalJson(value), data)) throw badJson('不是规范写法', 'not in canonical form');
  return value;
}

// A value inside a message, as verify.py shows it.
function showValue(value) {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  const inner = (one) => (typeof one === 'string' ? showText(one) : showValue(one));
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, one]) => `${inner(key)}: ${inner(one)}`).join(', ')}}`;
  return String(value);
}

// Typed access to a JSON object whose keys are all known; anything unexpected is refused.
class Shape {
  constructor(value, where, required, optional = []) {
    if (!(value instanceof Map)) throw badJson(`${where} 不是对象`, `${where} is not an object`);
    const lacking = required.filter((key) => !value.has(key));
    const unknown = [...value.keys()].filter((key) => !required.includes(key) && !optional.includes(key));
    if (lacking.length + unknown.length) {
      const shown = cut(sorted([...unknown, ...lacking]).join(', '), 200);
      throw badJson(`${where} 缺少或多出的键：${shown}`, `${where} lacks or has unknown keys: ${shown}`);
    }
    this.where = where;
    this.values = value;
  }

  #checked(key, value, good) {
    const { where } = this;
    if (!good) throw badJson(`${where}.${key} 的值不合规`, `${where}.${key} has an unacceptable value`);
    return value;
  }

  // A string of at most `most` characters ("" when absent).
  text(key, most = 4096) {
    const value = this.values.has(key) ? this.values.get(key) : '';
    return this.#checked(key, value, typeof value === 'string' && codePoints(value) <= most);
  }

  // A lower-case hex string of exactly `digits` digits.
  hexes(key, digits = 64) {
    const value = this.text(key);
    return this.#checked(key, value, value.length === digits && /^[0-9a-f]*$/.test(value));
  }

  // An integer within least..most.
  number(key, least = 0, most = Number.MAX_SAFE_INTEGER) {
    const value = this.values.get(key);
    return this.#checked(key, value, typeof value === 'number' && value >= least && value <= most);
  }

  // True or false (false when absent).
  flag(key) {
    const value = this.values.has(key) ? this.values.get(key) : false;
    return this.#checked(key, value, typeof value === 'boolean');
  }

  // A list of at most `most` items.
  array(key, most = 1000) {
    const value = this.values.get(key);
    return this.#checked(key, value, Array.isArray(value) && value.length <= most);
  }

  // An object as it stands.
  mapping(key) {
    const value = this.values.get(key);
    return this.#checked(key, value, value instanceof Map);
  }
}
