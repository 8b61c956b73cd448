"""A local RFC 3161 time-stamp authority for demonstrations and tests: real tokens, no evidential value.

Its names and policy say so: 测试时间戳. Keys are made at run time and forgotten; it answers on the loopback only.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Self

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from asn1crypto.parser import emit
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence_store import TEST_POLICY

_LABEL: Final = "测试时间戳 TEST ONLY"
_MAX_QUERY: Final = 64 * 1024
_IMPRINTS: Final = {"sha256": 32, "sha384": 48, "sha512": 64}
_YEARS: Final = timedelta(days=3653)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "测试时间戳机构（无证明力）"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
    lists: str = "",
) -> x509.Certificate:
    now = datetime.now(UTC)
    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    usage = dict.fromkeys((*unused, "encipher_only", "decipher_only"), False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if lists:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(signer, hashes.SHA256())


def _sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


class TestAuthority:
    """A time-stamp authority on a loopback port; a context manager.

    Args:
        name: Short name, used in settings and file names.
        clock: Its clock. Only tests of refused tokens give another than the computer's own.

    Attributes:
        name: As given.
        url: Where queries are posted, once entered.
        roots_pem: Its root certificate.
        revoked_at: When its signer's certificate was revoked; None while it is good. Its list says so.
    """

    __test__ = False  # not a test class for pytest

    def __init__(self, name: str = "test-tsa", *, clock: Callable[[], datetime] | None = None) -> None:
        self.name = name
        self._clock = clock or (lambda: datetime.now(UTC))
        self._root_key, self._key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self._root_name = _name(f"{_LABEL} ROOT {name}")
        root = _certificate(self._root_name, self._root_name, self._root_key.public_key(), self._root_key, ca=True)
        self._certificate = self._signer_certificate("")
        self.roots_pem = root.public_bytes(Encoding.PEM)
        self.revoked_at: datetime | None = None
        self.url = ""
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._certificate = self._signer_certificate(f"{self.url}crl")
        Thread(target=self._server.serve_forever, name="test-tsa", kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _signer_certificate(self, lists: str) -> x509.Certificate:
        subject = _name(f"{_LABEL} {self.name}")
        return _certificate(subject, self._root_name, self._key.public_key(), self._root_key, ca=False, lists=lists)

    def revocation_list(self) -> bytes:
        """Return the root's list of revoked certificates, DER."""
        now = self._clock().astimezone(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._root_name)
            .last_update(now - timedelta(minutes=1))
            .next_update(now + timedelta(days=1))
        )
        if self.revoked_at is not None:
            entry = x509.RevokedCertificateBuilder().serial_number(self._certificate.serial_number)
            entry = entry.revocation_date(self.revoked_at)
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.superseded), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._root_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answer(self, query: bytes) -> bytes:
        """Return the DER response to a DER query; a malformed query gets a rejection."""
        try:
            request = tsp.TimeStampReq.load(query, strict=True)
            imprint = request["message_imprint"]
            algorithm, hashed = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
            nonce, wants_certificate = request["nonce"].native, bool(request["cert_req"].native)
        except (ValueError, TypeError, KeyError):
            return self._rejection("bad_data_format")
        if len(hashed) != _IMPRINTS.get(algorithm):
            return self._rejection("bad_alg")
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": TEST_POLICY,
                "message_imprint": imprint,
                "serial_number": secrets.randbits(63),
                "gen_time": self._clock().astimezone(UTC).replace(microsecond=0),
                "accuracy": {"seconds": 1},
                "nonce": nonce,
            }
        )
        token = self._sign(info.dump(), with_certificate=wants_certificate)
        response: bytes = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
        return response

    @staticmethod
    def _rejection(reason: str) -> bytes:
        status = {"status": "rejection", "status_string": ["测试时间戳：请求被拒绝 refused"], "fail_info": {reason}}
        # by hand: asn1crypto's TimeStampResp insists on a token
        response: bytes = emit(0, 1, 16, tsp.PKIStatusInfo(status).dump())
        return response

    def _sign(self, content: bytes, *, with_certificate: bool) -> cms.ContentInfo:
        der = self._certificate.public_bytes(Encoding.DER)
        certificate = asn1_x509.Certificate.load(der)
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute(
                    "signing_time", cms.Time({"utc_time": self._clock().astimezone(UTC).replace(microsecond=0)})
                ),
                _attribute("message_digest", _sha256(content)),
                _attribute("signing_certificate_v2", {"certs": [{"cert_hash": _sha256(der)}]}),
            ]
        )
        signature = self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}}
            ),
            "digest_algorithm": sha256,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": signature,
        }
        signed: dict[str, Any] = {
            "version": "v3",
            "digest_algorithms": [sha256],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "signer_infos": [signer],
        }
        if with_certificate:
            signed["certificates"] = [certificate]
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})


def _handler(authority: TestAuthority) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers POST with a time stamp, GET with the list of revoked certificates."""

        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > _MAX_QUERY:
                self.send_error(400)
                return
            self._send(authority.answer(self.rfile.read(int(length))), "application/timestamp-reply")

        def do_GET(self) -> None:
            self._send(authority.revocation_list(), "application/pkix-crl")

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
            """Keep standard error for the program that runs the authority."""

    return Handler
