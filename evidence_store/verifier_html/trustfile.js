// trust.json: whom the reader of a package believes. It never comes out of the package itself.

const MAX_TRUST = 1 << 20;

function noteKey(text, ...kinds) {
  const key = new VerifierKey(text);
  if (!kinds.includes(key.kind)) {
    throw new Problem(`${key.name} 的公钥类型不适用`, `key of ${key.name} is of the wrong type here`);
  }
  return key;
}

// A key that may seal, and between which times.
class TrustedSealer {
  constructor(value) {
    const shape = new Shape(value, 'sealer', ['vkey'], ['holder', 'not_before', 'not_after']);
    this.key = noteKey(shape.text('vkey'), ED25519);
    this.holder = shape.text('holder', 200);
    [this.notBefore, this.notAfter] = ['not_before', 'not_after'].map((name) => {
      const bound = shape.values.get(name) ?? null;
      return bound === null ? null : checkWholeTime(bound);
    });
  }

  covers(at) {
    return (this.notBefore === null || this.notBefore <= at) && (this.notAfter === null || at <= this.notAfter);
  }
}

// `min_tokens`: a number for all time, or one for each period by its beginning; [since, least] in order, first null.
function readMinimums(value, top) {
  if (!Array.isArray(value.get('min_tokens'))) return [[null, top.number('min_tokens', 0, 99)]];
  const found = [];
  for (const entry of top.array('min_tokens', 100)) {
    const one = new Shape(entry, 'min_tokens', ['since', 'least']);
    const since = entry.get('since') === null ? null : checkWholeTime(entry.get('since'));
    if ((since === null) !== !found.length || (found.length > 1 && since <= found.at(-1)[0])) {
      throw new Problem('min_tokens 的时段须从 null 起依次排列', 'periods of min_tokens are not in order from null');
    }
    found.push([since, one.number('least', 0, 99)]);
  }
  if (!found.length) throw new Problem('min_tokens 没有时段', 'min_tokens lists no period');
  return found;
}

// A parsed trust.json; `roots` is SHA-256 of a timestamp root -> [name, is a test authority].
class TrustFile {
  constructor(data) {
    const value = parseJson(data, { limit: MAX_TRUST });
    const keys = ['schema', 'log', 'sealers', 'witnesses', 'quorum', 'tsa_roots', 'min_tokens'];
    const top = new Shape(value, 'trust.json', keys);
    if (top.text('schema') !== 'bianwu/trust/1') {
      throw new Problem('不支持的 trust.json 版本', 'unsupported version of trust.json');
    }
    this.fingerprint = hex(digest('sha256', canonicalJson(value)));
    this.logKeys = [];
    this.logEnds = new Map(); // public key in hex of an old key -> leaves of the last checkpoint it may have signed
    if (value.get('log') !== null) {
      const log = new Shape(value.get('log'), 'log', ['vkey'], ['old']);
      const old = value.get('log').has('old') ? log.array('old', 100) : [];
      this.logKeys = [noteKey(log.text('vkey'), ED25519), ...old.map((one) => this.oldKey(one))];
    }
    this.sealers = top.array('sealers').map((one) => new TrustedSealer(one));
    this.witnesses = top.array('witnesses', 100).map((text) => noteKey(String(text), ED25519, COSIGNATURE));
    this.quorum = top.number('quorum', 0, this.witnesses.length);
    this.roots = new Map();
    for (const one of top.array('tsa_roots')) {
      const root = new Shape(one, 'tsa_root', ['name', 'sha256'], ['test']);
      this.roots.set(root.hexes('sha256'), [root.text('name', 200), root.flag('test')]);
    }
    this.minimums = readMinimums(value, top);
    if (!this.sealers.length) throw new Problem('没有列出任何封存密钥', 'lists no key that may seal');
    const all = [...this.logKeys, ...this.witnesses];
    // By the key alone: one witness under two names is one witness, and a log that cosigns itself is none.
    if (new Set(all.map((key) => hex(key.public))).size !== all.length) {
      throw new Problem('同一公钥列了两次', 'the same key is listed twice');
    }
  }

  // An earlier key of the log: a verifier key, or one with the size its last checkpoint has.
  oldKey(value) {
    if (typeof value === 'string') return noteKey(value, ED25519);
    const shape = new Shape(value, 'old', ['vkey', 'last_size'], ['until']);
    if (value.has('until')) checkWholeTime(value.get('until'));
    const key = noteKey(shape.text('vkey'), ED25519);
    this.logEnds.set(hex(key.public), shape.number('last_size'));
    return key;
  }

  // Whether a key of the log may have signed a checkpoint of that size.
  maySign(key, size) {
    const end = this.logEnds.get(hex(key.public));
    return end === undefined || size <= end;
  }

  // How many timestamps of different authorities a package sealed at that time must have.
  minTokens(sealedAt) {
    return this.minimums.filter(([since]) => since === null || since <= sealedAt).at(-1)[1];
  }
}
