"""The forms of the inbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT
from caseapp.models import Incident
from caseapp.services.carrying import cases_to_carry_for, usable_logins
from caseapp.services.intake import MOST_BYTES
from caseapp.services.work import Work
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_, _
from caseapp.web.pages.incident_forms import NewIncident
from caseapp.web.unit import key_of
from caseapp.web.wording import word

__all__ = ["DRAFT", "KEYS", "REASON", "Judge", "NewIncident", "barred", "logins_offered", "paste_form"]

DRAFT = "inbox:paste"
REASON = 2000
KEYS = tuple(enumerate(POST_VERDICT.keys, 1))
"""The seven judgements with the digit that chooses them."""

Sent = MultiDict[str, str] | None


@dataclass(frozen=True, slots=True)
class Offered:
    """The logins a person can choose and the cases they can be used for, as choices of a form."""

    logins: Sequence[tuple[str, str]]
    cases: Sequence[tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.logins and self.cases)


NOTHING = Offered((), ())


def logins_offered(work: Work, url: str = "", own: Collection[str] = ()) -> Offered:
    """Return what can be chosen, for an address if one is given; cases of ``own`` come first."""
    rows = usable_logins(work, url)
    known = cases_to_carry_for(work) if rows else []
    known.sort(key=lambda case: case[0] not in own)
    unassessed = _("（尚无影响评估）")
    cases = [(key, f"{no} {title[:40]}" + ("" if done else unassessed)) for key, no, title, done in known]
    return Offered([(row.id, f"{row.name} · {row.hosts}") for row in rows], cases)


def paste_form(incidents: Sequence[Incident], sent: Sent = None, offered: Offered = NOTHING, **known: Any) -> Form:
    """Return the box for addresses, with the incidents they may be joined to and the logins they may carry."""
    listed = [(key_of(row.no, sample=row.sample), f"{row.no} {row.title[:60]}") for row in incidents]

    class Paste(Form):
        urls = text(N_("网址，一行一个"), limit=MOST_BYTES, required=True, area=True)
        incident = choice(N_("归入事件（可不选）"), lambda: listed)

    class Carrying(Paste):
        login = choice(N_("登录身份（可不选）"), lambda: list(offered.logins))
        home = choice(N_("为哪个案件带登录身份"), lambda: list(offered.cases))

    return (Carrying if offered else Paste)(sent, data=known)


class Judge(Form):
    """A judgement with its reason; leaving 真实投诉 or 正当监督 also names new evidence."""

    verdict = choice(N_("定性"), lambda: [(key, word("post_verdict", key)) for key in POST_VERDICT], required=True)
    reason = text(N_("理由（写入记录）"), limit=REASON, required=True, area=True)


def barred(verdict: str | None) -> bool:
    """Whether a judgement keeps a post out of every notice."""
    return verdict in BARRED_VERDICTS
