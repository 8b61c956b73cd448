"""Hop 5: a receipt becomes an evidence item with a number; custody, exhibits, verification and export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from caseapp.domain import workflow
from caseapp.domain.capture_words import REFUSED
from caseapp.domain.chain import canonical
from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.events import Event
from caseapp.domain.kinds import kind_label
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import EVIDENCE_KIND
from caseapp.models import Capture, Case, EvidenceItem, Exhibit, Post
from caseapp.services.audit_chain import plain
from caseapp.services.checks import record_check
from caseapp.services.custody import append_custody, custody_lines, note_view
from caseapp.services.holds import require_bytes, require_kept
from caseapp.services.restamping import is_complete, want_stamps
from caseapp.services.sealing import Sealed
from caseapp.services.storable import storable
from caseapp.services.work import Work
from evidence_store import SealState
from evidence_store.seals import StateName

EXHIBIT_NO: Final = re.compile(r"证?([1-9][0-9]{0,2})-([1-9][0-9]{0,3})", re.ASCII)
REASON_LENGTH: Final = 1000
TOLD: Final = (
    "no", "package_id", "seal_state", "log_index", "kind", "title", "source", "proves", "grade", "status", "privileged",
    "publishable", "withheld", "hold", "voided_at",
)  # fmt: skip
"""What the trail tells of an item when it is registered; fsck holds the register to it."""


def register_evidence(work: Work, capture: Capture, sealed: Sealed) -> EvidenceItem:
    """Register a capture's package; the same package again returns the same item.

    Args:
        work: opened for the job that captured.
        capture: its finished row.
        sealed: what the store admitted.
    """
    known = _known(work, sealed)
    if known is not None:
        return known
    post = work.session.get(Post, capture.post_id) if capture.post_id else None
    title = (post.title if post and post.title else capture.title) or capture.url
    item = _item(
        work,
        sealed,
        kind="web_page",
        title=f"拒绝访问记录（证书无效）：{title}" if capture.outcome == REFUSED else title,
        source=capture.url,
        desk_id=capture.desk_id,
        facts=capture.facts,
    )
    item.capture_id, item.post_id, item.grade = capture.id, capture.post_id, capture.grade
    work.session.flush()
    _open_custody(work, item, sealed, first="capture")
    if post is not None:
        record_check(work, post, capture, item)
    return item


def register_files(
    work: Work,
    sealed: Sealed,
    *,
    title: str,
    kind: str,
    source: str,
    proves: str | None = None,
    original_or_copy: str | None = None,
    post_id: str | None = None,
    publishable: bool = False,
    privileged: bool = False,
) -> EvidenceItem:
    """Register a sealed package of files that a person handed in (a test report, a contract, a receipt).

    Raises:
        PermissionDeniedError, InvalidInputError: the actor may not, or the kind is unknown.
        NotFoundError: the post, or the same package registered before, is not for this person to see.
    """
    work.require(Permission.EVIDENCE_REGISTER)
    known = _known(work, sealed)
    if known is not None:
        return work.get(EvidenceItem, known.id)
    if post_id:
        work.get(Post, post_id)
    more = {"post_id": post_id, "proves": proves, "original_or_copy": original_or_copy}
    return keep_files(
        work, sealed, title=title, kind=kind, source=source, publishable=publishable, privileged=privileged, **more
    )


def keep_files(work: Work, sealed: Sealed, *, title: str, kind: str, source: str, **more: Any) -> EvidenceItem:
    """Register a sealed package on behalf of a step that had its own permission (an approval freezes its PDF).

    Args:
        work: the unit of work.
        sealed: what the store admitted.
        title: what it is.
        kind: a word of `EVIDENCE_KIND`.
        source: where it comes from.
        more: further columns of the item.
    """
    EVIDENCE_KIND.require(kind)
    known = _known(work, sealed)
    if known is not None:
        return known
    desk_id = more.pop("desk_id", work.actor.desk_id)
    item = _item(work, sealed, kind=kind, title=title, source=source, desk_id=desk_id, facts={}, **more)
    item.grade = "self_made"
    _open_custody(work, item, sealed, first="ingest")
    return item


def _known(work: Work, sealed: Sealed) -> EvidenceItem | None:
    return work.session.scalar(select(EvidenceItem).where(EvidenceItem.package_id == sealed.receipt.package_id))


def _item(
    work: Work,
    sealed: Sealed,
    *,
    kind: str,
    title: str,
    source: str,
    desk_id: str | None,
    facts: Mapping[str, Any],
    **more: Any,
) -> EvidenceItem:
    tokens = sealed.stamps.stamps
    return work.add(
        EvidenceItem(
            no=work.next_no("evidence"),
            kind=kind,
            title=storable(title),
            source=source,
            obtained_at=obtained_at(sealed.package.seal),
            desk_id=desk_id,
            seal_id=sealed.package.seal_id,
            package_id=sealed.receipt.package_id,
            sha256=sealed.receipt.package_id,
            size=sum(int(entry["bytes"]) for entry in sealed.files.values()),
            files=dict(sealed.files),
            facts=storable({**facts, **_stamp_facts(sealed)}),
            log_index=sealed.receipt.log_index,
            # The store sealed, logged and stamped it before this row was; the row begins where the seal stands.
            seal_state=_seal_state(sealed),
            logged_at=work.now,
            stamped_at=min((token.gen_time for token in tokens), default=None),
            stamps=len(tokens),
            test_stamps=sum(1 for token in tokens if token.test),
            **more,
        )
    )


def _stamp_facts(sealed: Sealed) -> dict[str, Any]:
    """Who stamped the seal, and the k of n that is written into it."""
    policy = sealed.package.seal["tsa_policy"]
    names = [token.name for token in sealed.stamps.stamps]
    return {"stamped_by": names, "stamps_wanted": policy["k"], "stamps_asked": policy["n"]}


def _seal_state(sealed: Sealed) -> str:
    """How far the seal has come when its row begins: logged, stamped by k, or complete."""
    state, policy = sealed.stamps.state, sealed.package.seal["tsa_policy"]
    name: StateName = "logged" if state == "self-timed" else state
    seal = SealState(
        name, (), policy["k"], policy["n"], name == "logged", sealed.stamps.is_test, sealed.receipt.log_index
    )
    return "complete" if is_complete(seal) else "logged" if name == "logged" else "stamped"


def obtained_at(sealed: Mapping[str, Any]) -> datetime:
    """When what was sealed came into our hands: the end of the capture by its own record, or else the sealing.

    Not when the row was written: that is later than the time stamp, and a paper would then contradict itself.

    Args:
        sealed: the contents of seal.json.
    """
    sealed_at = datetime.fromisoformat(str(sealed["sealed_at"]))
    try:
        captured = datetime.fromisoformat(str(sealed["capture"].get("finished")))
    except ValueError:
        return sealed_at
    return min(captured, sealed_at) if captured.tzinfo is not None else sealed_at


def facts_digest(facts: Mapping[str, Any]) -> str:
    """Return what the trail keeps of an item's facts: their digest, for they are long."""
    return f"sha256:{sha256(canonical(plain(facts))).hexdigest()}"


def _open_custody(work: Work, item: EvidenceItem, sealed: Sealed, *, first: str) -> None:
    known = {name: getattr(item, name) for name in TOLD} | {"facts": facts_digest(item.facts)}
    work.record(Event.EVIDENCE_REGISTERED, item, after=known)
    append_custody(work, item, first, reason=item.source or "")
    append_custody(work, item, "seal")
    if item.stamps:
        names = [token.name for token in sealed.stamps.stamps]
        append_custody(work, item, "timestamp", reason="、".join(names))
    append_custody(work, item, "log")
    want_stamps(work, item)


def add_exhibit(work: Work, case: Case, item: EvidenceItem, exhibit_no: str, *, group: str, proves: str) -> Exhibit:
    """Give an item its place in a case's list of evidence; the same pair again returns the same exhibit.

    Raises:
        NotFoundError, PermissionDeniedError: the case or the item is not for this person.
        InvalidInputError: the number is not like 证1-3.
        AlreadyExistsError: the number is taken by another item. AlreadyDisposedError: it was disposed of.
    """
    work.require(Permission.EVIDENCE_EXHIBIT, case)
    work.require(Permission.EVIDENCE_READ, item)
    require_kept(work, item)
    number = EXHIBIT_NO.fullmatch(exhibit_no)
    if number is None:
        raise InvalidInputError(
            field=Label("证据编号", "exhibit number"), problem=Label("应像 证1-3。", "write it like 证1-3.")
        )
    row = work.session.scalar(select(Exhibit).where(Exhibit.case_id == case.id, Exhibit.evidence_id == item.id))
    if row is not None and row.voided_at is None:
        return row
    place: dict[str, Any] = {
        "exhibit_no": exhibit_no, "group_no": int(number[1]), "group_name": group, "order_no": int(number[2]),
        "proves": proves,
    }  # fmt: skip
    if row is None:
        row = work.add(Exhibit(case_id=case.id, evidence_id=item.id, desk_id=case.desk_id, **place))
    else:  # it was taken out of the list before
        work.change(row, Event.EXHIBIT_CHANGED, voided_at=None, voided_by=None, void_reason=None, **place)
    work.record(Event.EXHIBIT_ADDED, row, after={"no": exhibit_no, "evidence": item.no})
    if item.status == "registered":
        work.transition(workflow.EVIDENCE_ITEM, item, "use")
    return row


def export_evidence(work: Work, item: EvidenceItem, folder: Path, *, reason: str) -> Path:
    """Write the item's package as a ZIP with its custody events, this export among them.

    Raises:
        PermissionDeniedError: the actor may not export. ErasedError: it was disposed of.
        InvalidInputError: the reason is longer than a reason; it would stay in the chain for good.
    """
    work.require(Permission.EVIDENCE_EXPORT, item)
    require_bytes(item)
    if len(reason) > REASON_LENGTH:
        raise InvalidInputError(
            field=Label("理由", "reason"),
            problem=Label(f"最多 {REASON_LENGTH} 个字符。", f"use at most {REASON_LENGTH} characters."),
        )
    append_custody(work, item, "export", reason=reason)
    work.record(Event.EVIDENCE_EXPORTED, item, reason=reason)
    path: Path = work.app.store.export(item.package_id, folder, as_zip=True, custody_events=custody_lines(work, item))
    return path


def read_file(work: Work, item: EvidenceItem, name: str, *, purpose: str) -> Any:
    """Open one payload file (its name below ``data/``) for reading; an hour of reading is one custody event.

    Raises:
        NotFoundError, PermissionDeniedError: the item or the file is not there for this person.
        ErasedError: it was disposed of.
        EvidenceError: the store cannot give it.
    """
    work.require(Permission.EVIDENCE_READ, item)
    require_bytes(item)
    if name not in item.files:
        raise NotFoundError(kind=kind_label("evidence_items"))
    note_view(work, item, f"{purpose}: {name}")
    return work.app.store.open_file(item.package_id, f"data/{name}")
