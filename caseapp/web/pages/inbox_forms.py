"""The forms of the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT
from caseapp.models import Incident
from caseapp.services.intake import MOST_BYTES
from caseapp.web.forms import Form, choice, text
from caseapp.web.i18n import N_
from caseapp.web.pages.incident_forms import NewIncident
from caseapp.web.unit import key_of
from caseapp.web.wording import word

__all__ = ["DRAFT", "KEYS", "REASON", "Judge", "NewIncident", "barred", "paste_form"]

DRAFT = "inbox:paste"
REASON = 2000
KEYS = tuple(enumerate(POST_VERDICT.keys, 1))
"""The seven judgements with the digit that chooses them."""

Sent = MultiDict[str, str] | None


def paste_form(incidents: Sequence[Incident], sent: Sent = None, **known: Any) -> Form:
    """Return the box for addresses, with the incidents they may be joined to."""
    listed = [(key_of(row.no, sample=row.sample), f"{row.no} {row.title[:60]}") for row in incidents]

    class Paste(Form):
        urls = text(N_("网址，一行一个"), limit=MOST_BYTES, required=True, area=True)
        incident = choice(N_("归入事件（可不选）"), lambda: listed)

    return Paste(sent, data=known)


class Judge(Form):
    """A judgement with its reason; leaving 真实投诉 or 正当监督 also names new evidence."""

    verdict = choice(N_("定性"), lambda: [(key, word("post_verdict", key)) for key in POST_VERDICT], required=True)
    reason = text(N_("理由（写入记录）"), limit=REASON, required=True, area=True)


def barred(verdict: str | None) -> bool:
    """Whether a judgement keeps a post out of every notice."""
    return verdict in BARRED_VERDICTS
