// Certificate revocation lists (RFC 5280 section 5), and what a revocation means for a timestamp (RFC 3161 section 4).

const MAX_LISTS = 4 << 20;
const MOST_LISTS = 8;
const MOST_REVOKED = 100_000;
const CRL_SIGN = 1n << 6n;
const REASON = '2.5.29.21';
const SCOPE = '2.5.29.28';
const ENUMERATED = 0x0a;
const LIST_BEGIN = '-----BEGIN X509 CRL-----\n';
const LIST_END = '-----END X509 CRL-----';
// Revoked for one of these, what was signed before stays valid: unspecified, affiliation changed, superseded, ceased.
const HARMLESS_REASONS = [0, 3, 4, 5];
const REMOVED = 8;

function listExtensions(node) {
  const found = new Map();
  for (const extension of node.items(SEQUENCE, 1, 64)) {
    const parts = extension.items(SEQUENCE, 2, 3);
    const oid = parts[0].oid();
    if (found.has(oid)) throw badDer('extension given twice');
    found.set(oid, [parts.length === 3 && parts[1].expect(BOOLEAN).boolean(), parts.at(-1).octets()]);
  }
  return found;
}

// One list, strictly parsed; its signature is checked by checkRevocation.
class RevocationList {
  #entries = [];
  #extensions = new Map();

  constructor(raw) {
    this.raw = raw;
    const [tbs, algorithm, signature] = readDer(raw).items(SEQUENCE, 3, 3);
    this.algorithm = algorithm;
    this.tbs = tbs.raw;
    this.signature = signature.bits();
    const fields = [...tbs.items(SEQUENCE, 3, 7)];
    if (fields[0].tag === INTEGER && fields.shift().integer() !== 1n) throw badDer('unknown version of a revocation list');
    if (!same(fields.shift().raw, algorithm.raw)) {
      throw badDer('the two signature algorithms of a revocation list differ');
    }
    this.issuer = fields.shift().expect(SEQUENCE).raw;
    this.thisUpdate = asn1Time(fields.shift());
    this.nextUpdate = fields.length && [UTC_TIME, GENERALIZED_TIME].includes(fields[0].tag) ? asn1Time(fields.shift()) : null;
    if (fields.length && fields[0].tag === SEQUENCE) this.#entries = fields.shift().items(SEQUENCE, 0, MOST_REVOKED);
    if (fields.length) this.#extensions = listExtensions(fields.shift().items(0xa0, 1, 1)[0]);
    if (fields.length) throw badDer('unknown field in a revocation list');
  }

  // Whether the list speaks about certificates like this one, whole and by itself.
  covers(certificate) {
    for (const [oid, [critical]] of this.#extensions) if (critical && oid !== SCOPE) return false;
    if (!this.#extensions.has(SCOPE)) return true;
    const parts = new Map(readDer(this.#extensions.get(SCOPE)[1]).items(SEQUENCE, 0, 6).map((part) => [part.tag, part.body]));
    const set = (tag) => parts.has(tag) && same(parts.get(tag), new Uint8Array([0xff]));
    const [authority] = certificate.basic;
    if ((set(0x81) && authority) || (set(0x82) && !authority)) return false;
    return [...parts.keys()].every((tag) => [0xa0, 0x81, 0x82].includes(tag));
  }

  // [when, reason or null] the certificate with that number was revoked, or null.
  find(serial) {
    for (const entry of this.#entries) {
      const parts = entry.items(SEQUENCE, 2, 3);
      if (parts[0].integer() !== serial) continue;
      const found = parts.length === 3 ? listExtensions(parts[2]) : new Map();
      for (const [oid, [critical]] of found) {
        if (critical && oid !== REASON) throw badDer('a revocation with an unknown critical extension');
      }
      const body = found.has(REASON) ? readDer(found.get(REASON)[1]).expect(ENUMERATED).body : null;
      return [asn1Time(parts[1]), body === null ? null : body.reduce((sum, byte) => sum * 256 + byte, 0)];
    }
    return null;
  }
}

// Every revocation list of a PEM file; text between the blocks is ignored.
function readLists(pem) {
  const text = Array.from(pem, (byte) => String.fromCharCode(byte)).join('').replaceAll('\r\n', '\n');
  const pieces = text.split(LIST_BEGIN).slice(1);
  if (!pieces.length || pieces.length > MOST_LISTS) {
    throw new Problem('没有吊销清单，或过多', 'no revocation list, or too many');
  }
  return pieces.map((piece) => {
    const end = piece.indexOf(LIST_END);
    const raw = end < 0 ? new Uint8Array(0) : lenientBase64(piece.slice(0, end));
    if (raw === null) throw new Problem('PEM 吊销清单损坏', 'damaged PEM revocation list');
    return new RevocationList(raw);
  });
}

function checkRevoked(certificate, [when, reason], at) {
  if (reason === REMOVED || (when > at && HARMLESS_REASONS.includes(reason))) return;
  const [shown, why] = [showTime(when), reason === null ? '–' : String(reason)];
  throw new Problem(
    `签发时证书已吊销，或因密钥失密被吊销：${certificate.name}，${shown}，原因 ${why}`,
    `certificate revoked at that time, or its key compromised: ${certificate.name}, ${shown}, reason ${why}`,
  );
}

// Check every certificate of a chain below its root against the lists of its issuer; names those no current list covers.
async function checkRevocation(chain, lists, at) {
  const missing = [];
  for (let link = 0; link + 1 < chain.length; link += 1) {
    const [certificate, issuer] = [chain[link], chain[link + 1]];
    const may = issuer.keyUsage === null || Boolean(issuer.keyUsage & CRL_SIGN);
    let current = false;
    for (const one of lists.filter((each) => same(each.issuer, certificate.issuer))) {
      const key = new PublicKey(issuer.keyInfo);
      if (!may || !(await signatureHolds(key, one.algorithm, one.signature, one.tbs, null))) {
        throw new Problem('吊销清单不是该签发者签名的', 'a revocation list is not signed by the issuer it names');
      }
      const found = one.find(certificate.serial);
      if (found !== null) checkRevoked(certificate, found, at);
      current = current || (one.covers(certificate) && (one.nextUpdate === null || one.nextUpdate >= at));
    }
    if (!current) missing.push(certificate.name);
  }
  return missing;
}
