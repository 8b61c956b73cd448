"""销毁证明: the certificate of a disposal that was carried out, signed by the house's sealing key."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from caseapp.documents.printouts.disposal import DisposalCertificate, certificate_pdf
from caseapp.domain.errors import NotFoundError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label, Lang
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import EVIDENCE_KIND, RETENTION
from caseapp.models import Desk, Disposal, EvidenceItem
from caseapp.services.disposal import last_disposal
from caseapp.services.disposal_bars import period_of
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Work
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.failures import DigestMismatchError
from evidence_store.leaves import leaf_bytes
from evidence_store.signing import VerifierKey, parse_note
from evidence_store.tombstones import tombstone_of
from evidence_store.trust import Trust

HEADER: Final = "bianwu disposal certificate v1"
_NONE: Final = Label("未设第二存放处", "there is no second place")
_WAITS: Final = Label("第二存放处尚未抹除：恢复连通后自动抹除", "not yet: it is erased there once it is back")
_BEFORE: Final = Label("未登记", "not recorded")


def disposal_certificate(work: Work, item: EvidenceItem, lang: Lang) -> tuple[str, bytes, bytes]:
    """Return number, PDF and signed note of an item's disposal; the same state gives the same bytes.

    Raises:
        NotFoundError: it is not there for this person, or was not erased.
        PermissionDeniedError: the actor may not read it. EvidenceError: the store or the key cannot be read.
    """
    work.require(Permission.EVIDENCE_READ, item)
    row = last_disposal(work, item)
    if row is None or row.decision != "approved" or row.erased_at is None or item.package_id is None:
        raise NotFoundError(kind=kind_label("disposals"))
    facts = _facts(work, row, item, lang)
    pdf = certificate_pdf(facts, lang)
    lines = [HEADER, row.no, f"pdf sha256:{sha256_hex(pdf)} sm3:{sm3_hex(pdf)}"]
    note: bytes = work.app.signer.sign_note(("\n".join(lines) + "\n").encode())
    work.record(Event.EVIDENCE_EXPORTED, item, reason=f"销毁证明 {row.no}")
    return row.no, pdf, note


def check_certificate(pdf: bytes, note: bytes, trust: Trust) -> str:
    """Hold a certificate against its signature; return the number of the disposal.

    Raises:
        SignatureError: no key of the trust file signed it. FormatError: it is no note.
        DigestMismatchError: it is about another PDF.
    """
    parsed = parse_note(note)
    parsed.require([VerifierKey.parse(one.vkey) for one in trust.sealers])
    lines = parsed.text.decode().splitlines()
    if lines[:1] != [HEADER] or lines[2:] != [f"pdf sha256:{sha256_hex(pdf)} sm3:{sm3_hex(pdf)}"]:
        raise DigestMismatchError("certificate.pdf")
    return lines[1]


def _facts(work: Work, row: Disposal, item: EvidenceItem, lang: Lang) -> DisposalCertificate:
    stone = tombstone_of(work.app.store.backend, str(item.package_id))
    if stone is None or row.begun_at is None or row.erased_at is None or row.decided_at is None:
        raise NotFoundError(kind=kind_label("disposals"))
    period = period_of(work, item)
    term = RETENTION[period.term].text(lang) if period.term else _BEFORE.text(lang)
    done = row.replica_at.astimezone(SHANGHAI) if row.replica_at else None
    replica = f"{done:%Y-%m-%d %H:%M:%S}" if done else (_WAITS if work.app.has_replica else _NONE).text(lang)
    return DisposalCertificate(
        number=row.no,
        organization=work.session.scalars(select(Desk.name).order_by(Desk.id).limit(1)).one(),
        evidence=item.no,
        title=item.title,
        kind=EVIDENCE_KIND[item.kind].text(lang),
        package_id=stone.package_id,
        seal_id=stone.seal_id,
        sealed_index=item.log_index or 0,
        stamps=item.stamps,
        files=[(name, str(one.get("sha256")), int(one.get("bytes") or 0)) for name, one in sorted(item.files.items())],
        period=f"{term} · {period.ends}" if period.ends else term,
        requested_name=row.requested_name,
        requested_at=row.requested_at,
        reason=row.reason,
        basis=row.basis,
        decided_name=row.decided_name or "",
        decided_at=row.decided_at,
        decision=row.decision_reason or "",
        begun_at=row.begun_at,
        erased_at=row.erased_at,
        replica=replica,
        blobs=row.blobs,
        shared=row.shared,
        log=work.app.store.head().origin,
        index=row.log_index or 0,
        leaf=leaf_bytes(stone.leaf()).decode(),
        tombstone=str(stone.leaf()["h256"]),
        checkpoint=row.checkpoint or "",
        signer=work.app.signer.verifier_key,
        made_at=max(row.erased_at, row.replica_at or row.erased_at),
        sample=item.sample,
    )
