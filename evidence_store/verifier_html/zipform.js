// The one form of a package ZIP, and unpacking of what a WACZ may compress.

// The ZIP64 fields that an entry's own headers call for: [in the directory, before the file].
function expectedExtras(entry) {
  const replaceable = [[entry.central[8], entry.size], [entry.central[7], entry.packed], [entry.central[15], entry.offset]];
  const central = replaceable.filter(([field]) => field === FULL).map(([, value]) => value);
  const local = entry.local[6] === FULL ? [entry.size, entry.packed] : [];
  return [central, local].map((values) => {
    if (!values.length) return new Uint8Array(0);
    return join([1, 0, 8 * values.length, 0], ...values.map((value) => bigToBytes(BigInt(value), 8).reverse()));
  });
}

function plainEntry(entry, at) {
  const flags = /^[\x00-\x7f]*$/.test(entry.name) ? 0 : FLAG_UTF8;
  // An entry needs ZIP64 for its size in both headers, for its place behind 4 GiB only in the directory.
  const version = entry.extras.some((extra) => extra.length) ? 45 : 20;
  const beside = entry.extras[1].length ? 45 : 20;
  const expected = [flags, 0, 0, FIRST_DAY];
  const central = [(3 << 8) | version, version, ...expected];
  const heads = central.every((value, nth) => value === entry.central[nth])
    && [beside, ...expected].every((value, nth) => value === entry.local[nth]);
  const extras = expectedExtras(entry);
  return heads && same(extras[0], entry.extras[0]) && same(extras[1], entry.extras[1])
    && !entry.central[13] && entry.central[14] === FILE_MODE * 65536 && entry.offset === at;
}

// Refuse a package archive that is not in the one form of the format: stored, sorted, fixed times, no gaps.
function checkPlainForm(entries, directory) {
  const names = entries.map((entry) => utf8(entry.name));
  if (names.some((name, at) => at > 0 && compareBytes(names[at - 1], name) > 0)) {
    throw badZip('条目未按名称排序', 'entries are not sorted by name');
  }
  let at = 0;
  for (const entry of entries) {
    if (entry.method !== 0) {
      throw badZip(
        '证据包不得压缩；请解压后验证文件夹',
        'a package is not compressed; unpack it, check the folder',
      );
    }
    if (!plainEntry(entry, at)) {
      throw badZip(
        '不是规定的打包形式（可能经其他软件重新打包；请解压后验证文件夹）',
        'not in the form of the format (repacked by other software? unpack it and check the folder)',
      );
    }
    at = entry.start + entry.size;
  }
  if (at !== directory) throw badZip('文件与目录之间有多余内容', 'bytes between the files and the directory');
}

const PIECE = 1 << 20;

// The bytes of a blob in pieces, so that a file of any size needs no more memory than one piece.
async function* blobPieces(blob) {
  for (let at = 0; at < blob.size; at += PIECE) yield readBlob(blob, at, PIECE);
}

// The same into buffers that are used again, where the browser can.
async function* reusedPieces(blob, buffers) {
  let reader = null;
  try {
    reader = blob.stream().getReader({ mode: 'byob' });
  } catch {
    for await (const piece of blobPieces(blob)) {
      await buffers.take();
      yield piece;
    }
    return;
  }
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(await buffers.take()));
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

const badPacked = () => badZip('压缩数据损坏或大小不符', 'compressed data damaged or of another size');

// The contents of an entry in pieces, never more than its declared size.
async function* unpacked(blob, entry) {
  const packed = blob.slice(entry.start, entry.start + entry.packed);
  if (entry.method === 0) {
    yield* blobPieces(packed);
    return;
  }
  let left = entry.size;
  const reader = packed.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      left -= value.length;
      if (left < 0) throw badPacked();
      yield value;
    }
  } catch (error) {
    if (error instanceof TypeError) throw badPacked(); // what the browser says of damaged or trailing bytes
    throw error;
  } finally {
    reader.cancel().catch(() => {});
  }
  if (left) throw badPacked();
}
