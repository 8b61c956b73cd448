// ECDSA on P-256 and P-384 and SM2 signatures, verification only (FIPS 186-5, GB/T 32918-2016).
// Points are in Jacobian coordinates; browsers have no SM2, so this also serves ECDSA where WebCrypto is missing.

const curve = (name, p, b, n, gx, gy) => ({ name, p, b, n, g: [gx, gy], size: bitLength(p) / 8 });
const P256 = curve(
  'P-256',
  0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
);
const P384 = curve(
  'P-384',
  0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
  0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
  0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
);
const SM2 = curve(
  'SM2',
  0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
);

function doubled([x, y, z], p) {
  const delta = (z * z) % p;
  const gamma = (y * y) % p;
  const beta = (4n * x * gamma) % p;
  const alpha = (3n * (x - delta) * (x + delta)) % p;
  const third = mod(alpha * alpha - 2n * beta, p);
  return [third, mod(alpha * (beta - third) - 8n * gamma * gamma, p), (2n * y * z) % p];
}

// Add an affine point to a Jacobian one; z = 0 is the point at infinity.
function added(left, [x2, y2], p) {
  const [x1, y1, z1] = left;
  if (!z1) return [x2, y2, 1n];
  const zz = (z1 * z1) % p;
  const h = mod(x2 * zz - x1, p);
  const r = mod(y2 * z1 * zz - y1, p);
  if (!h) return r ? [0n, 1n, 0n] : doubled(left, p);
  const hh = (h * h) % p;
  const hhh = (h * hh) % p;
  const v = (x1 * hh) % p;
  const x3 = mod(r * r - hhh - 2n * v, p);
  return [x3, mod(r * (v - x3) - y1 * hhh, p), (h * z1) % p];
}

function affine([x, y, z], p) {
  const one = invert(z, p);
  const square = (one * one) % p;
  return [(x * square) % p, (y * square * one) % p];
}

// The affine point u*G + v*Q, or null for infinity: both scalars share one chain of doublings (Shamir's trick).
function combine({ p, g }, u, v, q) {
  const sum = added([...g, 1n], q, p);
  const both = sum[2] ? affine(sum, p) : null;
  let total = [0n, 1n, 0n];
  for (let bit = BigInt(Math.max(bitLength(u), bitLength(v)) - 1); bit >= 0n; bit -= 1n) {
    if (total[2]) total = doubled(total, p);
    const first = (u >> bit) & 1n;
    const second = (v >> bit) & 1n;
    if (first && second) total = both ? added(total, both, p) : total;
    else if (first) total = added(total, g, p);
    else if (second) total = added(total, q, p);
  }
  return total[2] ? affine(total, p) : null;
}

// Read an uncompressed point and check that it lies on the curve.
function readPoint({ p, b, size }, encoded) {
  const x = bigFrom(encoded.subarray(1, 1 + size));
  const y = bigFrom(encoded.subarray(1 + size));
  const right = encoded.length === 1 + 2 * size && encoded[0] === 4 && x < p && y < p;
  if (!right || mod(y * y - (x * x * x - 3n * x + b), p)) {
    throw new Problem('公钥不是曲线上的点', 'public key is not a point of its curve');
  }
  return [x, y];
}

function readPair({ n }, signature) {
  const [r, s] = readDer(signature).items(SEQUENCE, 2, 2).map((one) => one.integer());
  if (r <= 0n || r >= n || s <= 0n || s >= n) throw new Problem('签名数值越界', 'signature value out of range');
  return [r, s];
}

// Check a DER ECDSA signature over a message hashed by `name`.
async function verifyEcdsa(on, encoded, signature, message, name) {
  const q = readPoint(on, encoded);
  const [r, s] = readPair(on, signature);
  const raw = join(bigToBytes(r, on.size), bigToBytes(s, on.size));
  const browser = await byBrowser({ name: 'ECDSA', namedCurve: on.name }, 'raw', encoded, raw, message, name);
  if (browser !== null) return browser;
  const hashed = digest(name, message);
  const e = bigFrom(hashed) >> BigInt(Math.max(0, 8 * hashed.length - bitLength(on.n)));
  const w = invert(s, on.n);
  const found = combine(on, (e * w) % on.n, (r * w) % on.n, q);
  return found !== null && found[0] % on.n === r;
}

// Check a DER SM2 signature with SM3 over a message, under the usual default identity.
function verifySm2(encoded, signature, message, userId = utf8('1234567812345678')) {
  const q = readPoint(SM2, encoded);
  const [r, s] = readPair(SM2, signature);
  const numbers = [SM2.p - 3n, SM2.b, ...SM2.g, ...q].map((number) => bigToBytes(number, 32));
  const identity = digest('sm3', join(bigToBytes(BigInt(8 * userId.length), 2), userId, ...numbers));
  const e = bigFrom(digest('sm3', join(identity, message)));
  const t = (r + s) % SM2.n;
  const found = t ? combine(SM2, s, t, q) : null;
  return found !== null && (e + found[0]) % SM2.n === r;
}
