"""The forms of incidents."""

from __future__ import annotations

from caseapp.domain.vocabulary import CLAIM_KIND, CLAIM_VERDICT, SEVERITY, SIX_TYPE
from caseapp.web.forms import Form, choice, moment, text, tick
from caseapp.web.i18n import N_
from caseapp.web.wording import word

TITLE, SUMMARY, QUOTE, WORDS = 300, 4000, 4000, 2000


class NewIncident(Form):
    """An incident in three fields, one of which must be filled."""

    title = text(N_("事件名称"), limit=TITLE, required=True)
    severity = choice(N_("等级"), lambda: [(key, word("severity", key)) for key in SEVERITY])
    detected_at = moment(N_("发现时间（北京时间，不填即现在）"))


class EditIncident(Form):
    """What an incident is called and how it is classed."""

    title = text(N_("事件名称"), limit=TITLE, required=True)
    severity = choice(N_("等级"), lambda: [(key, word("severity", key)) for key in SEVERITY])
    six_type = choice(N_("涉企六类"), lambda: [(key, word("six_type", key)) for key in SIX_TYPE])
    summary = text(N_("概要"), limit=SUMMARY, area=True)


class AddClaim(Form):
    """One sentence of the rumor beside a neutral restatement."""

    quote = text(N_("谣言原句"), limit=QUOTE, required=True, area=True)
    neutral = text(N_("中性转述"), limit=WORDS, required=True, area=True)
    kind = choice(N_("主张性质"), lambda: [(key, word("claim_kind", key)) for key in CLAIM_KIND], required=True)
    subject = text(N_("所指的单位、产品或人"), limit=TITLE)


class Counter(Form):
    """An evidence item against a claim, or for it."""

    evidence = text(N_("证据编号"), limit=40, required=True)
    proves = text(N_("它证明什么"), limit=WORDS)
    supports = tick(N_("这件证据支持该说法（不是反证）"))


class Verdict(Form):
    """Whether a claim is true, under one's own name and with the reason."""

    verdict = choice(
        N_("主张认定"), lambda: [(key, word("claim_verdict", key)) for key in CLAIM_VERDICT], required=True
    )
    rationale = text(N_("认定理由"), limit=SUMMARY, required=True, area=True)


class Reason(Form):
    """A step that asks for its reason."""

    words = text(N_("理由（写入记录）"), limit=WORDS, required=True, area=True)


class Evaluation(Form):
    """The end of an incident: what came of it."""

    words = text(N_("处置评估：做了什么、效果如何、还要注意什么"), limit=SUMMARY, required=True, area=True)


class Responded(Form):
    """When the first public answer was given."""

    at = moment(N_("首次响应时间（北京时间，不填即现在）"))
