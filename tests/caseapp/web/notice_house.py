"""The installation with what a notice needs: papers, sealed pages, a refuted claim, a second counsel, a viewer."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from caseapp import jobs
from caseapp.bootstrap import Application
from caseapp.models import (
    Account,
    Appearance,
    Capture,
    Case,
    ClaimEvidence,
    EvidenceItem,
    Exhibit,
    Incident,
    Job,
    Membership,
    Notice,
    Organization,
    Platform,
    Post,
    PostIncident,
    RumorClaim,
)
from caseapp.queue import InlineQueue
from caseapp.services.approvals import approve_document
from caseapp.services.evidence import register_evidence
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.work import Work, open_work, system_actor
from evidence_store import new_ulid
from tests.caseapp.web.house import Place
from tests.caseapp.web.routes import CASE

QUOTE = "出炉后要过一遍工业石蜡"
FRESH = ("9900000201/PXA", "9900000202/PXB")
BARRED = "9900000203/PXC"
ELSEWHERE = "answer/7001"


def picture() -> bytes:
    """A small PNG, as a screenshot of a receipt."""
    stream = io.BytesIO()
    Image.new("RGB", (32, 32), "white").save(stream, "PNG")
    return stream.getvalue()


def sealed(application: Application, folder: Path, name: str, data: bytes, facts: Mapping[str, object]) -> Sealed:
    """One file, sealed, stamped and admitted."""
    seal_id = new_ulid()
    place = folder / seal_id
    place.mkdir(parents=True)
    (place / name).write_bytes(data)
    return seal_files(application, {name: place / name}, seal_id=seal_id, folder=place / "package", capture=facts)


def system(place: Place) -> AbstractContextManager[Work]:
    """A unit of work of the system at the desk of the case."""
    return open_work(place.application, system_actor("test", desk_id=place.people["lin"].desk_id))


def _paper(place: Place, folder: Path, title: str, label: str, group: int) -> str:
    box = sealed(place.application, folder, "paper.txt", title.encode(), {"source": "paper", "label": label})
    with system(place) as work:
        case = work.get_no(Case, CASE)
        item = work.add(
            EvidenceItem(
                no=work.next_no("evidence"), kind="documentary", title=title, source="本单位", obtained_at=work.now,
                desk_id=case.desk_id, seal_id=box.package.seal_id, package_id=box.receipt.package_id,
                sha256=box.receipt.package_id, files=dict(box.files), facts={}, seal_state="stamped",
                log_index=box.receipt.log_index, stamps=1, test_stamps=1, stamped_at=work.now, logged_at=work.now,
            )
        )  # fmt: skip
        work.add(
            Exhibit(
                case_id=case.id, evidence_id=item.id, exhibit_no=label, group_no=group, order_no=int(label[-1]),
                desk_id=case.desk_id,
            )
        )  # fmt: skip
        return str(item.id)


def _post(place: Place, folder: Path, path: str, platform: str, verdict: str) -> str:
    url = f"https://{platform}/{path}"
    with system(place) as work:
        case, incident = work.get_no(Case, CASE), work.session.scalars(select(Incident)).first()
        home = work.session.scalars(select(Platform).where(Platform.domain == platform)).one()
        uid = path.split("/", maxsplit=1)[0]
        account = work.add(Account(platform_id=home.id, uid=uid, handle=f"账号{uid[-3:]}", desk_id=case.desk_id))
        post = work.add(
            Post(
                no=work.next_no("post"), canonical_url=url, url_as_seen=url, platform_id=home.id, account_id=account.id,
                platform_post_id=path, title=f"苜禾脆穗燕麦圈{QUOTE}", text=f"苜禾脆穗燕麦圈{QUOTE}", verdict=verdict,
                verdict_reason="依据检验报告", triaged_by=place.people["gao"].user_id, liveness="live",
                last_checked_at=work.now, published_at=work.now, desk_id=case.desk_id,
            )
        )  # fmt: skip
        work.add(PostIncident(post_id=post.id, incident_id=incident.id, state="confirmed", desk_id=case.desk_id))
        claim = work.session.scalars(select(RumorClaim)).first()
        work.add(Appearance(post_id=post.id, claim_id=claim.id, state="confirmed", quoted=QUOTE, desk_id=case.desk_id))
        ids = case.id, post.id, case.desk_id
    box = sealed(place.application, folder, "text.txt", f"{url} {QUOTE}\n".encode(), {"url": url})
    with system(place) as work:
        capture = work.add(
            Capture(
                no=work.next_no("capture"), url=url, post_id=ids[1], case_id=ids[0], desk_id=ids[2],
                requested_by="test", requested_at=work.now, started_at=work.now, finished_at=work.now, status="done",
                result="COMPLETE", outcome="live", title="博文", text=QUOTE, seal_id=box.package.seal_id,
                facts={"url": url}, grade="demo",
            )
        )  # fmt: skip
        register_evidence(work, capture, box)
    return str(ids[1])


def furnish(place: Place, folder: Path) -> dict[str, str]:
    """Add it all; returns the keys of the posts by path."""
    with system(place) as work:
        case = work.get_no(Case, CASE)
        principal = work.add(
            Organization(
                name="澜江苜禾食品股份有限公司", kind="self", uscc="91990100FAKE00013D", legal_rep="沈砚秋",
                legal_rep_title="董事长", address="澜江市示范路1号", contact="法务部", phone="000-5550-0101",
                email="legal@muhe-food.test", products=["苜禾脆穗燕麦圈"], desk_id=case.desk_id,
            )
        )  # fmt: skip
        case.principal_id = principal.id
        operator = work.add(Organization(name="山石知野科技有限公司", kind="platform_operator"))
        work.add(Platform(name="知野", domain="zhiye.test", operator_id=operator.id, channels=["complaint@zhiye.test"]))
        first = work.session.scalars(select(Platform).where(Platform.domain == "weixun.test")).one()
        first.channels, first.stated_sla_hours = ["https://weixun.test/help/tort"], 48
        for login, role in (("zhou", "counsel"), ("su", "viewer")):
            work.add(Membership(case_id=case.id, user_id=place.people[login].user_id, role=role, granted_by="test"))
        for row in work.session.scalars(select(Exhibit)):
            row.exhibit_no, row.group_no = "证2-1", 2
    _paper(place, folder, "营业执照", "证1-1", 1)
    _paper(place, folder, "法定代表人身份证明书", "证1-2", 1)
    report = _paper(place, folder, "检验报告", "证4-1", 4)
    with system(place) as work:
        claim = work.session.scalars(select(RumorClaim)).first()
        work.add(ClaimEvidence(claim_id=claim.id, evidence_id=report, proves="三个批次留样未检出石蜡组分"))
        for row in work.session.scalars(select(ClaimEvidence)):
            row.proves = row.proves or "取证时该页面没有附任何材料"
    keys = {path: _post(place, folder, path, "weixun.test", "false_fact") for path in FRESH}
    keys[BARRED] = _post(place, folder, BARRED, "weixun.test", "genuine_complaint")
    keys[ELSEWHERE] = _post(place, folder, ELSEWHERE, "zhiye.test", "false_fact")
    return keys


def work_off(place: Place) -> list[bool]:
    """Run what waits in the queue, but no capture: there is no browser here."""
    queue = place.application.queue
    assert isinstance(queue, InlineQueue)
    waiting, queue.waiting[:] = list(queue.waiting), []
    with place.application.sessions() as session:
        kinds = {row.id: row.kind for row in session.scalars(select(Job))}
    return [jobs.perform(place.application, key) for key in waiting if kinds.get(key) == "dispatch"]


def approve_paper(place: Place, number: str) -> None:
    """Approve a notice's paper by two people who did not write it."""
    with place.application.sessions() as session:
        version = session.scalars(select(Notice.document_version_id).where(Notice.no == number)).one()
    for login in ("zhou", "han"):
        approve_document(place.application, place.people[login], str(version))


def state_of(place: Place, number: str) -> str:
    """State of a notice."""
    with place.application.sessions() as session:
        return str(session.scalars(select(Notice.status).where(Notice.no == number)).one())
