"""What a case page concludes from the registered facts: elements, next step, totals. No statement is run here.

Nothing is overstated: an element is 有 only when a sealed item stands behind it, and every conclusion names its gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from flask import url_for

from caseapp.domain.permissions import Permission, permissions_of
from caseapp.domain.vocabulary import BARRED_VERDICTS
from caseapp.services.queries import (
    CaseHead,
    ClaimHead,
    DamageRow,
    EvidenceKey,
    MemberRow,
    NoticeRow,
    PostFact,
    ledger,
)
from caseapp.services.queries.rows import REMOVED
from caseapp.services.queries.today import OPEN_DEADLINES
from caseapp.web import wording
from caseapp.web.filters import money, now, tell
from caseapp.web.i18n import _, many
from caseapp.web.marks import Mark, NextStep
from caseapp.web.unit import key_of

Named = TypeVar("Named", PostFact, DamageRow, ClaimHead)

CITED = 4
FOLLOWING = 3
STAFF = ("lead", "counsel", "external", "approver", "pr", "archivist", "viewer", "auditor")
ACTIONABLE = ("false_fact", "insult", "impersonation", "leak")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything of a case the overview concludes from."""

    head: CaseHead
    posts: list[PostFact]
    notices: list[NoticeRow]
    evidence: Mapping[str, list[EvidenceKey]]

    def of(self, rows: Iterable[PostFact | DamageRow | ClaimHead]) -> list[EvidenceKey]:
        """Return the evidence of all ``rows``."""
        return [key for row in rows for key in self.evidence.get(row.id, ())]

    def bare(self, rows: Iterable[Named]) -> list[Named]:
        """Return those of ``rows`` without any evidence."""
        return [row for row in rows if not self.evidence.get(row.id)]

    @property
    def harmful(self) -> list[PostFact]:
        """Posts judged as something to act on; genuine complaints and fair comment never are."""
        return [post for post in self.posts if post.verdict in ACTIONABLE and post.verdict not in BARRED_VERDICTS]


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation of an evidence item."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Element:
    """One thing a court asks for: what answers it, how far, what is missing."""

    name: str
    cites: list[Cite]
    note: str
    mark: Mark
    gap: str


def reads_trail(roles: Iterable[str]) -> bool:
    """Say whether one of the roles may read the audit trail."""
    return Permission.AUDIT_READ in permissions_of(roles)


def staff(head: CaseHead) -> list[tuple[str, list[MemberRow]]]:
    """Return the members of a case by role, the lead first."""
    held = [(role, [row for row in head.members if row.role == role]) for role in STAFF]
    return [(role, rows) for role, rows in held if rows]


def _cites(keys: Iterable[EvidenceKey]) -> list[Cite]:
    return [
        Cite(key.exhibit or key.number, url_for("evidence.page", number=key_of(key.number, sample=key.sample)))
        for key in keys
    ]


def _element(name: str, keys: Iterable[EvidenceKey], gaps: list[str]) -> Element:
    cited = list({key.number: key for key in keys}.values())
    if not cited:
        mark = Mark(_("缺"), "danger", "x")
    elif gaps:
        mark = Mark(_("部分"), "warn", "alert-triangle")
    else:
        mark = Mark(_("有"), "ok", "check")
    note = many("等 %(num)d 件", len(cited)) if len(cited) > CITED else ""
    return Element(name, _cites(cited[:CITED]), note, mark, "；".join(gaps) if gaps else "")


def elements(facts: Facts) -> list[Element]:
    """Return the elements of an infringement claim with what the case holds for each."""
    return [
        _conduct(facts),
        _untruth(facts),
        _reference(facts),
        _fault(facts),
        _damage(facts),
        _causation(facts),
    ]


def _conduct(facts: Facts) -> Element:
    harmful = facts.harmful
    bare = facts.bare(harmful)
    gaps = [many("%(num)d 条内容还没有证据", len(bare))] if bare else _lack(harmful, _("未登记不实内容"))
    return _element(_("侵害行为"), facts.of(harmful), gaps)


def _untruth(facts: Facts) -> Element:
    claims = facts.head.claims
    loose = [claim for claim in claims if claim.verdict != "false" or not facts.of([claim])]
    text = many("%(num)d 项谣言主张未认定不实或没有反驳证据", len(loose))
    return _element(_("内容不实"), facts.of(claims), [text] if loose else _lack(claims, _("未登记谣言主张")))


def _reference(facts: Facts) -> Element:
    named = any(claim.subject for claim in facts.head.claims)
    gaps = [] if named else [_("未登记主张所指的单位")]
    return _element(_("指向性"), facts.of(facts.harmful) if named else [], gaps)


def _fault(facts: Facts) -> Element:
    late = {item.url for row in facts.notices if row.arrived_at for item in row.items if item.liveness not in REMOVED}
    persisting = [post for post in facts.harmful if post.url in late]
    gaps = [] if persisting else [_("未登记通知到达后仍在传播的事实")]
    return _element(_("主观过错"), facts.of(persisting), gaps)


def _damage(facts: Facts) -> Element:
    rows = [row for row in facts.head.damages if row.counted]
    bare = facts.bare(rows)
    gaps = [many("%(num)d 项损失缺凭证", len(bare))] if bare else _lack(rows, _("未登记损失"))
    return _element(_("损害后果"), facts.of(rows), gaps)


def _causation(facts: Facts) -> Element:
    rows = [row for row in facts.head.damages if row.counted]
    silent = [row for row in rows if not row.causation]
    gaps = [many("%(num)d 项损失未写因果", len(silent))] if silent else _lack(rows, _("未登记损失"))
    return _element(_("因果关系"), facts.of(row for row in rows if row.causation), gaps)


def _lack(rows: Iterable[object], words: str) -> list[str]:
    return [] if any(True for _row in rows) else [words]


def _candidates(facts: Facts) -> Iterator[NextStep]:
    """Yield what could be done, the most urgent first."""
    key = key_of(facts.head.number, sample=facts.head.sample)

    def at(tab: str) -> str:
        return url_for("case.tab", number=key, tab=tab)

    yield from _late(facts, at("deadlines"))
    yield from _notices(facts, at("notices"))
    yield from _contents(facts, at("posts"))
    bare = facts.bare([row for row in facts.head.damages if row.counted])
    if bare:
        why = _("没有凭证的损失项不能列入请求。")
        yield NextStep(tell(_("补齐凭证：%(what)s"), what=bare[0].title), why, "", at("damages"), _("补凭证"))


def _late(facts: Facts, href: str) -> Iterator[NextStep]:
    for row in facts.head.due:
        if row.status in OPEN_DEADLINES and row.due_at < now():
            title = wording.deadline_title(row.rule_id, row.base_event, row.ordinal)
            yield NextStep(tell(_("处理逾期：%(what)s"), what=title), wording.why(row), "", href, _("处理期限"))


def _notices(facts: Facts, href: str) -> Iterator[NextStep]:
    for notice in facts.notices:
        word = wording.state_word("notice", notice.status)
        if notice.status in {"refused", "overdue", "relapsed"}:
            why = tell(_("%(no)s 现为“%(state)s”。可再次通知、举报或起诉。"), no=notice.number, state=word)
            yield NextStep(tell(_("决定是否升级：%(who)s"), who=notice.platform), why, "", href, _("核对通知"))
        elif notice.status in {"prepared", "authorised"}:
            why = tell(_("%(no)s 现为“%(state)s”。批准与提交须由两个人完成。"), no=notice.number, state=word)
            yield NextStep(tell(_("送出通知：%(who)s"), who=notice.platform), why, "", href, _("核对通知"))


def _contents(facts: Facts, href: str) -> Iterator[NextStep]:
    standing = [post for post in facts.harmful if post.liveness not in REMOVED]
    bare = facts.bare(standing)
    if bare:
        why = _("内容随时可能被删或改，删后就无法再取。")
        yield NextStep(
            many("先取证：%(num)d 条内容还没有证据", len(bare)),
            why,
            "",
            href,
            _("核对内容"),
        )
    noticed = {item.url for notice in facts.notices for item in notice.items}
    fresh = [post for post in standing if post.url not in noticed]
    if fresh:
        why = _("已认定不实且仍在线，还没有列入任何通知。")
        yield NextStep(many("准备通知：%(num)d 条内容", len(fresh)), why, "", href, _("核对内容"))


def next_step(facts: Facts) -> NextStep:
    """Return the one next step of a case and what follows it; says so when nothing is due."""
    steps = list(_candidates(facts))
    if not steps:
        ahead = facts.head.deadline
        why = (
            tell(
                _("下一个期限：%(what)s。"), what=wording.deadline_title(ahead.rule_id, ahead.base_event, ahead.ordinal)
            )
            if ahead
            else ""
        )
        return NextStep(_("没有待办"), why)
    first = steps[0]
    then = tuple(step.do for step in steps[1 : 1 + FOLLOWING])
    return NextStep(first.do, first.why, first.ready, first.href, first.verb, then)


@dataclass(frozen=True, slots=True)
class Total:
    """One figure above the damages table."""

    label: str
    amount: Decimal
    note: str


def totals(head: CaseHead) -> list[Total]:
    """Return what is claimed without and with reasonable costs, and what is left out and why."""
    figures = ledger(head.damages)
    costs = sum(row.head == "D5" and row.counted and row.scope == "suit" for row in head.damages)
    shown = [
        Total(_("损失与消除影响"), figures.without_costs, _("列入诉讼请求，不含合理开支")),
        Total(_("含合理开支"), figures.with_costs, many("合理开支 %(num)d 项", costs)),
    ]
    left = figures.left_out + figures.settled
    return [*shown, Total(_("未列入请求"), left, _("和解已收 %(sum)s，其余仅作说明", sum=money(figures.settled)))]
