// Ed25519 (RFC 8032 section 5.1.7), as strict as it can be: non-canonical encodings, scalars not below the group order
// and public keys of small order are refused. The equation is the cofactorless one: encode(s*B - h*A) must equal R.

const ED_P = 2n ** 255n - 19n;
const ED_L = 2n ** 252n + 27742317777372353535851937790883648493n;
const ED_D = mod(-121665n * invert(121666n, ED_P), ED_P);
const ED_BASE = [
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
];

const littleEndian = (data) => bigFrom(Uint8Array.from(data).reverse());

// x of the point with this y and parity, or null when there is none.
function recoverX(y, odd) {
  const top = mod(y * y - 1n, ED_P);
  const bottom = mod(ED_D * y * y + 1n, ED_P);
  const seventh = power(bottom, 7n, ED_P);
  let x = (top * power(bottom, 3n, ED_P) * power(top * seventh, (ED_P - 5n) / 8n, ED_P)) % ED_P;
  if (mod(bottom * x * x - top, ED_P)) x = (x * power(2n, (ED_P - 1n) / 4n, ED_P)) % ED_P;
  if (mod(bottom * x * x - top, ED_P) || (x === 0n && odd)) return null;
  return (x & 1n) === odd ? x : ED_P - x;
}

// Add two points in extended coordinates; the formula is complete, so it also doubles.
function addEdwards([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = ((y1 - x1) * (y2 - x2)) % ED_P;
  const b = ((y1 + x1) * (y2 + x2)) % ED_P;
  const c = (2n * ED_D * t1 * t2) % ED_P;
  const d = (2n * z1 * z2) % ED_P;
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f, ED_P), mod(g * h, ED_P), mod(f * g, ED_P), mod(e * h, ED_P)];
}

const extended = ([x, y]) => [x, y, 1n, (x * y) % ED_P];

// s*B + h*Q, both scalars along one chain of doublings.
function sumEdwards(s, h, q) {
  const base = extended(ED_BASE);
  const both = addEdwards(base, q);
  let total = [0n, 1n, 1n, 0n];
  for (let bit = BigInt(Math.max(bitLength(s), bitLength(h)) - 1); bit >= 0n; bit -= 1n) {
    total = addEdwards(total, total);
    const [first, second] = [(s >> bit) & 1n, (h >> bit) & 1n];
    if (first || second) total = addEdwards(total, first && second ? both : first ? base : q);
  }
  return total;
}

function ownEd25519(point, encoded, signature, message) {
  const s = littleEndian(signature.subarray(32));
  const h = littleEndian(digest('sha512', join(signature.subarray(0, 32), encoded, message))) % ED_L;
  const [x, y, z] = sumEdwards(s, h, extended([mod(-point[0], ED_P), point[1]]));
  const one = invert(z, ED_P);
  const [left, right] = [(x * one) % ED_P, (y * one) % ED_P];
  return littleEndian(signature.subarray(0, 32)) === (right | ((left & 1n) << 255n));
}

// Check an Ed25519 signature: 32-byte public key, 64-byte signature.
async function verifyEd25519(encoded, signature, message) {
  if (encoded.length !== 32 || signature.length !== 64) return false;
  const number = littleEndian(encoded);
  const y = number & (2n ** 255n - 1n);
  const x = y < ED_P ? recoverX(y, number >> 255n) : null;
  if (x === null || littleEndian(signature.subarray(32)) >= ED_L) return false;
  let eighth = extended([x, y]);
  for (let times = 0; times < 3; times += 1) eighth = addEdwards(eighth, eighth);
  if (eighth[0] === 0n) return false;
  const browser = await byBrowser({ name: 'Ed25519' }, 'raw', encoded, signature, message, null);
  return browser === null ? ownEd25519([x, y], encoded, signature, message) : browser;
}
