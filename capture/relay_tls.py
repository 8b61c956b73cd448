"""Both TLS sides of the relay: certificates shown to the browser, verification of the real servers.

The two never mix: the browser accepts the relay's leaf by the pin of its public key alone, and a server is accepted
by the system's trust store, plus extra roots only when the policy names them. Verification is never relaxed; the one
unverified handshake in this module fetches the chain of a server that was just refused, sends nothing and is
recorded as what it is.
"""

import hashlib
import ipaddress
import os
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from capture.errors import RequestRefusedError
from capture.hosts import literal_ip
from capture.models import LeafKey

# Where Debian, Fedora, Alpine and SUSE keep the bundle, for a Python built with other paths.
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_MAX_COMMON_NAME = 64


def new_leaf_key() -> LeafKey:
    """Make the key pair a relay shows to its browser."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return LeafKey(_pem(key), b64encode(hashlib.sha256(public).digest()).decode("ascii"))


def pins_of(files: Iterable[Path]) -> tuple[str, ...]:
    """Return the pins (RFC 7469 §2.4) of the certificates in PEM files.

    Raises:
        RequestRefusedError: A file cannot be read.
    """
    pins = []
    for file in files:
        try:
            certificates = x509.load_pem_x509_certificates(file.read_bytes())
        except (OSError, ValueError) as error:
            raise RequestRefusedError(f"附加信任根 extra trust root {file}: {error}") from error
        for certificate in certificates:
            public = certificate.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            pins.append(b64encode(hashlib.sha256(public).digest()).decode("ascii"))
    return tuple(pins)


class Minter:
    """Mints a certificate for every host the browser asks for, all with one key, under a root made for one relay.

    Attributes:
        root_pem: The root, for clients other than the browser.
    """

    def __init__(self, leaf_pem: bytes, folder: Path) -> None:
        """Make a root and remember the leaf key.

        Args:
            leaf_pem: `LeafKey.pem`.
            folder: A folder of mode 0700; a key lies in it for the moment OpenSSL takes to read it.
        """
        key = serialization.load_pem_private_key(leaf_pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the leaf key must be an EC key")
        self._leaf_key = key
        self._leaf_pem = leaf_pem
        self._folder = folder
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bianwu recording relay, this capture")])
        self._start = datetime.now(UTC) - timedelta(days=1)
        self._root = self._mint_root()
        self.root_pem = self._root.public_bytes(serialization.Encoding.PEM).decode("ascii")
        self._contexts: dict[str, ssl.SSLContext] = {}

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return the server side context for a host, minted at its first use."""
        context = self._contexts.get(host)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["http/1.1"])
            path = self._folder / "leaf.pem"
            path.touch(mode=0o600)
            try:
                path.write_bytes(self._leaf_pem + self._mint_leaf(host).public_bytes(serialization.Encoding.PEM))
                context.load_cert_chain(path)
            finally:
                path.unlink()
            self._contexts[host] = context
        return context

    def _builder(self, subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._root_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._start)
            .not_valid_after(self._start + timedelta(days=30))
        )

    def _mint_root(self) -> x509.Certificate:
        public = self._root_key.public_key()
        builder = self._builder(self._root_name, public)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_CA_USAGE, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        return builder.sign(self._root_key, hashes.SHA256())

    def _mint_leaf(self, host: str) -> x509.Certificate:
        ip = literal_ip(host)
        name: x509.GeneralName = x509.DNSName(host) if ip is None else x509.IPAddress(ipaddress.ip_address(host))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:_MAX_COMMON_NAME])])
        builder = self._builder(subject, self._leaf_key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root_key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        return builder.sign(self._root_key, hashes.SHA256())


_CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Verifier:
    """Verifies real servers strictly: system trust store, host name, TLS 1.2 or later.

    Attributes:
        context: For the real handshake.
        bare: For the second handshake with a refused server, to keep its chain; carries no request.
        trust: Number and source of the roots, digests of the extra ones, for the record.
    """

    def __init__(self, extra_roots_pem: str) -> None:
        """Load the system store and the extra roots.

        Args:
            extra_roots_pem: PEM certificates trusted beside the system's, or "".

        Raises:
            ssl.SSLError: The extra roots are not certificates.
        """
        self.context = ssl.create_default_context()
        source = _load_system_roots(self.context)
        system = self.context.cert_store_stats()["x509_ca"]
        if extra_roots_pem:
            self.context.load_verify_locations(cadata=extra_roots_pem)
        self._extra = _digests(extra_roots_pem)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self.bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.bare.check_hostname = False
        self.bare.verify_mode = ssl.CERT_NONE
        self.trust: Mapping[str, Any] = {
            "system_roots": system,
            "system_source": source,
            "extra_roots_sha256": sorted(self._extra),
        }

    def anchor(self, ssl_object: ssl.SSLObject) -> tuple[str, bool]:
        """Return the SHA-256 of the root a verified chain ends in, and whether it is one of the extra roots."""
        chain = chain_of(ssl_object, verified=True)
        digest = hashlib.sha256(chain[-1]).hexdigest() if chain else ""
        return digest, digest in self._extra


def chain_of(ssl_object: ssl.SSLObject, *, verified: bool = False) -> tuple[bytes, ...]:
    """Return the chain of a finished handshake as DER, leaf first.

    Args:
        ssl_object: asyncio's `ssl_object`.
        verified: The chain OpenSSL built up to the root instead of the one the server sent.
    """
    name = "get_verified_chain" if verified else "get_unverified_chain"
    public: Callable[[], list[bytes]] | None = getattr(ssl_object, name, None)
    if public is not None:  # Python 3.13 and later
        return tuple(public())
    inner = vars(ssl_object)["_sslobj"]  # Python 3.11 and 3.12 have it on the inner object only
    return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in getattr(inner, name)() or ())


def _load_system_roots(context: ssl.SSLContext) -> str:
    paths = ssl.get_default_verify_paths()
    if context.cert_store_stats()["x509_ca"]:
        return str(paths.cafile or paths.openssl_cafile)
    for bundle in _BUNDLES:
        if os.access(bundle, os.R_OK):
            context.load_verify_locations(bundle)
            return bundle
    return str(paths.capath or "none")  # a hashed folder is read on demand; its roots are not counted


def _digests(pem: str) -> frozenset[str]:
    certificates = x509.load_pem_x509_certificates(pem.encode("ascii")) if pem else []
    return frozenset(certificate.fingerprint(hashes.SHA256()).hex() for certificate in certificates)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
