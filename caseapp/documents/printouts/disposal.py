"""销毁证明 as paper: what was, who decided on what basis, how its bytes were erased, what stays to prove all that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from caseapp.documents.printouts import print_pdf
from caseapp.domain.labels import Lang


@dataclass(frozen=True)
class DisposalCertificate:
    """What the certificate says.

    Attributes:
        number: of the disposal (处-2026-0001); organization: whose store it was.
        evidence, title, kind: the item.
        package_id, seal_id: SHA-256 of its seal.sha256 and its seal number; sealed_index: its entry in the log.
        stamps: time stamps of the seal, which stay.
        files: (name, SHA-256, bytes) of what was erased.
        period: 保管期限 in words.
        requested_name, requested_at, reason, basis: who asked, when, why, on what legal basis.
        decided_name, decided_at, decision: who approved, when, why.
        begun_at, erased_at: UTC; replica: what became of the second place, in words.
        blobs, shared: objects deleted; objects that stay because another item holds the same bytes.
        log: origin of the log; index: the ``erase`` entry; leaf: that entry; tombstone: SHA-256 it carries.
        checkpoint: a signed head that covers it.
        signer: public key that signs the certificate.
        made_at: UTC, of the last thing it tells; sample: the example's.
    """

    number: str
    organization: str
    evidence: str
    title: str
    kind: str
    package_id: str
    seal_id: str
    sealed_index: int
    stamps: int
    files: Sequence[tuple[str, str, int]]
    period: str
    requested_name: str
    requested_at: dt.datetime
    reason: str
    basis: str
    decided_name: str
    decided_at: dt.datetime
    decision: str
    begun_at: dt.datetime
    erased_at: dt.datetime
    replica: str
    blobs: int
    shared: int
    log: str
    index: int
    leaf: str
    tombstone: str
    checkpoint: str
    signer: str
    made_at: dt.datetime
    sample: bool


def certificate_pdf(certificate: DisposalCertificate, lang: Lang) -> bytes:
    """Print the certificate.

    Raises:
        MissingGlyphsError: a letter is in no installed font.
    """
    title = f"{certificate.number} 销毁证明" if lang == "zh" else f"{certificate.number} certificate of disposal"
    return print_pdf("disposal.html", certificate, title, lang, certificate.made_at)
