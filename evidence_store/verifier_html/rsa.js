// RSA signatures, PKCS#1 v1.5 and PSS, verification only (RFC 8017), by building or checking every byte.

// DigestInfo prefixes of RFC 8017 section 9.2 note 1.
const RSA_PREFIXES = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

// Read an RSAPublicKey; return [modulus, exponent] if both are of a sound size.
function readRsaKey(encoded) {
  const [n, e] = readDer(encoded).items(SEQUENCE, 2, 2).map((one) => one.integer());
  const bits = n > 0n ? bitLength(n) : 0;
  if (bits < 2048 || bits > 8192 || !(n & 1n) || e < 3n || e >= 1n << 32n || !(e & 1n)) {
    throw new Problem('RSA 公钥长度或指数不可接受', 'RSA key size or exponent is not acceptable');
  }
  return [n, e];
}

const base64url = (value) =>
  toBase64(bigToBytes(value, Math.ceil(bitLength(value) / 8))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

function rsaByBrowser(name, [n, e], signature, message, hash, more = {}) {
  const key = { kty: 'RSA', n: base64url(n), e: base64url(e) };
  return byBrowser({ name, ...more }, 'jwk', key, signature, message, hash);
}

// The encoded message inside a signature, or null when it cannot be one.
function openRsa([n, e], signature) {
  const value = bigFrom(signature);
  const size = Math.ceil(bitLength(n) / 8);
  return signature.length === size && value < n ? bigToBytes(power(value, e, n), size) : null;
}

async function verifyPkcs1(encoded, signature, message, name) {
  const key = readRsaKey(encoded);
  if (!(name in RSA_PREFIXES)) return false;
  const browser = await rsaByBrowser('RSASSA-PKCS1-v1_5', key, signature, message, name);
  if (browser !== null) return browser;
  const opened = openRsa(key, signature);
  if (opened === null) return false;
  const tail = join([0], unhex(RSA_PREFIXES[name]), digest(name, message));
  return same(opened, join([0, 1], new Uint8Array(opened.length - 2 - tail.length).fill(0xff), tail));
}

// MGF1.
function rsaMask(seed, length, name) {
  let out = new Uint8Array(0);
  for (let counter = 0n; out.length < length; counter += 1n) {
    out = join(out, digest(name, join(seed, bigToBytes(counter, 4))));
  }
  return out.subarray(0, length);
}

// Whether an opened signature is the PSS encoding of a digest, with the declared salt length.
function pssHolds(opened, bits, hashed, name, saltLength) {
  const size = Math.ceil(bits / 8);
  const encoded = opened.subarray(opened.length - size);
  const width = hashed.length;
  const led = opened.subarray(0, opened.length - size).some(Boolean);
  if (led || size < width + saltLength + 2 || encoded[size - 1] !== 0xbc) return false;
  const masked = encoded.subarray(0, size - width - 1);
  const check = encoded.subarray(size - width - 1, size - 1);
  const spare = 8 * size - bits;
  if (spare && masked[0] >> (8 - spare)) return false;
  const mask = rsaMask(check, masked.length, name);
  const plain = masked.map((byte, at) => byte ^ mask[at]);
  plain[0] &= 0xff >> spare;
  const padding = plain.length - saltLength - 1;
  if (plain.subarray(0, padding).some(Boolean) || plain[padding] !== 1) return false;
  return same(digest(name, join(new Uint8Array(8), hashed, plain.subarray(padding + 1))), check);
}

async function verifyPss(encoded, signature, message, name, saltLength) {
  const key = readRsaKey(encoded);
  if (name in RSA_PREFIXES) {
    const browser = await rsaByBrowser('RSA-PSS', key, signature, message, name, { saltLength });
    if (browser !== null) return browser;
  }
  const opened = openRsa(key, signature);
  return opened !== null && pssHolds(opened, bitLength(key[0]) - 1, digest(name, message), name, saltLength);
}
