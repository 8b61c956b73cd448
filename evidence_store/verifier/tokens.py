"""RFC 3161 timestamp responses: TimeStampResp, CMS SignedData (RFC 5652), TSTInfo, ESSCertID (RFC 2634, RFC 5035)."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.der import BOOLEAN, INTEGER, OID, SEQUENCE, SET, Node, bad_der, read_der
from evidence_store.verifier.digests import digest
from evidence_store.verifier.instants import asn1_time
from evidence_store.verifier.keys import PublicKey, digest_name, signature_holds, strong_digest, weak_digest
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.x509 import Certificate, check_tsa_certificate, find_chain

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_ESS_V1, _ESS_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_MOST_CERTIFICATES = 32
MAX_TOKEN = 1 << 20


def _bad_token(zh: str, en: str) -> ProblemError:
    return ProblemError("时间戳" + zh, "timestamp: " + en)


class Token:
    """A parsed timestamp response, nothing believed yet.

    Attributes:
        imprint: (digest name, digest) of the stamped bytes.
        gen_time: The asserted time, microseconds.
        policy: Policy OID of the authority.
        serial: Serial number of the token.
        nonce: Nonce, or None.
        certificates: Certificates the token carries.
        algorithm: OID of the signature algorithm.
        signer: The certificate that signed it.
    """

    def __init__(self, response: bytes) -> None:
        if len(response) > MAX_TOKEN:
            raise _bad_token("文件过大", "file too large")
        parts = read_der(response).items(SEQUENCE, 1, 2)
        status = parts[0].items(SEQUENCE, 1, 3)[0].integer()
        if status != 0 or len(parts) != 2:
            raise _bad_token(f"回应状态不是“已批准”（{status}）", f"response status is not granted ({status})")
        kind, wrapped = parts[1].items(SEQUENCE, 2, 2)
        if kind.oid() != _SIGNED_DATA:
            raise _bad_token("不是 CMS SignedData", "not CMS SignedData")
        self._read_signed_data(wrapped.items(0xA0, 1, 1)[0])
        self._read_info(read_der(self._content))

    def _read_signed_data(self, node: Node) -> None:
        fields = node.items(SEQUENCE, 4, 6)
        if fields[0].integer() != 3:
            raise _bad_token("SignedData 版本不是 3", "SignedData version is not 3")
        listed = {digest_name(one) for one in fields[1].items(SET, 1, 16)}
        kind, content = fields[2].items(SEQUENCE, 2, 2)
        if kind.oid() != _TST_INFO:
            raise _bad_token("内容不是 TSTInfo", "content is not TSTInfo")
        self._content = content.items(0xA0, 1, 1)[0].octets()
        self.certificates: list[Certificate] = []
        for field in fields[3:-1]:
            if field.tag == 0xA0:
                inside = [one.raw for one in field.items(0xA0, 0, _MOST_CERTIFICATES) if one.tag == SEQUENCE]
                self.certificates += [Certificate(raw) for raw in inside]
            elif field.tag != 0xA1:
                raise bad_der("unknown field in SignedData")
        self._read_signer(fields[-1].items(SET, 1, 1)[0])
        if self._hashed_by not in listed:
            raise _bad_token("摘要算法清单与签名不一致", "digestAlgorithms does not list the signer's digest")

    def _read_signer(self, node: Node) -> None:
        fields = node.items(SEQUENCE, 6, 7)
        if fields[0].integer() != 1:
            raise _bad_token("SignerInfo 版本不是 1", "SignerInfo version is not 1")
        issuer, serial = fields[1].items(SEQUENCE, 2, 2)
        self._signer_id = (issuer.raw, serial.integer())
        self._hashed_by = strong_digest(fields[2])
        self._signed = b"\x31" + fields[3].expect(0xA0).raw[1:]
        self._attributes: dict[str, Node] = {}
        for attribute in fields[3].children:
            oid, values = attribute.items(SEQUENCE, 2, 2)
            if oid.oid() in self._attributes:
                raise bad_der("signed attribute given twice")
            self._attributes[oid.oid()] = values.items(SET, 1, 1)[0]
        self._algorithm, self._signature = fields[4], fields[5].octets()
        self.algorithm = fields[4].items(SEQUENCE, 1, 2)[0].oid()
        if len(fields) == 7:
            fields[6].expect(0xA1)

    def _read_info(self, node: Node) -> None:
        fields = node.items(SEQUENCE, 5, 10)
        if fields[0].integer() != 1:
            raise _bad_token("版本不是 1", "version is not 1")
        self.policy = fields[1].oid()
        algorithm, hashed = fields[2].items(SEQUENCE, 2, 2)
        self.imprint = (digest_name(algorithm), hashed.octets())
        if self.imprint[0] == "sha1":
            raise weak_digest()
        self.serial = fields[3].integer()
        self.gen_time = asn1_time(fields[4])
        numbers = [field.integer() for field in fields[5:] if field.tag == INTEGER]
        self.nonce = numbers[0] if len(numbers) == 1 else None

    @property
    def signer(self) -> Certificate:
        """The certificate named by the SignerInfo; it must be in the token and bound by ESSCertID."""
        for certificate in self.certificates:
            if (certificate.issuer, certificate.serial) == self._signer_id:
                self._check_binding(certificate)
                return certificate
        raise _bad_token("不含签名者证书", "carries no certificate of its signer")

    def _check_binding(self, certificate: Certificate) -> None:
        name, node = "sha1", self._attributes.get(_ESS_V1)
        if _ESS_V2 in self._attributes:
            name, node = "sha256", self._attributes[_ESS_V2]
        if node is None:
            raise _bad_token("缺少 ESSCertID，未绑定签名证书", "no ESSCertID binds the signer certificate")
        first = node.items(SEQUENCE, 1, 2)[0].items(SEQUENCE, 1, 8)[0].items(SEQUENCE, 1, 3)
        if name == "sha256" and first[0].tag == SEQUENCE:
            name, first = strong_digest(first[0]), first[1:]
        if not first or first[0].octets() != digest(name, certificate.raw):
            raise _bad_token("ESSCertID 与签名证书不符", "ESSCertID does not match the signer certificate")

    def check_signature(self) -> Certificate:
        """Check content, signed attributes and signature; return the signer certificate.

        Raises:
            ProblemError: Saying which of them is wrong.
        """
        kind, hashed = self._attributes.get(_CONTENT_TYPE), self._attributes.get(_MESSAGE_DIGEST)
        if kind is None or kind.oid() != _TST_INFO or hashed is None:
            raise _bad_token("缺少必需的签名属性", "a required signed attribute is missing")
        if hashed.octets() != digest(self._hashed_by, self._content):
            raise _bad_token("内容与其签名摘要不符", "content does not match its signed digest")
        signer = self.signer
        key = PublicKey(signer.key_info)
        if not signature_holds(key, self._algorithm, self._signature, self._signed, self._hashed_by):
            raise _bad_token("签名无效", "signature does not verify")
        return signer

    def chain(self, extra: list[Certificate], anchors: set[str]) -> list[Certificate] | None:
        """Check the signature and the signer's purpose, then find its chain to a trusted root at the asserted time."""
        signer = self.check_signature()
        check_tsa_certificate(signer, self.gen_time)
        return find_chain(signer, [*self.certificates, *extra], anchors, self.gen_time)


class Query:
    """A parsed TimeStampReq: what was asked for.

    Attributes:
        imprint: (digest name, digest).
        policy: Policy OID asked for, or None.
        nonce: Nonce, or None.
        wants_certificate: certReq.
    """

    def __init__(self, request: bytes) -> None:
        fields = read_der(request).items(SEQUENCE, 2, 6)
        if fields[0].integer() != 1:
            raise _bad_token("请求版本不是 1", "request version is not 1")
        algorithm, hashed = fields[1].items(SEQUENCE, 2, 2)
        self.imprint = (digest_name(algorithm), hashed.octets())
        rest = {field.tag: field for field in fields[2:]}
        if len(rest) != len(fields) - 2 or not set(rest) <= {OID, INTEGER, BOOLEAN, 0xA0}:
            raise bad_der("unknown field in the request")
        self.policy = rest[OID].oid() if OID in rest else None
        self.nonce = rest[INTEGER].integer() if INTEGER in rest else None
        self.wants_certificate = BOOLEAN in rest and rest[BOOLEAN].boolean()
