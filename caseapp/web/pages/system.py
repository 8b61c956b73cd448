"""系统状态: every part with its state and its fix, what the system says of itself; and removing the example."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from caseapp.config import Settings
from caseapp.domain.errors import NotFoundError, ReasonRequiredError
from caseapp.domain.kinds import kind_label
from caseapp.domain.permissions import Permission
from caseapp.health import CHECKS, Finding
from caseapp.queue import workers
from caseapp.services.queries.system import SystemState, system_state
from caseapp.services.samples import remove_sample, sample_counts
from caseapp.web.access import needs, visitor
from caseapp.web.filters import duration, now
from caseapp.web.forms import Form, text
from caseapp.web.i18n import N_, _, language, many
from caseapp.web.lists import Column, Filter, listing
from caseapp.web.marks import Mark, say
from caseapp.web.unit import acting, reading
from caseapp.web.visitor import house
from evidence_store import EvidenceError

blueprint = Blueprint("system", __name__, url_prefix="/system")

LOOKS = {
    "ok": (N_("正常"), "ok", "check"),
    "warn": (N_("有欠缺"), "warn", "alert-triangle"),
    "fail": (N_("不能工作"), "danger", "alert-octagon"),
}
ORDER = ("fail", "warn", "ok")
TOGETHER = 6
EXAMINED = "bianwu_examined"


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination found, and when."""

    at: datetime
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Line:
    """One part as the list shows it."""

    part: str
    state: str
    seen: str
    fix: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of the page: what, how much, what follows from it."""

    label: str
    value: str
    note: str
    tone: str = ""


class Removing(Form):
    """Why the example goes."""

    reason = text(N_("理由"), limit=1000, required=True)


COLUMNS: tuple[Column[Line], ...] = (
    Column("state", N_("状态"), lambda row: _(LOOKS[row.state][0])),
    Column("part", N_("检查项"), lambda row: row.part),
    Column("seen", N_("现状"), lambda row: row.seen),
    Column("fix", N_("怎么办"), lambda row: row.fix),
)
FILTERS: tuple[Filter[Line], ...] = (Filter("health", N_("状态"), lambda row: row.state, lambda key: _(LOOKS[key][0])),)

_examining = threading.Lock()


def examine(settings: Settings) -> Examined:
    """Look at every part, several at a time: some ask the network and wait."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        findings = list(pool.map(lambda check: check(settings), CHECKS))
    return Examined(datetime.now(UTC), findings)


def examined(*, afresh: bool = False) -> Examined:
    """Return the last examination of this process; made now when there is none, or when asked afresh."""
    before: Examined | None = current_app.extensions.get(EXAMINED)
    if before is not None and not afresh:
        return before
    with _examining:
        made: Examined = examine(house().settings)
        current_app.extensions[EXAMINED] = made
    return made


@blueprint.get("/health")
@needs(Permission.SYSTEM_READ)
def health() -> str | Answer:
    """Show every part and the figures."""
    found = examined()
    shown = listing(sorted(map(_line, found.findings), key=lambda row: ORDER.index(row.state)), COLUMNS, FILTERS)
    if shown.wants_csv:
        return shown.csv("system-health")
    with reading() as work:
        state = system_state(work, sample=house().settings.demo)
        may_edit = Permission.SETTING_EDIT in work.permissions()
        sample = may_edit and not house().settings.demo and bool(sample_counts(work))
    counts = {key: sum(row.state == key for row in found.findings) for key in ORDER}
    return render_template(
        "system/health.html",
        shown=shown,
        headline=_headline(counts),
        examined_at=found.at,
        mark=mark,
        facts=[*_work_facts(state), *_proof_facts(state)],
        may_edit=may_edit,
        sample=sample,
        may_audit=Permission.AUDIT_READ in visitor().permissions,
        demo=house().settings.demo,
    )


@blueprint.post("/health/check")
@needs(Permission.SYSTEM_READ)
def check() -> Answer:
    """Look at every part again."""
    with acting():
        pass  # the form's receipt
    examined(afresh=True)
    flash(_("已重新检查。"), "ok")
    return redirect(url_for("system.health"), 303)


@blueprint.get("/sample")
@needs(Permission.SETTING_EDIT)
def sample() -> str:
    """Say what removing the example takes away."""
    return _sample(Removing())


@blueprint.post("/sample/remove")
@needs(Permission.SETTING_EDIT)
def remove() -> Answer | tuple[str, int]:
    """Remove the example in one act."""
    form = Removing(request.form)
    if not form.validate():
        return _sample(form), 422
    try:
        with acting() as work:
            rows = remove_sample(work, reason=form.reason.data or "")
    except ReasonRequiredError as error:
        form.refuse(error)
        return _sample(form), 422
    except NotFoundError:
        flash(_("没有示例可移除，没有任何改动。"), "ok")
        return redirect(url_for("system.sample"), 303)
    flash(many("示例已移除：%(num)d 行不再显示。", rows), "ok")
    return redirect(url_for("system.sample"), 303)


def _sample(form: Removing) -> str:
    with reading() as work:
        counts = sample_counts(work)
    words = [(say(kind_label(row.table)) if row.table else _("其他关联记录"), row.count) for row in counts]
    return render_template(
        "system/sample.html", counts=words, total=sum(row.count for row in counts), form=form,
        demo=house().settings.demo,
    )  # fmt: skip


def mark(state: str) -> Mark:
    """Return the chip of a part's state."""
    word, tone, icon = LOOKS[state]
    return Mark(_(word), tone, icon)


def _line(found: Finding) -> Line:
    lang = language()
    return Line(
        found.part.text(lang), found.state, found.seen(lang), "" if found.state == "ok" else found.fix.text(lang)
    )


def _headline(counts: dict[str, int]) -> str:
    if counts["fail"]:
        return many("%(num)d 个部分不能工作", counts["fail"])
    if counts["warn"]:
        return many("可以工作，%(num)d 个部分有欠缺", counts["warn"])
    return _("各部分正常")


def _work_facts(state: SystemState) -> list[Fact]:
    settings = house().settings
    alive = workers(settings.redis_url) if settings.redis_url else None
    waited = duration(now() - state.waiting_since) if state.waiting_since else ""
    idle = _("没有队列服务：任务在本进程内办理") if not settings.redis_url else _("队列服务没有应答")
    return [
        Fact(
            _("后台任务"),
            _("排队 %(a)d · 进行 %(b)d", a=state.queued, b=state.running),
            _("最早一件已等 %(span)s；", span=waited) * bool(waited) + _("一天内失败 %(n)d 件", n=state.failed),
            "warn" if state.failed or (waited and not alive and settings.redis_url) else "",
        ),
        Fact(
            _("任务进程"),
            str(alive) if alive is not None else _("未知"),
            idle if alive is None else _("没有进程在取任务，排队的不会前进") if not alive else _("在取任务"),
            "danger" if alive == 0 else "",
        ),
    ]


def _proof_facts(state: SystemState) -> list[Fact]:
    ago = duration(now() - state.verified_at) if state.verified_at else ""
    counts = {"a": state.sealed, "b": state.unverified, "c": state.mismatches}
    return [
        Fact(
            _("证据校验"),
            _("%(span)s前", span=ago) if ago else _("从未"),
            _("已封存 %(a)d 件，%(b)d 件从未校验，%(c)d 件不符", **counts),
            "danger" if state.mismatches else "",
        ),
        *_stamp_facts(state),
        _log_fact(),
        Fact(
            _("操作日志"),
            many("%(num)d 条日志", state.audit_events),
            _("链头 %(hash)s…", hash=state.audit_head[:16]),
        ),
        _check_fact(state),
    ]


def _stamp_facts(state: SystemState) -> list[Fact]:
    """The alarm of seals that wait too long for a time stamp; without an authority the list of parts says so."""
    if not state.unstamped or not house().settings.stampers:
        return []
    seen = many("%(num)d 件时间戳不足", state.unstamped)
    return [Fact(_("时间戳"), seen, _("封存超过 15 分钟仍未取得；机构恢复应答后自动补盖"), "danger")]


def _check_fact(state: SystemState) -> Fact:
    checked = state.checked
    if checked is None:
        return Fact(_("日志校验"), _("从未"), _("在审计台校验"))
    said = many("%(span)s前，校验 %(num)d 条", checked.events, span=duration(now() - checked.at))
    return Fact(_("日志校验"), _("不完整") if checked.faults else _("完整"), said, "danger" if checked.faults else "")


def _log_fact() -> Fact:
    try:
        head = house().store.head()
    except (EvidenceError, OSError):
        return Fact(_("存证日志"), _("未知"), _("读不出签名的日志头，见上表“存证日志”"), "danger")
    return Fact(_("存证日志"), many("%(num)d 条日志", head.size), _("检查点 根 %(root)s…", root=head.root.hex()[:16]))
