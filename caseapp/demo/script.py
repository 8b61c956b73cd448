"""The scripted case as a table: ten hops, and under each the rows that are played.

Nothing here acts. ``play`` walks these rows through the application's services, ``LocalPlatforms`` plays the other
side. Rows marked ``core`` are the shortest complete case; the others make it the whole case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from caseapp.demo.case_data import DemoCase, load_case, read_json
from caseapp.demo.case_records import DemoDamage, DemoEvidence, DemoNotice
from caseapp.demo.decoding import decode_all
from caseapp.demo.errors import DemoDataError
from caseapp.demo.papers import Papers

SAMPLE_MARK = "示例"
INTERVAL_LABEL = "演示间隔"
"""How the shortened time between two re-checks is named wherever it shows."""

Act = Literal["remove", "refuse", "label", "restore"]


@dataclass(frozen=True)
class Hop:
    """One of the ten hops of the journey."""

    n: int
    name: str
    name_en: str


HOPS: tuple[Hop, ...] = (
    Hop(1, "发起取证", "request the captures"),
    Hop(2, "浏览器取证", "capture in the browser"),
    Hop(3, "封存并加盖测试时间戳", "seal and stamp (test timestamp)"),
    Hop(4, "入库入册", "admit to store and log"),
    Hop(5, "登记证据", "register evidence"),
    Hop(6, "关联事件与谣言主张", "link to incidents and claims"),
    Hop(7, "起草、送审、批准文书", "draft, submit and approve papers"),
    Hop(8, "发出通知并取得回执", "dispatch with proof of arrival"),
    Hop(9, "登记结果并复查", "record outcomes and re-check"),
    Hop(10, "损失台账与案卷", "damages ledger and case bundle"),
)


@dataclass(frozen=True)
class CaptureRow:
    """Hop 1 to 5: a post and the stage the platforms must be at."""

    post: str
    stage: str
    core: bool


@dataclass(frozen=True)
class TriageRow:
    """Hop 6: the verdict on a post; keys are those of ``caseapp.domain.vocabulary``."""

    post: str
    verdict: str
    six_type: str | None
    stance: str
    reason: str


@dataclass(frozen=True)
class LinkRow:
    """Hop 6: a post belongs to an incident, and why."""

    post: str
    incident: str
    reason: str


@dataclass(frozen=True)
class AppearanceRow:
    """Hop 6: the exact words of a post in which a claim appears; ``score`` where it is a presumption."""

    post: str
    claim: str
    quoted: str
    score: str | None


@dataclass(frozen=True)
class CounterRow:
    """Hop 6: an exhibit speaks against a claim; ``text`` is the sentence a paper prints as the reason."""

    claim: str
    exhibit: str
    text: str


@dataclass(frozen=True)
class OutcomeRow:
    """Hop 9: what the platform does to a post."""

    post: str
    act: Act


@dataclass(frozen=True)
class NoticeRow:
    """Hop 7 to 9: one notice, and what comes of it."""

    id: str
    posts: tuple[str, ...]
    measures: tuple[str, ...]
    core: bool
    outcomes: tuple[OutcomeRow, ...]


@dataclass(frozen=True)
class PaperFile:
    """An exhibit that is not a capture: a paper handed in by the firm."""

    title: str
    proves: str


@dataclass(frozen=True)
class Source:
    """Where an exhibit's bytes come from: the capture of a post, of an official page, or a paper of ours."""

    kind: Literal["post", "page", "paper"]
    ref: str


@dataclass(frozen=True)
class Plan:
    """Everything the demo plays."""

    case: DemoCase
    captures: tuple[CaptureRow, ...]
    triage: tuple[TriageRow, ...]
    links: tuple[LinkRow, ...]
    appearances: tuple[AppearanceRow, ...]
    counter_evidence: tuple[CounterRow, ...]
    notices: tuple[NoticeRow, ...]
    settlement_file: PaperFile
    papers: Papers

    def captured(self, *, core: bool) -> tuple[CaptureRow, ...]:
        """The posts to capture, in order of stages."""
        return tuple(row for row in self.captures if row.core or not core)

    def sent(self, *, core: bool) -> tuple[tuple[NoticeRow, ...], ...]:
        """The notices to send, in waves: a second notice waits for what came of the first.

        The notice a natural person signs herself is hers to send; the company does not stand in for her.
        """
        ours = [row for row in self.notices if self.notice(row).principal == "org-01" and (row.core or not core)]
        first = tuple(row for row in ours if self.notice(row).prev is None)
        second = tuple(row for row in ours if self.notice(row).prev is not None)
        return (first, second) if second else (first,)

    def verdict(self, post: str) -> TriageRow:
        """The triage of one post."""
        return next(row for row in self.triage if row.post == post)

    def notice(self, row: NoticeRow) -> DemoNotice:
        """The case's record of a notice."""
        return self.case.notice_record(row.id)

    def source(self, evidence: DemoEvidence) -> Source:
        """Where an exhibit comes from."""
        if evidence.related and evidence.exhibit_no.startswith("证2-") and "取证包" in evidence.title:
            return Source("post", evidence.related[0])
        if "取证包" in evidence.title:
            return Source("page", self.regulator_page)
        return Source("paper", evidence.exhibit_no)

    @property
    def regulator_page(self) -> str:
        """The regulator's public statement."""
        return "https://scjg.lanjiang-tc.test/notice/20260813.html"


def ledger_totals(items: Iterable[DemoDamage]) -> dict[str, Decimal]:
    """The sums the ledger must show: by head, without and with reasonable costs, and everything.

    Only rows of scope ``suit`` are asked for in the suit; rows of the settlement are in ``ledger`` alone.
    """
    rows = tuple(items)
    suit = {head: sum((r.amount for r in rows if r.head == head and r.scope == "suit"), Decimal()) for head in _HEADS}
    without = suit["D1"] + suit["D6"]
    return {
        **suit,
        "without_costs": without,
        "with_costs": without + suit["D5"],
        "ledger": sum((r.amount for r in rows), Decimal()),
    }


_HEADS = ("D1", "D5", "D6")


@lru_cache(maxsize=1)
def load_plan() -> Plan:
    """Read the plan.

    Raises:
        DemoDataError: A file is missing or wrong, or a row names what the case does not have.
    """
    raw, case = read_json("plan.json"), load_case()
    plan = Plan(
        case=case,
        captures=decode_all(CaptureRow, raw["captures"], "plan.json/captures"),
        triage=decode_all(TriageRow, raw["triage"], "plan.json/triage"),
        links=decode_all(LinkRow, raw["links"], "plan.json/links"),
        appearances=decode_all(AppearanceRow, raw["appearances"], "plan.json/appearances"),
        counter_evidence=decode_all(CounterRow, raw["counter_evidence"], "plan.json/counter_evidence"),
        notices=_notices(raw["notices"]),
        settlement_file=decode_all(PaperFile, [raw["settlement_file"]], "plan.json/settlement_file")[0],
        papers=Papers(case, read_json("papers.json")),
    )
    rows: tuple[CaptureRow | TriageRow | LinkRow | AppearanceRow, ...]
    rows = (*plan.captures, *plan.triage, *plan.links, *plan.appearances)
    for row in rows:
        case.post(row.post)
    return plan


def _notices(raw: Any) -> tuple[NoticeRow, ...]:
    made = []
    for number, item in enumerate(raw):
        outcomes = tuple(OutcomeRow(o["post"], o["act"]) for o in item["outcomes"])
        where = f"plan.json/notices[{number}]"
        if not {outcome.post for outcome in outcomes} <= set(item["posts"]):
            raise DemoDataError(where, "an outcome for a post that is not in the notice")
        made.append(NoticeRow(item["id"], tuple(item["posts"]), tuple(item["measures"]), item["core"], outcomes))
    return tuple(made)
