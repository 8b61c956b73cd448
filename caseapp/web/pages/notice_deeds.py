"""The acts on a notice as a table: what is asked, what will happen, which use case does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from caseapp.domain import workflow
from caseapp.domain.errors import InvalidInputError, NotFoundError
from caseapp.domain.labels import Label
from caseapp.models import Case, CounterNotice, DocumentVersion, Notice, NoticeItem
from caseapp.services import conduct, notice_steps
from caseapp.services.dispatches import submit_notice
from caseapp.services.documents import submit_document
from caseapp.services.notice_drafts import redraft_notice
from caseapp.services.notices import authorise_notice
from caseapp.services.work import Work
from caseapp.web.forms import Form
from caseapp.web.i18n import N_, _, many
from caseapp.web.pages import notice_forms as asked


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person sent with an act: the form, the addresses ticked, the proof registered with it."""

    form: Any
    items: list[NoticeItem]
    proof: str | None = None

    @property
    def words(self) -> str:
        """What was typed."""
        return str(self.form.words.data or "") if hasattr(self.form, "words") else ""

    @property
    def at(self) -> Any:
        """When it happened, if that was typed."""
        return self.form.at.data if hasattr(self.form, "at") else None


Deed = Callable[[Work, Notice, Sent], str]


@dataclass(frozen=True, slots=True)
class Act:
    """One act.

    Attributes:
        does: what will happen, said before it does.
        form: what is asked.
        run: the use case; returns what to say when it is done.
        proof: words for the proof to upload; none is asked when empty.
        title: what the registered proof is called, in the language of the record.
        proof_needed: it cannot be done without one.
        items: outcomes of the addresses offered to be ticked; none are when empty.
    """

    does: str
    form: type[Form]
    run: Deed
    proof: str = ""
    title: str = "平台答复"
    proof_needed: bool = False
    items: tuple[str, ...] = ()


def _redraft(work: Work, notice: Notice, _sent: Sent) -> str:
    version = redraft_notice(work, work.get(Case, notice.case_id), notice)
    return _("已按现在的事实重拟，为第 %(n)d 稿。", n=version.n)


def _review(work: Work, notice: Notice, _sent: Sent) -> str:
    submit_document(work, work.get(DocumentVersion, str(notice.document_version_id)))
    return _("通知书已送审。")


def _authorise(work: Work, notice: Notice, _sent: Sent) -> str:
    authorise_notice(work, notice)
    return _("已批准，可以提交平台。")


def _submit(work: Work, notice: Notice, sent: Sent) -> str:
    form = sent.form
    submit_notice(
        work, notice, channel=form.channel.data, recipient=form.recipient.data, address=form.address.data or None
    )
    return _("已标记提交。取得回执后登记，到达之时起算。")


def _receipt(work: Work, notice: Notice, sent: Sent) -> str:
    notice_steps.take_receipt(work, notice, sent.form.receipt_no.data, at=sent.at, evidence_id=sent.proof)
    return _("回执已登记并封存，时钟起算。")


def _measure(work: Work, notice: Notice, sent: Sent) -> str:
    kind = sent.form.measure.data
    whole = len(sent.items) == len(conduct.items_of(work, notice))
    measure = ("full" if whole else "partial") if kind == "removed" else kind
    conduct.record_measure(
        work, notice, measure, words=sent.words, evidence_id=sent.proof, items=sent.items, at=sent.at
    )
    return many("已登记 %(num)d 条网址的处置。复查证实后才算下架。", len(sent.items))


def _refuse(work: Work, notice: Notice, sent: Sent) -> str:
    pending = [item for item in conduct.items_of(work, notice) if item.outcome == "pending"]
    facts: dict[str, Any] = {"words": sent.words, "evidence_id": sent.proof, "at": sent.at}
    if {item.id for item in sent.items} >= {item.id for item in pending} and notice.status in _REFUSABLE:
        conduct.record_refusal(work, notice, **facts)
    else:
        conduct.record_item_refusal(work, notice, sent.items, **facts)
    return many("已登记 %(num)d 条网址被拒绝。", len(sent.items))


_REFUSABLE: Final = frozenset(
    state for step in workflow.NOTICE.transitions if step.action == "refuse" for state in step.sources
)


def _overdue(work: Work, notice: Notice, _sent: Sent) -> str:
    conduct.mark_overdue(work, notice)
    return _("已登记逾期。")


def _recheck(work: Work, notice: Notice, sent: Sent) -> str:
    return many("已发起 %(num)d 条复查，关闭页面不影响。", notice_steps.recheck(work, notice, sent.items or None))


def _conclude(work: Work, notice: Notice, _sent: Sent) -> str:
    if conduct.conclude_checks(work, notice):
        return _("全部网址核实下架，进入复查期。")
    return _("已按取证核对。仍有网址未核实下架。")


def _counter(work: Work, notice: Notice, sent: Sent) -> str:
    form = sent.form
    if len(sent.items) != 1:
        problem = Label("须选一条网址。", "choose one address.")
        raise InvalidInputError(field=Label("不侵权声明", "counter-notice"), problem=problem)
    notice_steps.receive_counter_notice(
        work,
        notice,
        sent.items[0],
        received_at=form.received_at.data,
        forwarded_by=form.forwarded_by.data,
        claimant=form.claimant.data,
        grounds=form.grounds.data,
        evidence_id=sent.proof,
    )
    return _("不侵权声明已登记，合理期限起算。")


def _escalate(work: Work, notice: Notice, sent: Sent) -> str:
    notice_steps.escalate_notice(work, notice, sent.form.way.data, reason=sent.words)
    return _("已登记升级。下一份文书见“下一步”。")


def _step(action: str) -> Deed:
    def run(work: Work, notice: Notice, sent: Sent) -> str:
        notice_steps.take_step(work, notice, action, words=sent.words, at=sent.at, evidence_id=sent.proof)
        return _("已登记。")

    return run


_ANSWER: Final = N_("平台答复")
ACTS: Final[Mapping[str, Act]] = {
    "redraft": Act(N_("按案内现在登记的事实重新生成通知书，成为下一稿；上一稿的审批不再算数。"), asked.Plain, _redraft),
    "review": Act(N_("送交审批。批准绑定到这一稿的字节，之后改动须另起一稿。"), asked.Plain, _review),
    "authorise": Act(
        N_("批准后即可提交平台，逐条网址再核对一次；不能由准备人办理，不能撤销。"), asked.Plain, _authorise
    ),
    "submit": Act(
        N_("把获批的 PDF 原样送出，并记下渠道和收件方。不能撤销；有误时须撤回通知。"), asked.Submitted, _submit
    ),
    "receipt": Act(
        N_("回执封存为到达凭证，平台收到之时起算期限。"), asked.Receipt, _receipt, N_("回执截图或 PDF"),
        title="平台回执", proof_needed=True,
    ),
    "measure": Act(
        N_("记下平台称采取的措施。取证证实前，不算核实下架。"), asked.Measured, _measure, _ANSWER,
        items=("pending", "refused", "labelled", "limited"),
    ),
    "refuse": Act(N_("记下平台的拒绝和原话。"), asked.Answer, _refuse, _ANSWER, items=("pending",)),
    "more": Act(N_("记下平台要求补正的内容。"), asked.Answer, _step("ask_more"), _ANSWER),
    "forward": Act(N_("记下平台已把通知转送用户。"), asked.Answer, _step("forward"), _ANSWER),
    "overdue": Act(N_("平台期限已过而未处理，记为逾期，之后可以升级。"), asked.Plain, _overdue),
    "recheck": Act(
        N_("对勾选的网址各发起一次取证；不勾选即全部。"), asked.Plain, _recheck,
        items=("pending", "removed", "labelled", "limited", "refused", "verified_down", "restored", "relapsed"),
    ),
    "conclude": Act(
        N_("按已有取证核对：两次不同会话都不可见的记为核实下架，又出现的记为复燃。"), asked.Plain, _conclude
    ),
    "counter": Act(
        N_("登记后合理期限起算，由两人决定起诉、投诉或接受。"), asked.Countered, _counter, N_("声明原件"),
        title="不侵权声明", items=("pending", "removed", "labelled", "limited", "refused", "verified_down"),
    ),
    "escalate": Act(N_("记下升级方式和理由，并给出下一份文书。"), asked.Escalated, _escalate),
    "sue": Act(N_("记下已经起诉。"), asked.Reason, _step("sue"), N_("立案材料"), title="立案材料"),
    "complain": Act(N_("记下已向主管部门投诉举报。"), asked.Reason, _step("complain"), N_("受理材料"), "受理材料"),
    "lapse": Act(N_("合理期限已过而未起诉、未投诉；平台可以恢复内容。"), asked.Note, _step("lapse")),
    "restore": Act(N_("记下平台恢复了内容。"), asked.Note, _step("restore"), _ANSWER),
    "label": Act(N_("以取证为据，记下争议标签确已加上。"), asked.Note, _step("verify_label")),
    "resolve": Act(N_("结束这件通知。之后不再复查。"), asked.Note, _step("resolve")),
    "invalidate": Act(
        N_("认定通知有误；错误通知造成损失的须承担责任，下一步须撤回。"), asked.Reason, _step("invalidate")
    ),
    "withdraw": Act(N_("撤回通知，未处置的网址一并撤回；平台可以恢复已处置的内容。"), asked.Reason, _step("withdraw")),
    "moot": Act(N_("提交前内容已不可见，本通知不再提交。"), asked.Reason, _step("moot")),
}  # fmt: skip


def counter_notice_of(work: Work, notice: Notice, key: str) -> CounterNotice:
    """Return a counter-notice of this very notice.

    Raises:
        NotFoundError.
    """
    row = work.get(CounterNotice, key)
    if row.notice_id != notice.id:
        raise NotFoundError(kind=workflow.COUNTER_NOTICE.label)
    return row
