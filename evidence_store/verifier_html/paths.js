// Which names a package may use: the path rule of the format.

const MOST_FILES = 100000;
const FORBIDDEN = /[%\\:*?"<>|\u2028\u2029\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

function badName(path, zh, en) {
  const shown = showAscii(cut(path, 120));
  return new Problem(`文件名不安全（${zh}）：${shown}`, `unsafe file name (${en}): ${shown}`);
}

// Refuse a path that breaks the path rule.
function checkPath(path) {
  const data = encode(path);
  if (data === null) throw badName(path, '编码无效', 'invalid encoding');
  if (data.length < 1 || data.length > 1024 || FORBIDDEN.test(path)) {
    throw badName(path, '过长或含禁用字符', 'too long or forbidden characters');
  }
  for (const part of path.split('/')) {
    const bad = ['', '.', '..'].includes(part) || part[0] === ' ' || ' .'.includes(part.at(-1));
    if (bad || utf8(part).length > 255) {
      throw badName(path, '含 ..、空段或首尾空格', 'dot segments, empty parts or edge spaces');
    }
  }
  if (path.normalize('NFC') !== path) throw badName(path, '不是 NFC 规范形式', 'not in NFC');
}

// Names that Unicode's case folding makes equal become equal here; only the dotless i folds to nothing else.
const foldMark = (mark) => (mark === 'ı' ? mark : mark.toLowerCase().toUpperCase().toLowerCase());
const folded = (path) => (/^[\x00-\x7f]*$/.test(path) ? path.toLowerCase() : Array.from(path, foldMark).join(''));

// Apply the path rule to all names, and refuse too many or two that differ in case only.
function checkPaths(paths) {
  if (paths.length > MOST_FILES) throw new Problem('文件超过十万个', 'more than 100,000 files');
  const seen = new Set();
  for (const path of paths) {
    checkPath(path);
    const key = folded(path);
    if (seen.has(key)) throw badName(path, '重复或仅大小写不同', 'duplicate, or differs only in case');
    seen.add(key);
  }
}
