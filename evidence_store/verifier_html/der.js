// Strict DER: the shortest form or nothing (ITU-T X.690), so two readers cannot see two things in the same bytes.

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONSTRUCTED = 0x20;
const MAX_DER_DEPTH = 24;

const badDer = (en) => new Problem('DER 编码不合规：' + en, 'not strict DER: ' + en);
const showTag = (tag) => '0x' + tag.toString(16).padStart(2, '0');

// Read a DER length at `at`; return [length, offset of the first content byte].
function readLength(data, at, end) {
  if (at >= end) throw badDer('truncated length');
  const first = data[at];
  const start = at + 1;
  if (first < 0x80) return [first, start];
  const count = first & 0x7f;
  if (count < 1 || count > 4 || start + count > end) throw badDer('indefinite or oversized length');
  let length = 0;
  for (let nth = 0; nth < count; nth += 1) length = length * 256 + data[start + nth];
  if (length < 0x80 || data[start] === 0) throw badDer('length not in its shortest form');
  return [length, start + count];
}

// One DER element inside a larger buffer; `tag` is its identifier octet.
class Node {
  #data;
  #start;
  #inner;
  #end;
  #depth;
  #children = null;

  constructor(data, start, end, depth = 0) {
    if (depth > MAX_DER_DEPTH) throw badDer('nested too deeply');
    if (start >= end) throw badDer('missing element');
    this.tag = data[start];
    if ((this.tag & 0x1f) === 0x1f) throw badDer('high tag number');
    const [length, inner] = readLength(data, start + 1, end);
    this.#data = data;
    this.#start = start;
    this.#inner = inner;
    this.#end = inner + length;
    this.#depth = depth;
    if (this.#end > end) throw badDer('element longer than its container');
  }

  get raw() {
    return this.#data.subarray(this.#start, this.#end);
  }

  get body() {
    return this.#data.subarray(this.#inner, this.#end);
  }

  get children() {
    if (this.#children === null) {
      if (!(this.tag & CONSTRUCTED)) throw badDer('primitive element where a constructed one belongs');
      const found = [];
      for (let at = this.#inner; at < this.#end; ) {
        const child = new Node(this.#data, at, this.#end, this.#depth + 1);
        found.push(child);
        at = child.#end;
      }
      this.#children = found;
    }
    return this.#children;
  }

  expect(tag) {
    if (this.tag !== tag) throw badDer(`tag ${showTag(this.tag)} where ${showTag(tag)} belongs`);
    return this;
  }

  // The children of an element with identifier `tag`, refusing a count outside least..most.
  items(tag, least, most) {
    const found = this.expect(tag).children;
    if (found.length < least || found.length > most) {
      throw badDer(`${found.length} elements where ${least} to ${most} belong`);
    }
    return found;
  }

  integer() {
    const { body } = this.expect(INTEGER);
    const padded = body.length > 1 && body[0] === (body[1] & 0x80 ? 0xff : 0);
    if (!body.length || padded) throw badDer('integer not in its shortest form');
    return BigInt.asIntN(8 * body.length, bigFrom(body));
  }

  boolean() {
    const { body } = this.expect(BOOLEAN);
    if (body.length !== 1 || (body[0] !== 0 && body[0] !== 0xff)) throw badDer('boolean is neither 00 nor FF');
    return body[0] === 0xff;
  }

  octets() {
    return this.expect(OCTET_STRING).body;
  }

  // A BIT STRING that holds whole bytes.
  bits() {
    const { body } = this.expect(BIT_STRING);
    if (!body.length || body[0] !== 0) throw badDer('bit string is not whole bytes');
    return body.subarray(1);
  }

  // A BIT STRING of named bits as a number: named bit n is 2 to the n.
  namedBits() {
    const { body } = this.expect(BIT_STRING);
    if (!body.length || body[0] > 7 || (body.length === 1 && body[0]) || body.length > 5) throw badDer('bad bit string');
    if (body.length > 1 && body[body.length - 1] & ((1 << body[0]) - 1)) throw badDer('unused bits are set');
    let sum = 0n;
    for (let n = 0; n < (body.length - 1) * 8; n += 1) {
      if (body[1 + (n >> 3)] & (0x80 >> (n & 7))) sum |= 1n << BigInt(n);
    }
    return sum;
  }

  // An OBJECT IDENTIFIER as dotted decimal.
  oid() {
    const { body } = this.expect(OID);
    if (!body.length || body[body.length - 1] & 0x80 || body.length > 64) throw badDer('bad object identifier');
    const arcs = [];
    let value = 0n;
    let fresh = true;
    for (const byte of body) {
      if (fresh && byte === 0x80) throw badDer('object identifier not in its shortest form');
      value = (value << 7n) | BigInt(byte & 0x7f);
      fresh = !(byte & 0x80);
      if (fresh) {
        arcs.push(value);
        value = 0n;
      }
    }
    const top = arcs[0] / 40n < 2n ? arcs[0] / 40n : 2n;
    return [top, arcs[0] - 40n * top, ...arcs.slice(1)].join('.');
  }
}

// Read exactly one DER element that fills `data`.
function readDer(data) {
  const node = new Node(data, 0, data.length);
  if (node.raw.length !== data.length) throw badDer('bytes after the end');
  return node;
}
