// SHA-1, SHA-256 and SHA-512 by stream (FIPS 180-4). WebCrypto cannot hash a stream, so a file of any size needs these.

const SHA256_IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

// The first 64 (or 80) bits of the fractional parts of cube roots of primes are the round constants: worked out here,
// so that nobody has to compare a table. Integer Newton iteration on prime * 2^192 gives the root scaled by 2^64.
function roundConstants(count) {
  const out = [];
  for (let n = 2n; out.length < count; n += 1n) {
    let prime = true;
    for (let d = 2n; d * d <= n && prime; d += 1n) prime = n % d !== 0n;
    if (!prime) continue;
    const target = n << 192n;
    let root = 1n << 69n;
    for (;;) {
      const next = (2n * root + target / (root * root)) / 3n;
      if (next >= root) break;
      root = next;
    }
    out.push(root & 0xffffffffffffffffn);
  }
  return out;
}

const SHA512_K = roundConstants(80);
const SHA256_K = Int32Array.from(SHA512_K.slice(0, 64), (value) => Number(value >> 32n) | 0);

// What all digests of the Merkle–Damgård kind share: a buffer for the rest of a block, and the padding.
class RunningHash {
  constructor(block, lengthBytes) {
    this.rest = new Uint8Array(block);
    this.held = 0;
    this.length = 0;
    this.lengthBytes = lengthBytes;
  }

  update(data) {
    const block = this.rest.length;
    this.length += data.length;
    let at = 0;
    if (this.held) {
      at = Math.min(block - this.held, data.length);
      this.rest.set(data.subarray(0, at), this.held);
      this.held += at;
      if (this.held < block) return this;
      this.blocks(this.rest, 0, block);
      this.held = 0;
    }
    const end = data.length - ((data.length - at) % block);
    if (end > at) this.blocks(data, at, end);
    this.rest.set(data.subarray(end));
    this.held = data.length - end;
    return this;
  }

  digest() {
    const block = this.rest.length;
    const size = this.held + 1 + this.lengthBytes <= block ? block : 2 * block;
    const tail = new Uint8Array(size);
    tail.set(this.rest.subarray(0, this.held));
    tail[this.held] = 0x80;
    tail.set(bigToBytes(8n * BigInt(this.length), 8), size - 8);
    this.blocks(tail, 0, size);
    return this.output();
  }

  hexdigest() {
    return hex(this.digest());
  }
}

function wordsOut(words) {
  const out = new Uint8Array(words.length * 4);
  const view = new DataView(out.buffer);
  words.forEach((word, at) => view.setInt32(4 * at, word));
  return out;
}

class Sha256 extends RunningHash {
  constructor() {
    super(64, 8);
    this.state = Int32Array.from(SHA256_IV, (word) => word | 0);
    this.words = new Int32Array(64);
  }

  blocks(data, from, to) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = from; at < to; at += 64) sha256Block(this.state, this.words, view, at);
  }

  output() {
    return wordsOut(this.state);
  }
}

function sha256Block(state, w, view, at) {
  for (let j = 0; j < 16; j += 1) w[j] = view.getInt32(at + 4 * j);
  for (let j = 16; j < 64; j += 1) {
    const x = w[j - 15];
    const y = w[j - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[j] = (w[j - 16] + s0 + w[j - 7] + s1) | 0;
  }
  let a = state[0]; // one by one: taking an array apart would cost ten times the arithmetic
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let j = 0; j < 64; j += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + SHA256_K[j] + w[j]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

// SHA-384 and SHA-512, for signed attributes and Ed25519 only: small inputs, so plain BigInt arithmetic will do.
const SHA512_IV = {
  sha384: 'cbbb9d5dc1059ed8629a292a367cd5079159015a3070dd17152fecd8f70e593967332667ffc00b318eb44a8768581511db0c2e0d64f98fa747b5481dbefa4fa4',
  sha512: '6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179',
};
const M64 = 0xffffffffffffffffn;
const rotate64 = (x, by) => ((x >> by) | (x << (64n - by))) & M64;

class Sha512 extends RunningHash {
  constructor(name) {
    super(128, 16);
    this.state = SHA512_IV[name].match(/.{16}/g).map((text) => BigInt('0x' + text));
    this.size = name === 'sha384' ? 48 : 64;
  }

  blocks(data, from, to) {
    for (let at = from; at < to; at += 128) this.#block(data.subarray(at, at + 128));
  }

  #block(data) {
    const w = [];
    for (let at = 0; at < 128; at += 8) w.push(bigFrom(data.subarray(at, at + 8)));
    for (let j = 16; j < 80; j += 1) {
      const s0 = rotate64(w[j - 15], 1n) ^ rotate64(w[j - 15], 8n) ^ (w[j - 15] >> 7n);
      const s1 = rotate64(w[j - 2], 19n) ^ rotate64(w[j - 2], 61n) ^ (w[j - 2] >> 6n);
      w.push((w[j - 16] + s0 + w[j - 7] + s1) & M64);
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let j = 0; j < 80; j += 1) {
      const s1 = rotate64(e, 14n) ^ rotate64(e, 18n) ^ rotate64(e, 41n);
      const t1 = h + s1 + ((e & f) ^ (~e & M64 & g)) + SHA512_K[j] + w[j];
      const s0 = rotate64(a, 28n) ^ rotate64(a, 34n) ^ rotate64(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & M64, c, b, a, (t1 + t2) & M64];
    }
    this.state = [a, b, c, d, e, f, g, h].map((value, at) => (value + this.state[at]) & M64);
  }

  output() {
    return join(...this.state.map((word) => bigToBytes(word, 8))).subarray(0, this.size);
  }
}

// SHA-1 only serves to recognise a certificate named by an ESSCertID of the first version; nothing rests on it.
class Sha1 extends RunningHash {
  constructor() {
    super(64, 8);
    this.state = Int32Array.from([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0], (word) => word | 0);
  }

  blocks(data, from, to) {
    for (let at = from; at < to; at += 64) this.#block(new DataView(data.buffer, data.byteOffset + at, 64));
  }

  #block(view) {
    const w = new Int32Array(80);
    for (let j = 0; j < 16; j += 1) w[j] = view.getInt32(4 * j);
    for (let j = 16; j < 80; j += 1) {
      const x = w[j - 3] ^ w[j - 8] ^ w[j - 14] ^ w[j - 16];
      w[j] = (x << 1) | (x >>> 31);
    }
    let [a, b, c, d, e] = this.state;
    for (let j = 0; j < 80; j += 1) {
      const turn = Math.floor(j / 20);
      const mixed = turn === 0 ? (b & c) | (~b & d) : turn === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][turn];
      const next = (((a << 5) | (a >>> 27)) + mixed + e + constant + w[j]) | 0;
      [e, d, c, b, a] = [d, c, (b << 30) | (b >>> 2), a, next];
    }
    [a, b, c, d, e].forEach((value, at) => {
      this.state[at] += value;
    });
  }

  output() {
    return wordsOut(this.state);
  }
}
