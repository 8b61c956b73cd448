// X.509 certificates and chains, as far as timestamp authorities need them (RFC 5280, RFC 3161 section 2.3).

const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_USAGE = '2.5.29.37';
// Certificate policies carry no restriction when the relying party accepts any policy.
const KNOWN_CRITICAL = [KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_USAGE, '2.5.29.32'];
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const SIGN_BITS = 3n;
const CERT_SIGN = 1n << 5n;
const MOST_LINKS = 8;
const NAME_LABELS = { '2.5.4.3': 'CN', '2.5.4.10': 'O', '2.5.4.11': 'OU', '2.5.4.6': 'C' };

// One certificate, strictly parsed; signatures are checked by the chain functions.
class Certificate {
  constructor(raw) {
    this.raw = raw;
    this.sha256 = hex(digest('sha256', raw));
    const [tbs, algorithm, signature] = readDer(raw).items(SEQUENCE, 3, 3);
    this.algorithm = algorithm;
    this.tbs = tbs.raw;
    this.signature = signature.bits();
    const fields = [...tbs.items(SEQUENCE, 6, 10)];
    this.version = fields[0].tag === 0xa0 ? fields.shift().items(0xa0, 1, 1)[0].integer() + 1n : 1n;
    if (fields.length < 6) throw badDer('certificate is incomplete');
    this.serial = fields[0].expect(INTEGER).integer();
    if (!same(fields[1].raw, algorithm.raw)) {
      throw new Problem('证书内外签名算法不一致', 'the two signature algorithms of a certificate differ');
    }
    this.issuer = fields[2].expect(SEQUENCE).raw;
    this.subject = fields[4].expect(SEQUENCE).raw;
    [this.notBefore, this.notAfter] = fields[3].items(SEQUENCE, 2, 2).map(asn1Time);
    this.keyInfo = fields[5];
    this.critical = new Set();
    this.extensions = new Map();
    for (const extra of fields.slice(6)) if (extra.tag === 0xa3) this.#readExtensions(extra.items(0xa3, 1, 1)[0]);
  }

  #readExtensions(node) {
    for (const extension of node.items(SEQUENCE, 1, 64)) {
      const parts = extension.items(SEQUENCE, 2, 3);
      const oid = parts[0].oid();
      if (this.extensions.has(oid)) throw badDer('extension given twice');
      if (parts.length === 3 && parts[1].boolean()) this.critical.add(oid);
      this.extensions.set(oid, parts.at(-1).octets());
    }
  }

  // Named bits of keyUsage, or null without the extension.
  get keyUsage() {
    const raw = this.extensions.get(KEY_USAGE);
    return raw === undefined ? null : readDer(raw).namedBits();
  }

  get purposes() {
    const raw = this.extensions.get(EXTENDED_USAGE);
    return raw === undefined ? [] : readDer(raw).items(SEQUENCE, 1, 32).map((node) => node.oid());
  }

  // [is a certificate authority, longest path below it or null].
  get basic() {
    const raw = this.extensions.get(BASIC_CONSTRAINTS);
    const parts = raw === undefined ? [] : readDer(raw).items(SEQUENCE, 0, 2);
    const authority = parts.length > 0 && parts[0].boolean();
    return [authority, parts.length === 2 ? parts[1].integer() : null];
  }

  // The subject for people, e.g. CN=…, O=…
  get name() {
    const shown = [];
    for (const part of readDer(this.subject).children) {
      for (const pair of part.children) {
        const [oid, value] = pair.items(SEQUENCE, 2, 2);
        const text = new TextDecoder(value.tag === 0x1e ? 'utf-16be' : 'utf-8', { ignoreBOM: true }).decode(value.body);
        const label = NAME_LABELS[oid.oid()];
        if (label) shown.push(`${label}=${plainText(cut(text, 128))}`);
      }
    }
    return shown.join(', ') || '?';
  }

  alive(at) {
    return this.notBefore <= at && at < this.notAfter + SECOND;
  }

  async signedBy(issuer) {
    return signatureHolds(new PublicKey(issuer.keyInfo), this.algorithm, this.signature, this.tbs, null);
  }
}

function checkCritical(certificate) {
  const unknown = [...certificate.critical].filter((oid) => !KNOWN_CRITICAL.includes(oid));
  if (!unknown.length) return;
  const shown = sorted(unknown).join(', ');
  throw new Problem(`证书含不认识的关键扩展 ${shown}`, `certificate has an unknown critical extension ${shown}`);
}

// Refuse a signer certificate that RFC 3161 does not allow to stamp at the time `at`.
function checkTsaCertificate(leaf, at) {
  if (!leaf.alive(at)) {
    const [start, end] = [showTime(leaf.notBefore), showTime(leaf.notAfter)];
    throw new Problem(
      `签发时证书不在有效期内（${start} 至 ${end}）`,
      `certificate not valid at that time (${start} to ${end})`,
    );
  }
  const { purposes } = leaf;
  if (purposes.length !== 1 || purposes[0] !== TIME_STAMPING || !leaf.critical.has(EXTENDED_USAGE)) {
    throw new Problem(
      '签名证书没有专用的时间戳用途（扩展密钥用途须为关键且仅为 timeStamping）',
      'signer certificate is not dedicated to timestamping (critical extendedKeyUsage, timeStamping only)',
    );
  }
  const usage = leaf.keyUsage;
  if (usage !== null && (!(usage & SIGN_BITS) || usage & ~SIGN_BITS)) {
    throw new Problem('签名证书的密钥用途不符', 'signer certificate has the wrong key usage');
  }
  checkCritical(leaf);
}

// Whether `issuer` may have `below` authorities under it at that time. A version 1 root carries no extensions; being
// pinned by fingerprint says what basicConstraints would.
function maySign(issuer, below, at) {
  const [authority, longest] = issuer.basic;
  const usage = issuer.keyUsage;
  const allowed = authority || (issuer.version < 3n && same(issuer.subject, issuer.issuer));
  return allowed && issuer.alive(at) && (longest === null || BigInt(below) <= longest)
    && (usage === null || Boolean(usage & CERT_SIGN));
}

// Depth-first search for a chain, within a budget of signature checks that a hostile pool cannot exceed.
class ChainSearch {
  constructor(pool, anchors, at) {
    Object.assign(this, { pool, anchors, at, budget: 64, refused: [] });
  }

  async climb(chain) {
    if (this.anchors.has(chain.at(-1).sha256)) return chain;
    if (chain.length > MOST_LINKS) return null;
    for (const issuer of this.pool) {
      const found = (await this.mayFollow(chain, issuer)) ? await this.climb([...chain, issuer]) : null;
      if (found) return found;
    }
    return null;
  }

  async mayFollow(chain, issuer) {
    if (!same(issuer.subject, chain.at(-1).issuer) || chain.includes(issuer) || this.budget <= 0) return false;
    try {
      if (!maySign(issuer, chain.length - 1, this.at)) return false;
      checkCritical(issuer);
      this.budget -= 1;
      return await chain.at(-1).signedBy(issuer);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.refused.push(problem); // another certificate of the same name may do
      return false;
    }
  }
}

// Find a valid chain from `leaf` to a certificate whose SHA-256 is in `anchors`, or null.
async function findChain(leaf, pool, anchors, at) {
  const search = new ChainSearch(pool, anchors, at);
  const found = await search.climb([leaf]);
  if (found === null && search.refused.length) throw search.refused[0];
  return found;
}
