"""What can be recorded of a document that left: the forms, and the one use case behind each act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from caseapp.domain.vocabulary import CHANNEL
from caseapp.domain.workflow import DISPATCH, DOCUMENT_VERSION
from caseapp.models import Dispatch, DocumentVersion
from caseapp.services import publications
from caseapp.services.dispatches import record_arrival, retry_dispatch
from caseapp.services.work import Work
from caseapp.web.forms import Form, choice, moment, text
from caseapp.web.i18n import N_
from caseapp.web.marks import say

LINE: Final = 300
WORDS: Final = 2000
CHANNELS: Final = ("email", "post", "hand", "court", "web_form", "outbox")


class Sent(Form):
    """How a document leaves and to whom."""

    channel = choice(N_("方式"), lambda: [(key, say(CHANNEL[key])) for key in CHANNELS], required=True)
    recipient = text(N_("收件方"), limit=LINE, required=True)
    address = text(N_("地址或邮箱"), limit=LINE)


class Arrived(Form):
    """What shows that it arrived."""

    words = text(N_("到达凭证的说明"), limit=WORDS, required=True, area=True)


class Reason(Form):
    """A step with its reason."""

    words = text(N_("理由"), limit=WORDS, required=True, area=True)


class Planned(Form):
    """Where a statement will be published."""

    channel = text(N_("发布渠道"), limit=LINE, required=True)
    account = text(N_("官方账号"), limit=LINE)
    at = moment(N_("计划时间"))


class Published(Form):
    """Where it stands."""

    url = text(N_("发布网址"), limit=WORDS, required=True)


class Plain(Form):
    """A step that needs nothing typed."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act on what left: what is asked, whether a proof may come with it, what is said when it is done."""

    form: type[Form]
    run: Callable[[Work, Any, Any, str | None], object]
    done: str
    verb: str
    proof: bool = False


def _bounce(work: Work, row: Dispatch, form: Any, _proof: str | None) -> None:
    work.transition(DISPATCH, row, "bounce", reason=str(form.words.data))
    version = work.session.get_one(DocumentVersion, row.version_id)
    if version.status == "dispatched":
        work.transition(DOCUMENT_VERSION, version, "bounce", reason=str(form.words.data))


SENDINGS: Final[Mapping[str, Act]] = {
    "arrive": Act(
        Arrived,
        lambda work, row, form, proof: record_arrival(work, row, note=str(form.words.data), evidence_id=proof),
        N_("送达已登记，凭证已封存。"),
        N_("登记送达"),
        proof=True,
    ),
    "bounce": Act(Reason, _bounce, N_("已登记被退回；可以改稿或改址重发。"), N_("登记退回")),
    "retry": Act(Plain, lambda work, row, _form, _proof: retry_dispatch(work, row), N_("已重新排队发出。"), N_("重发")),
}
PUBLISHINGS: Final[Mapping[str, Act]] = {
    "publish": Act(
        Published,
        lambda work, row, form, _proof: publications.publish(work, row, str(form.url.data)),
        N_("已登记发布，正在自行取证。"),
        N_("登记发布"),
    ),
    "capture": Act(
        Plain,
        lambda work, row, _form, _proof: publications.record_own_capture(work, row),
        N_("自行取证已登记。"),
        N_("登记自行取证"),
    ),
    "correct": Act(
        Reason,
        lambda work, row, form, _proof: publications.correct_publication(work, row, reason=str(form.words.data)),
        N_("更正已登记。"),
        N_("更正"),
    ),
    "retract": Act(
        Reason,
        lambda work, row, form, _proof: publications.retract_publication(work, row, reason=str(form.words.data)),
        N_("已登记撤下。"),
        N_("撤下"),
    ),
}
