// C2SP signed notes, verifier keys, checkpoints, cosignatures and tlog proofs: text formats, strictly read.

const ED25519 = 1;
const COSIGNATURE = 4;
const MOST_SIGNATURES = 100;
const MAX_NOTE = 1 << 20;
const MOST_HASHES = 64;
const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';

const badNote = (zh, en) => new Problem('签名文本格式不合规：' + zh, 'signed note format: ' + en);

// Canonical standard base64 with padding.
function readBase64(text) {
  const data = /^[\x00-\x7f]*$/.test(text) ? lenientBase64(text) : null;
  if (data === null) throw badNote('base64 损坏', 'damaged base64');
  if (toBase64(data) !== text) throw badNote('base64 不是规范写法', 'base64 is not canonical');
  return data;
}

// A decimal number without leading zeros, below 2^63, as a BigInt.
function readDecimal(text) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) throw badNote('数字写法不合规', 'bad number');
  if (BigInt(text) >= 1n << 63n) throw badNote('数字过大', 'number too large');
  return BigInt(text);
}

function goodName(name) {
  const marks = Array.from(name);
  return marks.length >= 1 && marks.length <= 128 && marks.every((mark) => mark !== ' ' && mark !== '+' && printable(mark));
}

// A public key in the vkey form name+keyid+base64(type, key); a log's key name is its origin.
class VerifierKey {
  constructor(text) {
    const [name, id, ...rest] = text.split('+');
    if (!rest.length || !goodName(name)) throw badNote('公钥（vkey）写法不合规', 'bad verifier key');
    const data = readBase64(rest.join('+'));
    if (data.length !== 33 || (data[0] !== ED25519 && data[0] !== COSIGNATURE)) {
      throw badNote('不支持的公钥（vkey）类型', 'unsupported verifier key type');
    }
    this.text = text;
    this.name = name;
    this.kind = data[0];
    this.public = data.subarray(1);
    this.keyId = digest('sha256', join(utf8(name), [10], data)).subarray(0, 4);
    if (id !== hex(this.keyId)) throw badNote('公钥（vkey）编号与公钥不符', 'verifier key id does not match the key');
  }
}

// A signed note: `text` is the signed text with its last line feed, `signatures` are [key name, key id, bytes].
class Note {
  constructor(data) {
    if (data.length > MAX_NOTE) throw badNote('过大', 'too large');
    const whole = decode(data);
    if (whole === null) throw badNote('不是 UTF-8', 'not UTF-8');
    if (/[\x00-\x09\x0b-\x1f]/.test(whole)) throw badNote('含控制字符', 'control characters');
    const split = whole.lastIndexOf('\n\n');
    if (split < 0 || !whole.endsWith('\n')) throw badNote('没有签名部分', 'no signature block');
    this.text = utf8(whole.slice(0, split + 1));
    const lines = whole.slice(split + 2, -1).split('\n');
    if (lines.length > MOST_SIGNATURES) throw badNote('签名行数不合规', 'bad number of signatures');
    this.signatures = lines.map((line) => Note.#readLine(line));
  }

  static #readLine(line) {
    const pieces = line.split(' ');
    if (pieces.length !== 3 || pieces[0] !== '—' || !goodName(pieces[1])) {
      throw badNote('签名行写法不合规', 'bad signature line');
    }
    const data = readBase64(pieces[2]);
    if (data.length < 5) throw badNote('签名过短', 'signature too short');
    return [pieces[1], data.subarray(0, 4), data.subarray(4)];
  }

  // [message, Ed25519 signature] that `key` must have signed, for either kind of key.
  #statement(key, signature) {
    if (key.kind === ED25519) return [this.text, signature];
    if (signature.length !== 72) throw badNote('见证签名长度不合规', 'bad cosignature length');
    const stamp = bigFrom(signature.subarray(0, 8));
    return [join(utf8(`cosignature/v1\ntime ${stamp}\n`), this.text), signature.subarray(8)];
  }

  // The [message, signature] pairs this note carries for `key`, unchecked.
  signedBy(key) {
    const mine = this.signatures.filter(([name, id]) => name === key.name && same(id, key.keyId));
    return mine.map(([, , signature]) => this.#statement(key, signature));
  }
}

// A C2SP tlog-checkpoint: origin, size (BigInt) and 32-byte root.
class Checkpoint {
  constructor(data) {
    this.note = new Note(data);
    const lines = decode(this.note.text).split('\n');
    if (lines.length !== 4 || !lines[0]) throw badNote('检查点应恰为三行', 'a checkpoint has exactly three lines');
    this.origin = lines[0];
    this.size = readDecimal(lines[1]);
    this.root = readBase64(lines[2]);
    if (this.root.length !== 32) throw badNote('根哈希长度不合规', 'bad root hash length');
  }
}

function readHashes(lines) {
  const hashes = lines.map(readBase64);
  if (hashes.length > MOST_HASHES || hashes.some((one) => one.length !== 32)) {
    throw badNote('证明中的哈希不合规', 'bad hashes in a proof');
  }
  return hashes;
}

function splitProof(data) {
  const split = indexOfPair(data, 10, 10);
  if (split < 0 || data.length > MAX_NOTE) throw badNote('证明不完整', 'incomplete proof');
  const head = ascii(data.subarray(0, split));
  if (head === null) throw badNote('证明含非 ASCII 字符', 'proof is not ASCII');
  return [head.split('\n'), data.subarray(split + 2)];
}

// A C2SP tlog-proof@v1 without an extra line.
class InclusionFile {
  constructor(data) {
    const [lines, rest] = splitProof(data);
    if (lines.length < 2 || lines[0] !== PROOF_HEADER || !lines[1].startsWith('index ')) {
      throw badNote('不是 tlog-proof@v1', 'not a tlog-proof@v1');
    }
    this.checkpointBytes = rest;
    this.index = readDecimal(lines[1].slice(6));
    this.hashes = readHashes(lines.slice(2));
  }
}

// The body of a C2SP tlog-witness add-checkpoint request: a newer checkpoint and the proof that it only grew.
class GrowthFile {
  constructor(data) {
    const [lines, rest] = splitProof(data);
    if (!lines[0].startsWith('old ')) throw badNote('缺少 old 行', 'no old line');
    this.checkpointBytes = rest;
    this.oldSize = readDecimal(lines[0].slice(4));
    this.hashes = readHashes(lines.slice(1));
  }
}
