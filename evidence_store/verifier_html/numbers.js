// Arithmetic of public keys with BigInt. Nothing here is secret, so nothing needs to run in constant time.

// The remainder that is never negative.
function mod(value, p) {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

function power(base, exponent, p) {
  let out = 1n;
  let square = mod(base, p);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) out = (out * square) % p;
    square = (square * square) % p;
  }
  return out;
}

// The inverse modulo a prime or group order; `value` must not be a multiple of it.
function invert(value, p) {
  let [low, high, first, second] = [mod(value, p), p, 1n, 0n];
  while (low > 1n) {
    const times = high / low;
    [low, high] = [high - times * low, low];
    [first, second] = [second - times * first, first];
  }
  return mod(first, p);
}

const bitLength = (value) => (value === 0n ? 0 : value.toString(2).length);
