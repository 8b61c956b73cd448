"""来往: letters, mails, calls and meetings of a case, with what came along as sealed evidence."""

from __future__ import annotations

from collections.abc import Sequence

from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import DIRECTION, LETTER_CHANNEL
from caseapp.services.correspondence import BODY, LINE
from caseapp.services.queries import CaseHead
from caseapp.services.queries.granted import granted_in
from caseapp.services.queries.matter import LetterLine, letters_of
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.filters import now
from caseapp.web.forms import Form, choice, moment, text, tick
from caseapp.web.i18n import N_
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.marks import say


class Letter(Form):
    """A letter as it came or went."""

    direction = choice(N_("方向"), lambda: [(key, say(DIRECTION[key])) for key in DIRECTION], required=True)
    channel = choice(N_("方式"), lambda: [(key, say(LETTER_CHANNEL[key])) for key in LETTER_CHANNEL], required=True)
    party = text(N_("对方"), limit=LINE, required=True)
    at = moment(N_("时间"), required=True)
    subject = text(N_("事由"), limit=LINE, required=True)
    body = text(N_("内容"), limit=BODY, area=True)
    privileged = tick(N_("保密通信：与律师之间，只有有权的成员能看"))


def _direction(key: str) -> str:
    return wording.word("direction", key)


def _channel(key: str) -> str:
    return wording.word("letter_channel", key)


COLUMNS: tuple[Column[LetterLine], ...] = (
    Column("at", N_("时间"), lambda row: row.at),
    Column("direction", N_("方向"), lambda row: _direction(row.direction)),
    Column("channel", N_("方式"), lambda row: _channel(row.channel)),
    Column("party", N_("对方"), lambda row: row.party),
    Column("subject", N_("事由"), lambda row: row.subject),
    Column("body", N_("内容"), lambda row: row.body),
    Column("attached", N_("附件"), lambda row: " ".join(key.exhibit or key.number for key in row.attached)),
    Column("by", N_("登记人"), lambda row: row.by),
)
FILTERS: tuple[Filter[LetterLine], ...] = (
    Filter("direction", N_("方向"), lambda row: row.direction, _direction),
    Filter("channel", N_("方式"), lambda row: row.channel, _channel),
    Filter("party", N_("对方"), lambda row: row.party, str),
)


def letter_list(rows: Sequence[LetterLine]) -> Listing[LetterLine]:
    """Return the letters as the address filters and orders them."""
    return listing(rows, COLUMNS, FILTERS)


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the letters' tab of a case shows."""
    may = granted_in(work, head.id)
    return {
        "shown": letter_list(letters_of(work, head.id)),
        "form": Letter(data={"direction": "received", "at": now().replace(second=0, microsecond=0)}),
        "open": False,
        "may_add": Permission.CORRESPONDENCE_EDIT in may and head.status != "archived",
        "may_privileged": Permission.CASE_READ_PRIVILEGED in may,
    }
