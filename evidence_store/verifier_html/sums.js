// Digest lists: <hex><two spaces><path> lines, sorted by path, as sha256sum writes and checks them.

const MAX_LIST = 128 << 20;
const LINE_START = /^[0-9a-f]{64} {2}$/;

// Read a digest list with 64-digit digests; returns path -> lower-case hex, in the order of the file.
function readSums(data, what) {
  const refuse = (number, zh, en) => new Problem(`${what} 第 ${number} 行${zh}`, `${what} line ${number}: ${en}`);
  const lines = splitLines(data);
  if (lines.pop().length) throw refuse(lines.length + 1, '没有换行', 'does not end in a line feed');
  const found = new Map();
  let before = new Uint8Array(0);
  lines.forEach((line, at) => {
    const start = ascii(line.subarray(0, 66));
    if (start === null || !LINE_START.test(start)) throw refuse(at + 1, '格式不合规', 'not in the format');
    const path = line.subarray(66);
    if (compareBytes(path, before) <= 0) throw refuse(at + 1, '未排序或重复', 'unsorted or repeated');
    before = path;
    const text = decode(path);
    if (text === null) throw refuse(at + 1, '不是 UTF-8', 'not UTF-8');
    checkPath(text);
    found.set(text, start.slice(0, 64));
  });
  return found;
}

const writeSums = (sums) => utf8([...sums].map(([path, value]) => `${value}  ${path}\n`).join(''));
