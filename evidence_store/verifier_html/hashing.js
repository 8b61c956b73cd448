// Both digests of a file in one pass, in pieces, so that memory stays the same for any size.

const pause = () => new Promise((resolve) => setTimeout(resolve));
const LONG = 8 << 20;

// Read one file once and return its [SHA-256, SM3].
async function hashFile(one, path) {
  const [sha256, sm3] = [newHash('sha256'), newHash('sm3')];
  const large = one.source.sizes.get(path) > LONG;
  let at = 0;
  for await (const piece of one.source.pieces(path)) {
    sha256.update(piece);
    sm3.update(piece);
    at += piece.length;
    await one.told?.bytes(piece.length);
    if (large && at % LONG === 0) await pause(); // the page stays alive meanwhile
  }
  return [sha256.hexdigest(), sm3.hexdigest()];
}
