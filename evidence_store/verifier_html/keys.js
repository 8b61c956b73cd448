// Public keys and signature algorithms of X.509 and CMS, and the browser's own cryptography where it can serve.

const { DIGEST_OIDS, SIGNATURE_OIDS, CURVE_OIDS } = TABLES;
const MGF1 = '1.2.840.113549.1.1.8';
const WEB_HASHES = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };

// `own` makes every signature be checked by the code in this file; `tally` counts who judged, for the report's foot.
const signatures = { own: false, tally: { browser: 0, own: 0 } };

// Ask WebCrypto; null when this browser, key or digest is beyond it and our own code must judge.
async function byBrowser(scheme, form, key, signature, message, hashName) {
  const subtle = globalThis.crypto?.subtle;
  const hash = hashName && WEB_HASHES[hashName];
  if (signatures.own || !subtle || (hashName && !hash)) return ownTurn();
  const algorithm = hash ? { ...scheme, hash } : scheme;
  try {
    const imported = await subtle.importKey(form, key, algorithm, false, ['verify']);
    const verdict = await subtle.verify(algorithm, imported, signature, message);
    signatures.tally.browser += 1;
    return verdict;
  } catch {
    return ownTurn();
  }
}

function ownTurn() {
  signatures.tally.own += 1;
  return null;
}

const weakDigest = () => new Problem('使用了已不安全的 SHA-1 算法', 'relies on SHA-1, which is no longer safe');
const isNull = (node) => same(node.raw, [5, 0]);

// The digest an AlgorithmIdentifier names; its parameters must be absent or NULL.
function digestName(algorithm) {
  const parts = algorithm.items(SEQUENCE, 1, 2);
  const oid = parts[0].oid();
  if (!Object.hasOwn(DIGEST_OIDS, oid)) {
    throw new Problem(
      `不支持的摘要算法 ${oid}（支持 SHA-256/384/512 与 SM3）`,
      `unsupported digest algorithm ${oid} (SHA-256/384/512 and SM3 are supported)`,
    );
  }
  if (parts.length === 2 && !isNull(parts[1])) throw badDer('digest algorithm with parameters');
  return DIGEST_OIDS[oid];
}

function strongDigest(algorithm) {
  const name = digestName(algorithm);
  if (name === 'sha1') throw weakDigest();
  return name;
}

// A key from a SubjectPublicKeyInfo: `kind` is rsa, p256, p384, sm2 or ed25519, `data` the subjectPublicKey.
class PublicKey {
  constructor(info) {
    const [algorithm, bits] = info.items(SEQUENCE, 2, 2);
    const parts = algorithm.items(SEQUENCE, 1, 2);
    const oid = parts[0].oid();
    let kind = null;
    if (oid === '1.2.840.113549.1.1.1') kind = 'rsa';
    else if (oid === '1.2.840.10045.2.1' && parts.length === 2) kind = CURVE_OIDS[parts[1].oid()] || null;
    else if (oid === '1.3.101.112') kind = 'ed25519';
    if (kind === null) throw new Problem(`不支持的公钥类型 ${oid}`, `unsupported kind of public key ${oid}`);
    this.kind = kind;
    this.data = bits.bits();
  }
}

// [digest, salt length] of RSASSA-PSS-params; SHA-1 defaults and a differing mask digest are refused.
function pssParameters(node) {
  const fields = new Map(node.items(SEQUENCE, 2, 4).map((field) => [field.tag, field.items(field.tag, 1, 1)[0]]));
  const known = [...fields.keys()].every((tag) => tag >= 0xa0 && tag <= 0xa3);
  if (!fields.has(0xa0) || !fields.has(0xa1) || !known) throw weakDigest();
  const name = strongDigest(fields.get(0xa0));
  const [mgf, inner] = fields.get(0xa1).items(SEQUENCE, 2, 2);
  const trailer = fields.has(0xa3) ? fields.get(0xa3).integer() : 1n;
  const salt = fields.has(0xa2) ? fields.get(0xa2).integer() : 20n;
  if (mgf.oid() !== MGF1 || digestName(inner) !== name || trailer !== 1n || salt < 0n || salt > 512n) {
    throw new Problem('不支持的 PSS 参数', 'unsupported PSS parameters');
  }
  return [name, Number(salt)];
}

// Check a signature of any supported kind over `message`. `hashedBy` is, in CMS, the digest algorithm of the
// SignerInfo (it must agree with the signature algorithm); null in a certificate.
async function signatureHolds(key, algorithm, signature, message, hashedBy) {
  const parts = algorithm.items(SEQUENCE, 1, 2);
  const oid = parts[0].oid();
  if (!Object.hasOwn(SIGNATURE_OIDS, oid)) {
    throw new Problem(`不支持的签名算法 ${oid}`, `unsupported signature algorithm ${oid}`);
  }
  let [kind, fixed] = SIGNATURE_OIDS[oid];
  let salt = 0;
  if (kind === 'pss') {
    if (parts.length !== 2) throw weakDigest();
    [fixed, salt] = pssParameters(parts[1]);
  } else if (parts.length === 2 && !isNull(parts[1])) throw badDer('signature algorithm with parameters');
  const name = fixed || hashedBy;
  if (name === null || (hashedBy !== null && name !== hashedBy)) {
    throw new Problem('签名算法与摘要算法不一致', 'signature and digest algorithm disagree');
  }
  if (name === 'sha1') throw weakDigest();
  return checkedBy(key, kind, name, salt, signature, message);
}

async function checkedBy(key, kind, name, salt, signature, message) {
  if (key.kind === 'rsa' && kind === 'pkcs1') return verifyPkcs1(key.data, signature, message, name);
  if (key.kind === 'rsa' && kind === 'pss') return verifyPss(key.data, signature, message, name, salt);
  if ((key.kind === 'p256' || key.kind === 'p384') && kind === 'ecdsa') {
    return verifyEcdsa(key.kind === 'p256' ? P256 : P384, key.data, signature, message, name);
  }
  // Some authorities name SM2 signatures with the plain elliptic-curve OID and SM3 as the digest.
  if (key.kind === 'sm2' && name === 'sm3' && (kind === 'sm2' || kind === 'ecdsa')) {
    signatures.tally.own += 1;
    return verifySm2(key.data, signature, message);
  }
  if (key.kind === 'ed25519' && kind === 'ed25519') return verifyEd25519(key.data, signature, message);
  throw new Problem('签名算法与公钥类型不一致', 'signature algorithm does not fit the key');
}
