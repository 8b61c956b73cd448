// RFC 6962 / RFC 9162 Merkle tree proofs, verification only. Sizes and positions are BigInt: they may pass 2^53.

const leafHash = (data) => digest('sha256', join([0], data));
const nodeHash = (left, right) => digest('sha256', join([1], left, right));

// One step up at a node that has a left neighbour (or is the last one): skip the levels where it stands alone.
function lifted(at, last) {
  let [low, high] = [at, last];
  while (low && !(low & 1n)) [low, high] = [low >> 1n, high >> 1n];
  return [low, high];
}

// The root an inclusion proof leads to (RFC 9162 section 2.1.3.2), or null when it cannot be one.
function inclusionRoot(leaf, index, size, hashes) {
  if (index >= size) return null;
  let [at, last, root] = [index, size - 1n, leaf];
  for (const sibling of hashes) {
    if (last === 0n) return null;
    if (at & 1n || at === last) {
      root = nodeHash(sibling, root);
      [at, last] = lifted(at, last);
    } else root = nodeHash(root, sibling);
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n ? root : null;
}

// The root of the tree of the first `index` leaves, which every inclusion proof of that index contains: the left
// neighbours on the way up are exactly the perfect subtrees of that smaller tree. Null for index 0.
function earlierRoot(index, size, hashes) {
  let [at, last, root] = [index, size - 1n, null];
  for (const sibling of hashes) {
    if (at & 1n || at === last) {
      root = root === null ? sibling : nodeHash(sibling, root);
      [at, last] = lifted(at, last);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return root;
}

// Check a consistency proof between two heads {size, root} (RFC 9162 section 2.1.4.2).
function growthHolds(old, young, hashes) {
  const [first, second] = [old.size, young.size];
  if (first === second) return !hashes.length && same(old.root, young.root);
  if (first === 0n) return !hashes.length;
  if (first > second || !hashes.length) return false;
  const path = first & (first - 1n) ? [...hashes] : [old.root, ...hashes];
  let [at, last] = [first - 1n, second - 1n];
  while (at & 1n) [at, last] = [at >> 1n, last >> 1n];
  let older = path[0];
  let newer = path[0];
  for (const sibling of path.slice(1)) {
    if (last === 0n) return false;
    if (at & 1n || at === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      [at, last] = lifted(at, last);
    } else newer = nodeHash(newer, sibling);
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n && same(older, old.root) && same(newer, young.root);
}
