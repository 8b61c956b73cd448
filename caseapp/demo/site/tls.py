"""A certification authority for the demo platforms, made at run time and thrown away.

The root may only sign names under ``.test`` (name constraint) and is recorded as 附加信任根 by every
capture that trusts it. Keys stay in memory except the leaf keys, which ``ssl`` must read from a file; that file
lives in a private folder for a moment.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_NAME = "Bianwu Demo Root - fictional sites only"
ORGANISATION = "辨诬示例·虚构"
LIFETIME = timedelta(days=30)
# A demo that starts while the clock is being set must not show certificates of the future.
BACKDATE = timedelta(hours=1)


@dataclass(frozen=True)
class DemoAuthority:
    """The root's key and certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The root certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def make(cls) -> DemoAuthority:
        """Make a new root: P-256, valid for thirty days, limited to ``.test``."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(ROOT_NAME)
        builder = _builder(name, name, key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        builder = builder.add_extension(
            x509.NameConstraints(permitted_subtrees=[x509.DNSName("test")], excluded_subtrees=None), critical=True
        )
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return cls(key, builder.sign(key, hashes.SHA256()))

    def issue(self, host: str) -> bytes:
        """A new key and certificate for one host, with the chain, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(host), self.certificate.subject, key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        leaf = builder.sign(self.key, hashes.SHA256())
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return secret + leaf.public_bytes(serialization.Encoding.PEM) + self.pem


def server_contexts(authority: DemoAuthority, hosts: tuple[str, ...], folder: Path) -> dict[str, ssl.SSLContext]:
    """One TLS context a host, each with its own certificate.

    Args:
        authority: Signs the certificates.
        hosts: Names under ``.test``.
        folder: A private folder for the key files while they are read.
    """
    contexts = {}
    for host in hosts:
        file = folder / f"{host}.pem"
        file.touch(mode=0o600)
        file.write_bytes(authority.issue(host))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(file)
        file.unlink()
        contexts[host] = context
    return contexts


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - BACKDATE).not_valid_after(now + LIFETIME)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
