"""Attacks with revocation lists: a token of a revoked signer, a list another authority signed."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import SEALED_AT, Forge
from tests.evidence_store.judging import HONEST, ROGUE


def _lists(signer: Authority, *, revoked: bool) -> bytes:
    builder = x509.CertificateRevocationListBuilder()
    builder = builder.issuer_name(x509.load_der_x509_certificate(HONEST.root).subject)
    builder = builder.last_update(SEALED_AT - timedelta(days=1)).next_update(SEALED_AT + timedelta(days=9))
    if revoked:
        serial = x509.load_der_x509_certificate(HONEST.leaf).serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(SEALED_AT - timedelta(days=2))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(signer.root_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def stamp_of_a_revoked_signer(forge: Forge) -> None:
    """A sealer with the stolen key of an authority; the list collected beside the token tells."""
    forge.put("seal/tsa/01-one.crl", _lists(HONEST, revoked=True))
    forge.tag_manifest()


def clean_list_by_a_stranger(forge: Forge) -> None:
    forge.put("seal/tsa/01-one.crl", _lists(ROGUE, revoked=False))
    forge.tag_manifest()
