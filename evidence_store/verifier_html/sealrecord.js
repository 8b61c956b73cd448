// seal/seal.json: what the sealer states, strictly read.

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

function checkUlid(text) {
  if (!ULID.test(text)) throw new Problem('编号不是 ULID', 'not a ULID');
  return text;
}

// The microseconds of a time in whole seconds.
function checkWholeTime(value) {
  const micros = parseRfc3339(value);
  if (value.length !== 20) throw new Problem('时间须为整秒', 'times are in whole seconds');
  return micros;
}

// The facts of a seal.
class SealRecord {
  constructor(data) {
    const top = new Shape(parseCanonical(data), 'seal.json', TABLES.SEAL_KEYS);
    if (top.text('schema') !== 'bianwu/seal/1') {
      throw new Problem('不支持的 seal.json 版本', 'unsupported version of seal.json');
    }
    this.sealId = checkUlid(top.text('seal_id'));
    this.sealedAt = top.text('sealed_at');
    this.sealedMicros = checkWholeTime(this.sealedAt);
    this.caseRef = top.text('case_ref', 200);
    top.hexes('salt');
    const url = top.mapping('capture').has('url') ? top.mapping('capture').get('url') : '';
    this.address = typeof url === 'string' ? url : '';
    this.url = cut(typeof url === 'string' ? url : showValue(url), 2000);
    for (const name of ['clock', 'host']) top.mapping(name);
    for (const name of ['prev', 'supersedes']) if (top.values.get(name) !== null) top.hexes(name);
    this.#readParts(top.values);
  }

  #readParts(values) {
    const payload = new Shape(values.get('payload'), 'payload', ['bytes', 'files', 'sha256', 'sm3']);
    this.payload = { bytes: payload.number('bytes'), files: payload.number('files', 1) };
    Object.assign(this.payload, { sha256: payload.hexes('sha256'), sm3: payload.hexes('sm3') });
    this.waczDigest = null;
    if (values.get('wacz') !== null) {
      this.waczDigest = new Shape(values.get('wacz'), 'wacz', ['datapackage_sha256']).hexes('datapackage_sha256');
    }
    const signer = new Shape(values.get('signer'), 'signer', ['name', 'vkey']);
    this.signerName = signer.text('name');
    this.signerVkey = signer.text('vkey');
    this.logOrigin = null;
    if (values.get('log') !== null) this.logOrigin = new Shape(values.get('log'), 'log', ['origin']).text('origin');
    const policy = new Shape(values.get('tsa_policy'), 'tsa_policy', ['k', 'n', 'names']);
    this.tsaN = policy.number('n', 0, 99);
    this.tsaK = policy.number('k', 0, this.tsaN);
    if (policy.array('names').length !== this.tsaN) {
      throw new Problem('tsa_policy 自相矛盾', 'tsa_policy contradicts itself');
    }
  }

  // The only bag-info.txt this seal can have.
  get bagInfo() {
    const lines = [
      'Bag-Software-Agent: bianwu evidence_store; package format 1',
      `Bagging-Date: ${this.sealedAt.slice(0, 10)}`,
      `External-Identifier: bianwu-${this.sealId}`,
      `Internal-Sender-Identifier: ${this.sealId}`,
      `Payload-Oxum: ${this.payload.bytes}.${this.payload.files}`,
    ];
    return utf8(lines.map((line) => line + '\n').join(''));
  }
}
