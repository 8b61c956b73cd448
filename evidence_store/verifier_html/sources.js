// Where a package is read from: a folder or a ZIP, seen as the same flat set of named files.

// A package opened for reading: `sizes` is path -> bytes, `folder` the top folder of a ZIP ("" for a folder, whose own
// name may change on the way), `blobs` gives the bytes of each file.
class Source {
  constructor() {
    this.sizes = new Map();
    this.blobs = new Map();
    this.crcs = new Map();
    this.folder = '';
    this.starts = new Map(); // path -> place in the archive, for files small enough to be read many at a time
    this.near = null;
  }

  take(path, blob) {
    this.sizes.set(path, blob.size);
    this.blobs.set(path, blob);
  }

  open(path) {
    return this.blobs.get(path);
  }

  // The bytes of one file; after the last one its ZIP checksum has been checked. With `buffers` the pieces lie in them.
  async *pieces(path, buffers = null) {
    const declared = this.crcs.get(path);
    let size = 0;
    let crc = 0;
    for await (const piece of this.#raw(path, buffers)) {
      size += piece.length;
      if (declared !== undefined) crc = crc32(piece, crc);
      yield piece;
    }
    if (size !== this.sizes.get(path)) throw new Problem(`读取时大小变化：${path}`, `size changed while reading: ${path}`);
    if (declared !== undefined && crc !== declared) throw badZip(`校验和不符 ${path}`, `checksum differs: ${path}`);
  }

  async *#raw(path, buffers) {
    if (buffers) yield* reusedPieces(this.blobs.get(path), buffers);
    else if (this.starts.has(path)) yield (await this.near(this.starts.get(path), this.sizes.get(path))).slice();
    else yield* blobPieces(this.blobs.get(path));
  }

  // One whole file of at most `limit` bytes.
  async read(path, limit) {
    if (!this.sizes.has(path)) throw new Problem(`缺少文件 ${path}`, `file missing: ${path}`);
    if (this.sizes.get(path) > limit) throw new Problem(`文件过大：${path}`, `file too large: ${path}`);
    const parts = [];
    for await (const piece of this.pieces(path)) parts.push(piece);
    return parts.length === 1 ? parts[0] : join(...parts);
  }
}

// A package as a folder: [path below it, File] pairs. A browser shows no links, so they cannot be refused here.
function openFolder(files) {
  const source = new Source();
  for (const [path, file] of files) {
    if (path.split('/').length > 66) throw badName(path, '目录过深', 'folders nested too deeply');
    if (source.sizes.has(path)) throw badName(path, '重复或仅大小写不同', 'duplicate, or differs only in case');
    source.take(path, file);
    if (source.sizes.size > MOST_FILES) throw new Problem('文件超过十万个', 'more than 100,000 files');
  }
  checkPaths([...source.sizes.keys()]);
  return source;
}

// A package as a ZIP in the form of the format.
async function openArchive(blob) {
  const source = new Source();
  const [entries, directory] = await readEntries(blob);
  checkPlainForm(entries, directory);
  const tops = new Set(entries.map((entry) => entry.name.split('/', 1)[0]));
  if (tops.size !== 1 || entries.some((entry) => !entry.name.includes('/'))) {
    throw badZip('应恰有一个顶层文件夹', 'exactly one top folder is allowed');
  }
  checkPaths(entries.map((entry) => entry.name));
  [source.folder] = tops;
  source.near = readerAhead(blob, PIECE);
  for (const entry of entries) {
    const path = entry.name.slice(source.folder.length + 1);
    source.take(path, blob.slice(entry.start, entry.start + entry.size));
    source.crcs.set(path, entry.crc);
    if (entry.size <= WINDOW) source.starts.set(path, entry.start);
  }
  return source;
}

const openSource = (given) => (given instanceof Blob ? openArchive(given) : openFolder(given));
