"""A house with real parts: store, log, signer, stamps, outbox and papers; only the browser is stood in for."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from PIL import Image, ImageDraw
from sqlalchemy import select

from capture.handed_in import HandedIn, UnknownFormatError, look_at
from caseapp import jobs
from caseapp.demo.authority import TestAuthority
from caseapp.documents import load
from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.labels import Label
from caseapp.models import (
    Capture,
    Case,
    DamageItem,
    Desk,
    DocumentVersion,
    EvidenceItem,
    Incident,
    Job,
    Notice,
    Organization,
    Platform,
    Post,
    RumorClaim,
    User,
)
from caseapp.outbox import LocalOutbox
from caseapp.services import cases, damages, documents, evidence, incidents, links, notices, posts
from caseapp.services.approvals import approve_document
from caseapp.services.captures import request_capture
from caseapp.services.ports import CaptureOrder, Progress
from caseapp.services.sealing import Sealed, seal_files
from caseapp.services.times import SHANGHAI
from caseapp.services.work import Actor, Work, open_work
from evidence_store import EvidenceStore, Signer, Trust, new_ulid, open_authority
from evidence_store.trust import TrustedKey, TrustedMinimum, TrustedRoot
from tests.caseapp.conftest import Clock, LocalPorts, World

URL = "https://weixun.test/9900000101/PX260810A017"
QUOTE = "出炉后要过一遍工业石蜡"


@dataclass
class Seen:
    """What the stand-in for the browser returns: the shape of `CaptureOutcome`, with real files."""

    state: str = "COMPLETE"
    outcome: str = "live"
    words: str = ""
    problem: tuple[str, str, str] | None = None
    grade: str = "self_made"
    missing: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)
    clock: Mapping[str, Any] = field(default_factory=lambda: {"state": "checked", "offset_ms": 3})
    steps: Sequence[Any] = ({"name": "text", "state": "done", "seconds": 0.25},)
    title: str | None = "微汛“食安小喇叭”博文"
    text: str | None = f"{QUOTE}，一批料掺三公斤"


@dataclass
class Camera:
    """Stands in for the browser at the outer edge: hand-made files of a page, or the error it is told to raise."""

    next: list[Seen | Exception] = field(default_factory=list)
    before: Callable[[CaptureOrder], None] | None = None
    seen: list[CaptureOrder] = field(default_factory=list)

    def check(self, url: str) -> None:
        if "private" in url:
            problem = Label("不访问内网地址。", "private addresses are not visited.")
            raise InvalidInputError(field=Label("网址", "Address"), problem=problem)

    def look_at(self, path: Path) -> HandedIn | None:
        try:
            return look_at(path)
        except UnknownFormatError:
            return None

    def capture(self, order: CaptureOrder, *, progress: Progress | None = None) -> Seen:
        self.seen.append(order)
        if self.before is not None:
            self.before(order)
        if progress is not None:
            progress("text", 1, 2)
        what = self.next.pop(0) if self.next else Seen()
        if isinstance(what, Exception):
            raise what
        text = order.output / "text.txt"
        text.write_bytes(f"{what.text}\n".encode("utf-8", "replace"))
        picture = order.output / "page.pdf"
        picture.write_bytes(paper("页面", what.title or ""))
        what.files = what.files or {"text.txt": text, "page.pdf": picture}
        what.facts = {"url": order.url, "url_final": order.url, "actor": order.operator, **what.facts}
        return what


@cache
def paper(label: str, title: str) -> bytes:
    """A one-page PDF."""
    stream = io.BytesIO()
    image = Image.new("RGB", (240, 340), "white")
    ImageDraw.Draw(image).rectangle((20, 20, 20 + len(label) * 9, 24 + len(title)), fill="black")
    image.save(stream, "PDF", title=f"{label} {title}")
    return stream.getvalue()


@dataclass
class House:
    """The ports with real parts, the people of one case, and short ways through the hops."""

    ports: Any
    world: World
    folder: Path
    trust: Trust
    people: dict[str, Actor]
    case_id: str = ""

    def __getitem__(self, login: str) -> Actor:
        return self.people[login]

    @property
    def camera(self) -> Camera:
        camera: Camera = self.ports.capturer
        return camera

    @property
    def clock(self) -> Clock:
        clock: Clock = self.ports.clock
        return clock

    def work(self, login: str) -> Any:
        """A unit of work of a person."""
        return open_work(self.ports, self.people[login])

    def read(self, model: Any, key: str) -> Any:
        """A row as it lies in the database now."""
        with self.ports.sessions() as session:
            return session.get_one(model, key)

    def run_jobs(self) -> list[bool]:
        """Run every waiting job once; whether each succeeded."""
        waiting, self.ports.queue.pushed = list(dict.fromkeys(self.ports.queue.pushed)), []
        return [jobs.perform(self.ports, key) for key in waiting]

    def job(self, object_id: str) -> Job:
        """The newest job about something."""
        with self.ports.sessions() as session:
            return session.scalars(select(Job).where(Job.object_id == object_id).order_by(Job.id.desc())).first()  # type: ignore[no-any-return]

    def sealed(self, label: str, title: str = "检验报告") -> Sealed:
        """A paper, sealed."""
        seal_id = new_ulid()
        folder = self.folder / "papers" / seal_id
        folder.mkdir(parents=True)
        (folder / "paper.pdf").write_bytes(paper(label, title))
        return seal_files(
            self.ports, {"paper.pdf": folder / "paper.pdf"}, seal_id=seal_id, folder=folder / "package",
            capture={"source": "paper", "label": label}, case_ref=seal_id,
        )  # fmt: skip

    def paper(self, label: str, title: str = "检验报告", *, exhibit: bool = True) -> str:
        """A registered paper, an exhibit of the case unless told otherwise; its key."""
        sealed = self.sealed(label, title)
        with self.work("xu") as work:
            item = evidence.register_files(work, sealed, title=title, kind="documentary", source="检验院")
        if exhibit:
            with self.work("lin") as work:
                found = work.get(EvidenceItem, item.id)
                evidence.add_exhibit(work, work.get(Case, self.case_id), found, label, group="第一组", proves=title)
        return item.id

    def order(self, url: str = URL, login: str = "gao", **more: Any) -> str:
        """Order a capture; its key."""
        with self.work(login) as work:
            return request_capture(work, url, **more).id

    def post(self, url: str = URL, *, text: str = QUOTE) -> str:
        """A post of the platform by its address; its key."""
        with self.work("gao") as work:
            post = posts.add_post(work, url, text=text, title="博文")
            platform = work.get(Platform, post.platform_id)
            account = posts.add_account(work, platform, uid="9900000101", handle="食安小喇叭")
            work.change(post, account_id=account.id, published_at=work.now, platform_post_id=f"PX{post.no}")
            return post.id

    def look(self, post_id: str, seen: Seen | None = None, **more: Any) -> Capture:
        """Capture a post now."""
        if seen is not None:
            self.camera.next.append(seen)
        url = self.read(Post, post_id).canonical_url
        key = self.order(url, "zhou", post_id=post_id, **more)
        assert all(self.run_jobs())
        row: Capture = self.read(Capture, key)
        return row

    def rumor(self, url: str = URL, verdict: str = "false_fact") -> str:
        """A captured post with a claim found false by evidence, linked, judged; its key."""
        self.exhibits()
        post_id = self.post(url)
        self.look(post_id)
        with self.work("gao") as work:
            case, post = work.get(Case, self.case_id), work.get(Post, post_id)
            known = work.session.scalars(select(Incident)).first()
            incident = known or incidents.create_incident(work, title="石蜡谣言", case_id=case.id)
            claim = incidents.add_rumor_claim(work, incident, quote=QUOTE, neutral="网传产品涂工业石蜡。")
            links.link_post(work, post, incident)
            incidents.triage_post(work, post, verdict, reason="与检验报告不符")
        with self.work("lin") as work:
            item = work.session.scalars(select(EvidenceItem).where(EvidenceItem.post_id == post_id)).one()
            number = f"证2-{item.log_index}"
            evidence.add_exhibit(work, work.get(Case, self.case_id), item, number, group="第二组", proves="侵害行为")
        with self.work("zhou") as work:
            claim, post = work.get(RumorClaim, claim.id), work.get(Post, post_id)
            if claim.verdict is None:
                counter = self.ports_evidence(work)
                incidents.add_counter_evidence(work, claim, counter, proves="三个批次留样未检出石蜡组分")
            links.record_appearance(work, post, claim, quoted=QUOTE)
        with self.work("he") as work:
            incidents.set_claim_verdict(work, work.get(RumorClaim, claim.id), "false", rationale="检验未检出")
        return post_id

    def exhibits(self) -> None:
        """The papers every notice needs, once."""
        with self.ports.sessions() as session:
            known = set(session.scalars(select(EvidenceItem.title)))
        for label, title in (("证1-1", "营业执照"), ("证1-2", "身份证明"), ("证4-2", "检验报告")):
            if title not in known:
                self.paper(label, title)

    def ports_evidence(self, work: Work) -> EvidenceItem:
        """The test report among the case's exhibits."""
        return work.session.scalars(select(EvidenceItem).where(EvidenceItem.title == "检验报告")).one()

    def notice(self, *post_ids: str) -> tuple[str, str]:
        """A notice about posts, drafted and submitted by counsel; keys of notice and version."""
        with self.work("zhou") as work:
            case, platform = work.get(Case, self.case_id), work.session.scalars(select(Platform)).one()
            chosen = [work.get(Post, key) for key in post_ids]
            grounds = dict.fromkeys(post_ids, "原文直接写出产品名称")
            demands = dict.fromkeys(post_ids, "该条下的全部评论")
            notice = notices.prepare_notice(work, case, platform, chosen, grounds=grounds, demands=demands)
            version = notices.draft_notice(work, case, notice, self.unrecorded(work))
            assert [one["zh"] for one in version.findings if one["severity"] == "block"] == []
            documents.submit_document(work, version)
            return notice.id, version.id

    def unrecorded(self, work: Work) -> dict[str, Any]:
        """What no row knows of a notice."""
        rows = work.session.scalars(select(EvidenceItem).order_by(EvidenceItem.no))
        numbers = {row.title: row.no for row in rows}
        sample, today = notice_sample(), work.now.astimezone(SHANGHAI).date()
        term = {"valid_from": f"{today - timedelta(days=9)}", "valid_until": f"{today + timedelta(days=90)}"}
        return {
            "issued_on": f"{today}",
            "agent": {**sample["agent"], **term},
            "contact": sample["contact"],
            "measures": ["delete", "block", "unlink"],
            "attachments": [{"title": title, "exhibits": [numbers[title]]} for title in ("营业执照", "身份证明")],
        }

    def approve(self, version_id: str, *logins: str) -> None:
        """Approve by these people, one step each."""
        for login in logins:
            approve_document(self.ports, self[login], version_id)

    def authorised(self, *post_ids: str) -> tuple[str, str]:
        """A notice approved and authorised; keys of notice and version."""
        notice_id, version_id = self.notice(*post_ids)
        self.approve(version_id, "lin", "han")
        with self.work("han") as work:
            notices.authorise_notice(work, work.get(Notice, notice_id))
        return notice_id, version_id

    def statement(self, login: str = "gao") -> str:
        """A clarification, drafted and submitted; the version's key."""
        with self.work(login) as work:
            facts = statement_sample()
            del facts["number"]
            version = documents.draft_document(work, work.get(Case, self.case_id), "clarification_statement", facts)
            documents.submit_document(work, version)
            return version.id

    def damage(self, amount: str, *, head: str = "D1", item: str | None = None, **more: Any) -> str:
        """A damage item; its key."""
        with self.work("lin") as work:
            proof = [work.get(EvidenceItem, item)] if item else []
            more = {"title": f"取消订单 {amount}", "amount": Decimal(amount), **more}
            return damages.add_damage(work, work.get(Case, self.case_id), head=head, evidence=proof, **more).id


@cache
def _sample(kind: str) -> Any:
    return yaml.safe_load((load(kind).folder / "sample.yaml").read_text("utf-8"))


def notice_sample() -> dict[str, Any]:
    """Facts of the notice's sample."""
    return copy.deepcopy(_sample("infringement_notice"))  # type: ignore[no-any-return]


def statement_sample() -> dict[str, Any]:
    """Facts of the clarification's sample."""
    return copy.deepcopy(_sample("clarification_statement"))  # type: ignore[no-any-return]


PEOPLE = {
    "lin": ("lead",), "zhou": ("counsel",), "han": ("approver",), "gao": ("pr",), "xu": ("archivist",),
    "he": ("viewer",), "wei": ("counsel",), "outside": ("counsel",),
}  # fmt: skip
"""Login → desk roles; `outside` is a colleague of the same desk who is not in the case."""


def furnish(ports: LocalPorts, world: World, folder: Path, authority: TestAuthority) -> Iterator[House]:
    """Put the real parts into the ports, open the case and let its people in."""
    filled: Any = ports
    ports.clock.now = datetime.now(UTC)  # the authority's certificate is made now; tests move on from here
    signer, log_key = Signer.generate("sealer-test"), Signer.generate("log-test")
    filled.signer, filled.store = signer, EvidenceStore(folder / "evidence", log_signer=log_key)
    filled.authorities = (open_authority(authority.name, authority.url, authority.roots_pem),)
    filled.capturer, filled.outbox = Camera(), LocalOutbox(folder / "outbox", ports.clock)
    filled.captures_dir = folder / "captures"
    trust = Trust(
        sealers=(TrustedKey(signer.verifier_key, "test", None, None),),
        log=log_key.verifier_key,
        roots=(TrustedRoot(authority.name, authority.fingerprint, True),),  # type: ignore[attr-defined]  # set by the fixture
        minimums=(TrustedMinimum(1),),
    )
    people = {name: world.person(name, *roles) for name, roles in PEOPLE.items()}
    house = House(filled, world, folder, trust, people)
    world.platform()

    def organization(work: Work) -> str:
        sample = notice_sample()["principal"]
        kept = {key: sample[key] for key in ("name", "uscc", "address", "legal_rep", "legal_rep_title", "products")}
        return work.add(Organization(kind="self", **kept)).id

    principal = world.make(organization)
    with house.work("lin") as work:
        case = cases.create_case(work, title="苜禾案", principal_id=principal)
        for name, (role,) in PEOPLE.items():
            if name not in {"lin", "outside"}:
                cases.grant_membership(work, case, work.get(User, people[name].user_id), role)
        house.case_id = case.id
    yield house


def stranger(house: House) -> Actor:
    """Counsel of another desk."""
    desk = house.world.make(lambda work: work.add(Desk(name="另一部门")).id)
    return house.world.person("stranger", "counsel", desk_id=desk)


def claimed(house: House, key: str) -> str:
    """State of a damage item."""
    return str(house.read(DamageItem, key).status)


def version_of(house: House, key: str) -> DocumentVersion:
    """A version as stored."""
    row: DocumentVersion = house.read(DocumentVersion, key)
    return row


def refusal(error: CaseError) -> str:
    """Both messages of an error, to look for words in."""
    return error.message("zh") + error.message("en")
