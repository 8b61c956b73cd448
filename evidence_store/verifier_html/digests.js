// SM3 by stream (GB/T 32905-2016), and every digest by its name.

const SM3_IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
const SM3_T = Int32Array.from({ length: 64 }, (_, j) => {
  const constant = j < 16 ? 0x79cc4519 : 0x7a879d8a;
  return (constant << j % 32) | (j % 32 ? constant >>> (32 - (j % 32)) : 0);
});

class Sm3 extends RunningHash {
  constructor() {
    super(64, 8);
    this.state = Int32Array.from(SM3_IV, (word) => word | 0);
    this.words = new Int32Array(68);
  }

  blocks(data, from, to) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = from; at < to; at += 64) {
      sm3Expand(this.words, view, at);
      sm3Compress(this.state, this.words);
    }
  }

  output() {
    return wordsOut(this.state);
  }
}

function sm3Expand(w, view, at) {
  for (let j = 0; j < 16; j += 1) w[j] = view.getInt32(at + 4 * j);
  for (let j = 16; j < 68; j += 1) {
    const third = w[j - 3];
    const x = w[j - 16] ^ w[j - 9] ^ ((third << 15) | (third >>> 17));
    const back = w[j - 13];
    w[j] = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9)) ^ ((back << 7) | (back >>> 25)) ^ w[j - 6];
  }
}

function sm3Compress(state, w) {
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let j = 0; j < 64; j += 1) {
    const turned = (a << 12) | (a >>> 20);
    const mixed = (turned + e + SM3_T[j]) | 0;
    const ss1 = (mixed << 7) | (mixed >>> 25);
    const first = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const second = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (first + d + (ss1 ^ turned) + (w[j] ^ w[j + 4])) | 0;
    const tt2 = (second + h + ss1 + w[j]) | 0;
    d = c;
    c = (b << 9) | (b >>> 23);
    b = a;
    a = tt1;
    h = g;
    g = (f << 19) | (f >>> 13);
    f = e;
    e = tt2 ^ ((tt2 << 9) | (tt2 >>> 23)) ^ ((tt2 << 17) | (tt2 >>> 15));
  }
  state[0] ^= a;
  state[1] ^= b;
  state[2] ^= c;
  state[3] ^= d;
  state[4] ^= e;
  state[5] ^= f;
  state[6] ^= g;
  state[7] ^= h;
}

const HASHES = {
  sha1: () => new Sha1(),
  sha256: () => new Sha256(),
  sha384: () => new Sha512('sha384'),
  sha512: () => new Sha512('sha512'),
  sm3: () => new Sm3(),
};

// A running digest: sha1, sha256, sha384, sha512 or sm3.
const newHash = (name) => HASHES[name]();
const digest = (name, data) => newHash(name).update(data).digest();

const CRC_TABLES = (() => {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let n = 0; n < 256; n += 1) {
    let value = n;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[0][n] = value;
  }
  for (let n = 0; n < 256; n += 1) {
    for (let k = 1; k < 8; k += 1) tables[k][n] = (tables[k - 1][n] >>> 8) ^ tables[0][tables[k - 1][n] & 255];
  }
  return tables;
})();

// CRC-32 of a ZIP entry, eight bytes a step; begin with 0.
function crc32(data, before) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC_TABLES;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let crc = ~before;
  let at = 0;
  for (; at + 8 <= data.length; at += 8) {
    const one = crc ^ view.getInt32(at, true);
    const two = view.getInt32(at + 4, true);
    crc = t7[one & 255] ^ t6[(one >>> 8) & 255] ^ t5[(one >>> 16) & 255] ^ t4[one >>> 24]
      ^ t3[two & 255] ^ t2[(two >>> 8) & 255] ^ t1[(two >>> 16) & 255] ^ t0[two >>> 24];
  }
  for (; at < data.length; at += 1) crc = (crc >>> 8) ^ t0[(crc ^ data[at]) & 255];
  return ~crc >>> 0;
}
