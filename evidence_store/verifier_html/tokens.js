// RFC 3161 timestamp responses: TimeStampResp, CMS SignedData (RFC 5652), TSTInfo, ESSCertID (RFC 2634, RFC 5035).

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const ESS_V1 = '1.2.840.113549.1.9.16.2.12';
const ESS_V2 = '1.2.840.113549.1.9.16.2.47';
const MOST_CERTIFICATES = 32;
const MAX_TOKEN = 1 << 20;

const badToken = (zh, en) => new Problem('时间戳' + zh, 'timestamp: ' + en);

// A parsed timestamp response, nothing believed yet.
class Token {
  #content;
  #signerId;
  #hashedBy;
  #signed;
  #attributes;
  #algorithm;
  #signature;

  constructor(response) {
    if (response.length > MAX_TOKEN) throw badToken('文件过大', 'file too large');
    const parts = readDer(response).items(SEQUENCE, 1, 2);
    const status = parts[0].items(SEQUENCE, 1, 3)[0].integer();
    if (status !== 0n || parts.length !== 2) {
      throw badToken(`回应状态不是“已批准”（${status}）`, `response status is not granted (${status})`);
    }
    const [kind, wrapped] = parts[1].items(SEQUENCE, 2, 2);
    if (kind.oid() !== SIGNED_DATA) throw badToken('不是 CMS SignedData', 'not CMS SignedData');
    this.#readSignedData(wrapped.items(0xa0, 1, 1)[0]);
    this.#readInfo(readDer(this.#content));
  }

  #readSignedData(node) {
    const fields = node.items(SEQUENCE, 4, 6);
    if (fields[0].integer() !== 3n) throw badToken('SignedData 版本不是 3', 'SignedData version is not 3');
    const listedDigests = new Set(fields[1].items(SET, 1, 16).map(digestName));
    const [kind, content] = fields[2].items(SEQUENCE, 2, 2);
    if (kind.oid() !== TST_INFO) throw badToken('内容不是 TSTInfo', 'content is not TSTInfo');
    this.#content = content.items(0xa0, 1, 1)[0].octets();
    this.certificates = [];
    for (const field of fields.slice(3, -1)) {
      if (field.tag === 0xa0) {
        const inside = field.items(0xa0, 0, MOST_CERTIFICATES).filter((one) => one.tag === SEQUENCE);
        this.certificates.push(...inside.map((one) => new Certificate(one.raw)));
      } else if (field.tag !== 0xa1) throw badDer('unknown field in SignedData');
    }
    this.#readSigner(fields.at(-1).items(SET, 1, 1)[0]);
    if (!listedDigests.has(this.#hashedBy)) {
      throw badToken('摘要算法清单与签名不一致', "digestAlgorithms does not list the signer's digest");
    }
  }

  #readSigner(node) {
    const fields = node.items(SEQUENCE, 6, 7);
    if (fields[0].integer() !== 1n) throw badToken('SignerInfo 版本不是 1', 'SignerInfo version is not 1');
    const [issuer, serial] = fields[1].items(SEQUENCE, 2, 2);
    this.#signerId = [issuer.raw, serial.integer()];
    this.#hashedBy = strongDigest(fields[2]);
    this.#signed = join([SET], fields[3].expect(0xa0).raw.subarray(1));
    this.#attributes = new Map();
    for (const attribute of fields[3].children) {
      const [oid, values] = attribute.items(SEQUENCE, 2, 2);
      if (this.#attributes.has(oid.oid())) throw badDer('signed attribute given twice');
      this.#attributes.set(oid.oid(), values.items(SET, 1, 1)[0]);
    }
    this.#algorithm = fields[4];
    this.#signature = fields[5].octets();
    fields[4].items(SEQUENCE, 1, 2)[0].oid();
    if (fields.length === 7) fields[6].expect(0xa1);
  }

  #readInfo(node) {
    const fields = node.items(SEQUENCE, 5, 10);
    if (fields[0].integer() !== 1n) throw badToken('版本不是 1', 'version is not 1');
    this.policy = fields[1].oid();
    const [algorithm, hashed] = fields[2].items(SEQUENCE, 2, 2);
    this.imprint = [digestName(algorithm), hashed.octets()];
    if (this.imprint[0] === 'sha1') throw weakDigest();
    this.serial = fields[3].integer();
    this.genTime = asn1Time(fields[4]);
    const numbers = fields.slice(5).filter((field) => field.tag === INTEGER).map((field) => field.integer());
    this.nonce = numbers.length === 1 ? numbers[0] : null;
  }

  // The certificate named by the SignerInfo; it must be in the token and bound by ESSCertID.
  get signer() {
    const [issuer, serial] = this.#signerId;
    for (const certificate of this.certificates) {
      if (same(certificate.issuer, issuer) && certificate.serial === serial) {
        this.#checkBinding(certificate);
        return certificate;
      }
    }
    throw badToken('不含签名者证书', 'carries no certificate of its signer');
  }

  #checkBinding(certificate) {
    const second = this.#attributes.get(ESS_V2);
    const node = second || this.#attributes.get(ESS_V1);
    let name = second ? 'sha256' : 'sha1';
    if (!node) throw badToken('缺少 ESSCertID，未绑定签名证书', 'no ESSCertID binds the signer certificate');
    let first = node.items(SEQUENCE, 1, 2)[0].items(SEQUENCE, 1, 8)[0].items(SEQUENCE, 1, 3);
    if (second && first[0].tag === SEQUENCE) {
      name = strongDigest(first[0]);
      first = first.slice(1);
    }
    if (!first.length || !same(first[0].octets(), digest(name, certificate.raw))) {
      throw badToken('ESSCertID 与签名证书不符', 'ESSCertID does not match the signer certificate');
    }
  }

  // Check content, signed attributes and signature; return the signer certificate.
  async checkSignature() {
    const kind = this.#attributes.get(CONTENT_TYPE);
    const hashed = this.#attributes.get(MESSAGE_DIGEST);
    if (!kind || kind.oid() !== TST_INFO || !hashed) {
      throw badToken('缺少必需的签名属性', 'a required signed attribute is missing');
    }
    if (!same(hashed.octets(), digest(this.#hashedBy, this.#content))) {
      throw badToken('内容与其签名摘要不符', 'content does not match its signed digest');
    }
    const { signer } = this;
    const key = new PublicKey(signer.keyInfo);
    if (!(await signatureHolds(key, this.#algorithm, this.#signature, this.#signed, this.#hashedBy))) {
      throw badToken('签名无效', 'signature does not verify');
    }
    return signer;
  }

  // Check the signature and the signer's purpose, then find its chain to a trusted root at the asserted time.
  async chain(extra, anchors) {
    const signer = await this.checkSignature();
    checkTsaCertificate(signer, this.genTime);
    return findChain(signer, [...this.certificates, ...extra], anchors, this.genTime);
  }
}

// A parsed TimeStampReq: what was asked for.
class Query {
  constructor(request) {
    const fields = readDer(request).items(SEQUENCE, 2, 6);
    if (fields[0].integer() !== 1n) throw badToken('请求版本不是 1', 'request version is not 1');
    const [algorithm, hashed] = fields[1].items(SEQUENCE, 2, 2);
    this.imprint = [digestName(algorithm), hashed.octets()];
    const rest = new Map(fields.slice(2).map((field) => [field.tag, field]));
    const known = [OID, INTEGER, BOOLEAN, 0xa0];
    if (rest.size !== fields.length - 2 || ![...rest.keys()].every((tag) => known.includes(tag))) {
      throw badDer('unknown field in the request');
    }
    this.policy = rest.has(OID) ? rest.get(OID).oid() : null;
    this.nonce = rest.has(INTEGER) ? rest.get(INTEGER).integer() : null;
    this.wantsCertificate = rest.has(BOOLEAN) && rest.get(BOOLEAN).boolean();
  }
}
