"""全库校验报告: what the store holds and what its checks found, signed by the house's sealing key.

The figures count every item, whoever may read it; the report names items by number and digest alone, no content.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from caseapp.documents.printouts.store import StoreReport, store_pdf
from caseapp.domain.events import Event
from caseapp.domain.labels import Label, Lang
from caseapp.domain.permissions import Permission
from caseapp.models import Desk, EvidenceItem, Scrub
from caseapp.services.queries.system import last_audit_check
from caseapp.services.restamping import below_k
from caseapp.services.scrubbing import RENEW_BEFORE, kept_items, period
from caseapp.services.work import Work
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.failures import DigestMismatchError
from evidence_store.signing import VerifierKey, parse_note
from evidence_store.trust import Trust

PDF: Final = "report.pdf"
LIST: Final = "digests.txt"
NOTE: Final = "report.note"
HEADER: Final = "bianwu store report v1"
_DAMAGED: Final = Label("校验不符：库内字节与封存不一致", "mismatch: the kept bytes are not those that were sealed")
_LATE: Final = Label("逾 {days} 天未例行校验", "not gone over for {days} days")
_UNSTAMPED: Final = Label("时间戳不足封存时要求的家数", "fewer time stamps than its seal wants")
_ENDING: Final = Label(
    "时间戳证书在 {days} 天内到期或已到期", "its stamps' certificates end within {days} days or have ended"
)
_TRAIL: Final = Label("操作日志最近一次校验发现 {n} 处不符", "the last check of the audit trail found faults: {n}")
_MOST_FOUND: Final = 500


@dataclass(frozen=True)
class Findings:
    """What is wrong, by number of item.

    Attributes:
        damaged: the kept bytes are not those that were sealed.
        late: not gone over within the period.
        unstamped: fewer time stamps than the seal wants.
        ending: the certificates of its last time stamp end soon.
    """

    damaged: list[str]
    late: list[str]
    unstamped: list[str]
    ending: list[str]


def store_report(work: Work, lang: Lang) -> dict[str, bytes]:
    """Return the files of the report: PDF, list of digests, and the signed note over both.

    Raises:
        PermissionDeniedError: the actor may not read the system's state.
        EvidenceError: the log's head or the key cannot be read.
    """
    work.require(Permission.SYSTEM_READ)
    desk = work.session.scalars(select(Desk).order_by(Desk.id).limit(1)).one()
    listed = _digests(work)
    pdf = store_pdf(_facts(work, listed, lang), lang)
    lines = [
        HEADER,
        f"at {work.now:%Y-%m-%dT%H:%M:%SZ}",
        _digest_line("pdf", pdf),
        _digest_line("list", listed),
    ]
    note: bytes = work.app.signer.sign_note(("\n".join(lines) + "\n").encode())
    work.record(Event.STORE_REPORTED, desk, after={"pdf": sha256_hex(pdf), "list": sha256_hex(listed)})
    return {PDF: pdf, LIST: listed, NOTE: note}


def _digest_line(name: str, data: bytes) -> str:
    return f"{name} sha256:{sha256_hex(data)} sm3:{sm3_hex(data)}"


def check_report(files: dict[str, bytes], trust: Trust) -> str:
    """Hold a report against its signature; return the time it was issued.

    Args:
        files: as `store_report` made them.
        trust: whose sealing keys are believed.

    Raises:
        SignatureError: no key of the trust file signed it, or one signed something else.
        FormatError: it is no report. DigestMismatchError: PDF or list are not those that were signed.
    """
    note = parse_note(files[NOTE])
    note.require([VerifierKey.parse(one.vkey) for one in trust.sealers])
    lines = note.text.decode().splitlines()
    named = ((_digest_line("pdf", files[PDF]), PDF), (_digest_line("list", files[LIST]), LIST))
    if len(lines) != 4 or lines[0] != HEADER:  # noqa: PLR2004  header, time, two digests
        raise DigestMismatchError(NOTE)
    for line, (wanted, name) in zip(lines[2:], named, strict=True):
        if line != wanted:
            raise DigestMismatchError(name)
    return lines[1].removeprefix("at ")


def _digests(work: Work) -> bytes:
    rows = work.session.execute(
        kept_items()
        .with_only_columns(EvidenceItem.package_id, EvidenceItem.seal_id, EvidenceItem.no)
        .order_by(EvidenceItem.package_id)
    )
    return "".join(f"{digest}  {seal}  {no}\n" for digest, seal, no in rows).encode()


def findings_of(work: Work) -> Findings:
    """Return what is wrong with kept items.

    Raises:
        PermissionDeniedError: the actor may not read the system's state.
    """
    work.require(Permission.SYSTEM_READ)
    asked = kept_items().with_only_columns(EvidenceItem.no).order_by(EvidenceItem.no)
    since = work.now - period(work.app.check_days)
    late = asked.outerjoin(Scrub, Scrub.evidence_id == EvidenceItem.id).where(
        EvidenceItem.logged_at < since, func.coalesce(Scrub.at, EvidenceItem.logged_at) < since
    )
    ending = asked.join(Scrub, Scrub.evidence_id == EvidenceItem.id).where(Scrub.stamps_end < work.now + RENEW_BEFORE)
    return Findings(
        list(work.session.scalars(asked.where(EvidenceItem.seal_state == "mismatch"))),
        list(work.session.scalars(late)),
        list(work.session.scalars(asked.where(below_k()))),
        list(work.session.scalars(ending)),
    )


def counts_of(work: Work, lang: Lang) -> list[tuple[str, str]]:
    """Return the figures of the store in words.

    Raises:
        PermissionDeniedError: the actor may not read the system's state.
    """
    work.require(Permission.SYSTEM_READ)
    kept = kept_items().subquery()
    total, size = work.session.execute(select(func.count(), func.sum(kept.c.size)).select_from(kept)).one()
    joined = select(func.count()).select_from(kept).join(Scrub, Scrub.evidence_id == kept.c.id)
    scrubbed = work.session.scalar(joined.where(Scrub.at >= work.now - period(work.app.check_days))) or 0
    mended = work.session.scalar(joined.where(Scrub.outcome == "mended")) or 0
    disposed = select(func.count()).select_from(EvidenceItem).where(EvidenceItem.status == "disposed")
    trail = last_audit_check(work)
    days, none = work.app.check_days, Label("从未", "never").text(lang)
    rows = [
        (Label("已封存的证据", "Sealed items"), str(total)),
        (Label("字节数", "Bytes"), f"{int(size or 0):,}"),
        (Label(f"{days} 天内逐字节校验过", f"Gone over within {days} days"), f"{scrubbed} / {total}"),
        (Label("最近一次校验中由副本修复", "Mended from a replica at the last look"), str(mended)),
        (Label("已依法处置", "Lawfully disposed of"), str(work.session.scalar(disposed) or 0)),
        (Label("操作日志最近校验", "Last check of the audit trail"), f"{trail.at:%Y-%m-%d %H:%M}Z" if trail else none),
    ]
    return [(label.text(lang), value) for label, value in rows]


def _facts(work: Work, listed: bytes, lang: Lang) -> StoreReport:
    found, trail = findings_of(work), last_audit_check(work)
    lists = (
        (found.damaged, _DAMAGED.text(lang)),
        (found.late, _LATE.text(lang).format(days=work.app.check_days)),
        (found.unstamped, _UNSTAMPED.text(lang)),
        (found.ending, _ENDING.text(lang).format(days=RENEW_BEFORE.days)),
    )
    lines = [(number, words) for numbers, words in lists for number in numbers]
    if len(lines) > _MOST_FOUND:
        more = Label("另有 {n} 项", "and more: {n}").text(lang).format(n=len(lines) - _MOST_FOUND)
        lines = [*lines[:_MOST_FOUND], ("…", more)]
    if trail is not None and trail.faults:
        lines.append((Label("操作日志", "Audit trail").text(lang), _TRAIL.text(lang).format(n=trail.faults)))
    head, items = work.app.store.head(), kept_items().subquery()
    real = work.session.scalar(select(func.count()).select_from(items).where(items.c.sample.is_(False)))
    return StoreReport(
        organization=work.session.scalars(select(Desk.name).order_by(Desk.id).limit(1)).one(),
        counts=counts_of(work, lang),
        findings=lines,
        log=head.origin,
        size=head.size,
        root=head.root.hex(),
        checkpoint=head.signed.decode(),
        listed=listed.count(b"\n"),
        list_sha256=sha256_hex(listed),
        list_sm3=sm3_hex(listed),
        signer=work.app.signer.verifier_key,
        made_at=work.now,
        made_by=work.actor.display,
        sample=not real and bool(listed),
    )
