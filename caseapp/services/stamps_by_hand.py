"""Time stamps a person fetches: the request to take along, the token brought back, the receipt of a chain attached.

The token is checked and kept before any transaction is open, for its revocation lists come over the network; the row
follows in two steps: the person's deed in the custody chain, then the seal's own progress.
"""

from __future__ import annotations

from typing import Any, Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import EvidenceItem
from caseapp.services.custody import append_custody
from caseapp.services.ports import Ports
from caseapp.services.restamping import advance_seal, record_stamps
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import SealState
from evidence_store.byhand import request_of, take_in

SEALED_BYTES: Final = "seal.sha256"
DIGESTS: Final = ("sha256", "sm3")
MOST_TOKEN: Final = 2 << 20


def stamp_request(work: Work, item: EvidenceItem, digest: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the request (.tsq) for an item's seal; it says nothing but a digest.

    Raises:
        PermissionDeniedError: the item is not for this person.
        InvalidInputError: not sealed, or a digest no request is made with.
    """
    work.require(Permission.EVIDENCE_READ, item)
    if item.package_id is None or digest not in DIGESTS:
        raise InvalidInputError(
            field=Label("时间戳请求", "time stamp request"),
            problem=Label("这件证据没有封存，或摘要算法不对。", "the item is not sealed, or no such digest."),
        )
    data: bytes = work.app.store.read_file(item.package_id, SEALED_BYTES)
    return f"{item.no}-{digest}.tsq", request_of(data, digest)


def may_bring(work: Work, item: EvidenceItem) -> str:
    """Return the package id of an item this person may bring a token or receipt for.

    Raises:
        PermissionDeniedError; InvalidInputError: nothing is sealed.
    """
    work.require(Permission.EVIDENCE_REGISTER, item)
    if item.package_id is None:
        raise InvalidInputError(field=Label("证据", "evidence"), problem=Label("还没有封存。", "it is not sealed yet."))
    return item.package_id


def keep_token(app: Ports, package_id: str, authority: str, given: bytes) -> SealState:
    """Check a token a person brought and keep it with the package.

    Args:
        app: the ports.
        package_id: the sealed package.
        authority: name of the authority in the settings.
        given: what was handed over: DER or base64.

    Raises:
        InvalidInputError: no such authority.
        EvidenceError: the token does not hold; nothing is kept.
    """
    asked = _named(app.authorities, authority)
    data = app.store.read_file(package_id, SEALED_BYTES)
    state: SealState = app.store.add_stamps(package_id, [take_in(asked, data, given, now=app.clock)])
    return state


def record_token(work: Work, item: EvidenceItem, seal: SealState) -> None:
    """Write the person's deed into the custody chain; `advance` follows in a unit of work of the system."""
    work.require(Permission.EVIDENCE_REGISTER, item)
    record_stamps(work, item, seal)


def advance(app: Ports, item_id: str, seal: SealState) -> None:
    """Take the seal as far as its stamps carry it."""
    with open_work(app, system_actor("worker")) as work:
        advance_seal(work, work.session.get_one(EvidenceItem, item_id), seal)


def keep_receipt(app: Ports, package_id: str, chain: str, number: str, given: bytes) -> None:
    """Attach a receipt (附着凭证) to the package; it is kept and counts for nothing.

    Raises:
        InvalidInputError: no such chain in the settings.
        EvidenceError: it cannot be attached.
    """
    asked = _named(app.chains, chain)
    data = app.store.read_file(package_id, SEALED_BYTES)
    app.store.attach(package_id, asked.attach(data, given, number=number, now=app.clock))


def record_receipt(work: Work, item: EvidenceItem, chain: str, number: str) -> None:
    """Write into the custody chain that a receipt was attached, and that it is no time stamp."""
    work.require(Permission.EVIDENCE_REGISTER, item)
    append_custody(work, item, "ingest", reason=f"附着凭证，不算时间戳：{chain} {number}")


def _named(known: Any, name: str) -> Any:
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise InvalidInputError(
            field=Label("机构", "authority"),
            problem=Label("设置中没有这家机构。", "the settings name no such authority."),
        )
    return found
