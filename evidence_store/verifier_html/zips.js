// ZIP archives read from the central directory, with every inconsistency refused. The package itself must be in the one
// form the format allows (stored, fixed times, no gaps); the WACZ inside may be deflated and is read with limits.

const FULL = 0xffffffff;
const MOST_ENTRIES = 100001;
const MOST_DIRECTORY = 64 << 20;
const MOST_RATIO = 200;
const FLAG_UTF8 = 0x800;
const FLAG_DESCRIPTOR = 0x008;
const FLAG_LEVEL = 0x006;
const FIRST_DAY = 0x21; // 1980-01-01
const FILE_MODE = 0o100644;
const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;

const badZip = (zh, en) => new Problem('ZIP 不合规：' + zh, 'ZIP refused: ' + en);

// Little-endian numbers of a record: `widths` are 2, 4 or 8 bytes, read one after the other.
function numbers(data, at, widths) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let place = at;
  return widths.map((width) => {
    const from = place;
    place += width;
    if (width === 2) return view.getUint16(from, true);
    return width === 4 ? view.getUint32(from, true) : Number(view.getBigUint64(from, true));
  });
}

const H = (count) => Array(count).fill(2);
const L = (count) => Array(count).fill(4);
const END_FORM = [4, ...H(4), ...L(2), 2];
const LOCATOR_FORM = [4, 4, 8, 4];
const END64_FORM = [4, 8, ...H(2), ...L(2), 8, 8, 8, 8];
const CENTRAL_FORM = [...H(6), ...L(3), ...H(5), ...L(2)];
const LOCAL_FORM = [...H(5), ...L(3), ...H(2)];
const MARK = { end: 0x06054b50, locator: 0x07064b50, end64: 0x06064b50, central: 0x02014b50, local: 0x04034b50 };

async function readBlob(blob, at, size) {
  return new Uint8Array(await blob.slice(at, at + size).arrayBuffer());
}

async function exactly(blob, at, size) {
  if (at < 0 || at + size > blob.size) throw badZip('文件不完整', 'truncated');
  return readBlob(blob, at, size);
}

const WINDOW = 1 << 16;

// Reads like `exactly`, with what lies behind it: the headers of small files come many at a time.
function readerAhead(blob, window = WINDOW) {
  let start = 0;
  let data = new Uint8Array(0);
  return async (at, size) => {
    if (at < start || at + size > start + data.length) {
      data = await exactly(blob, at, Math.max(size, Math.min(window, blob.size - at)));
      start = at;
    }
    return data.subarray(at - start, at - start + size);
  };
}

// Return [entries, directory size, directory offset].
async function findDirectory(blob) {
  if (blob.size < END_SIZE) throw badZip('文件过短', 'too short');
  let at = blob.size - END_SIZE;
  const [mark, disk, startDisk, here, ...rest] = numbers(await exactly(blob, at, END_SIZE), 0, END_FORM);
  let [count, size, offset] = rest;
  if (mark !== MARK.end || disk || startDisk || here !== count || rest[3]) {
    throw badZip('结尾记录不合规（可能被截断或附加了内容）', 'bad end record (cut off, or something appended)');
  }
  if (at >= 20) {
    const locator = numbers(await exactly(blob, at - 20, 20), 0, LOCATOR_FORM);
    if (locator[0] === MARK.locator) {
      const wide = numbers(await exactly(blob, locator[2], 56), 0, END64_FORM);
      at -= 76;
      const plain = [MARK.end64, 44, 45, 45, 0, 0, wide[7]].every((value, nth) => value === wide[nth]);
      if (!plain || locator[1] !== 0 || locator[3] !== 1 || locator[2] !== at) {
        throw badZip('ZIP64 结尾记录不合规', 'bad ZIP64 end record');
      }
      for (const [narrow, big, full] of [[count, wide[7], 0xffff], [size, wide[8], FULL], [offset, wide[9], FULL]]) {
        if (narrow !== big && narrow !== full) throw badZip('两个结尾记录不一致', 'the two end records differ');
      }
      [count, size, offset] = wide.slice(7);
    }
  }
  if (offset + size !== at || count > MOST_ENTRIES || size > MOST_DIRECTORY) {
    throw badZip('目录位置、大小或文件数不合规', 'bad place, size or count in the directory');
  }
  return [count, size, offset];
}

function readName(raw, flags) {
  const name = flags & FLAG_UTF8 ? decode(raw) : ascii(raw);
  if (name === null) throw badZip('文件名编码不是 UTF-8', 'a name is not UTF-8');
  return name;
}

// One file of an archive: `central` and `local` are the numbers of its two headers, in order.
class Entry {
  constructor(central, name, extra) {
    Object.assign(this, { central, name, extras: [extra, new Uint8Array(0)], local: [], start: 0 });
    [this.packed, this.size, this.offset] = [central[7], central[8], central[15]];
    [this.method, this.crc] = [central[3], central[6]];
    this.#widen(extra);
  }

  // Take every full field from the ZIP64 extra field that replaces it.
  #widen(extra) {
    let at = 0;
    const found = [];
    while (at + 4 <= extra.length) {
      const [kind, length] = numbers(extra, at, [2, 2]);
      const body = extra.subarray(at + 4, at + 4 + length);
      at += 4 + length;
      const full = kind === 1 ? ['size', 'packed', 'offset'].filter((field) => this[field] === FULL) : [];
      if (body.length < 8 * full.length) throw badZip('ZIP64 字段不完整', 'ZIP64 field incomplete');
      full.forEach((field, nth) => found.push([field, numbers(body, 8 * nth, [8])[0]]));
    }
    if (at !== extra.length) throw badZip('附加字段损坏', 'damaged extra field');
    for (const [field, value] of found) this[field] = value;
  }
}

function readCentral(directory, count) {
  let at = 0;
  const found = [];
  for (let nth = 0; nth < count; nth += 1) {
    if (at + CENTRAL_SIZE > directory.length) throw badZip('目录不完整', 'directory incomplete');
    const [mark] = numbers(directory, at, [4]);
    const fields = numbers(directory, at + 4, CENTRAL_FORM);
    at += CENTRAL_SIZE;
    const name = directory.subarray(at, at + fields[9]);
    const extra = directory.subarray(at + fields[9], at + fields[9] + fields[10]);
    at += fields[9] + fields[10];
    if (mark !== MARK.central || fields[11] || fields[12] || at > directory.length) {
      throw badZip('目录条目损坏', 'damaged directory entry');
    }
    found.push(new Entry(fields, readName(name, fields[2]), extra));
  }
  if (at !== directory.length) throw badZip('目录之后有多余内容', 'something after the directory');
  return found;
}

// Read an entry's local header; it must say what the directory says.
async function checkLocal(read, entry) {
  const head = await read(entry.offset, LOCAL_SIZE);
  const [mark] = numbers(head, 0, [4]);
  const fields = numbers(head, 4, LOCAL_FORM);
  const behind = await read(entry.offset + LOCAL_SIZE, fields[8] + fields[9]);
  const name = behind.subarray(0, fields[8]);
  entry.local = fields;
  entry.extras = [entry.extras[0], behind.subarray(fields[8])];
  entry.start = entry.offset + LOCAL_SIZE + fields[8] + fields[9];
  const alike = [1, 2, 3, 4].every((nth) => fields[nth] === entry.central[nth + 1]);
  if (mark !== MARK.local || readName(name, fields[1]) !== entry.name || !alike) {
    throw badZip('文件头与目录不一致', 'a file header differs from the directory');
  }
  const described = Boolean(fields[1] & FLAG_DESCRIPTOR);
  if (fields[1] & ~(FLAG_DESCRIPTOR | FLAG_UTF8 | FLAG_LEVEL) || (entry.method !== 0 && entry.method !== 8)) {
    throw badZip('使用了加密或不支持的压缩', 'encryption or an unsupported compression');
  }
  const [crc, packed, size] = fields.slice(5, 8);
  const later = described && crc === 0 && ((packed === 0 && size === 0) || (packed === FULL && size === FULL));
  const told = (value, right) => value === FULL || value === right;
  if (!later && !(crc === entry.crc && told(packed, entry.packed) && told(size, entry.size))) {
    throw badZip('文件头大小与目录不一致', 'sizes in a file header differ from the directory');
  }
  if ((entry.method === 0 && entry.size !== entry.packed) || entry.size > MOST_RATIO * entry.packed + 1024) {
    throw badZip('压缩比异常（疑似压缩炸弹）', 'implausible compression ratio (bomb)');
  }
}

// Read the central directory and every local header; refuse any disagreement, overlap or compression bomb.
// Returns [entries in directory order, offset where the directory begins].
async function readEntries(blob) {
  const [count, size, offset] = await findDirectory(blob);
  const found = readCentral(await exactly(blob, offset, size), count);
  const read = readerAhead(blob);
  for (const entry of found) await checkLocal(read, entry);
  let at = 0;
  for (const entry of [...found].sort((one, two) => one.offset - two.offset)) {
    if (entry.offset < at) throw badZip('文件区域重叠', 'files overlap');
    at = entry.start + entry.packed;
  }
  if (at > offset) throw badZip('文件区域与目录重叠', 'a file overlaps the directory');
  return [found, offset];
}
