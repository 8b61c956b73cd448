"""What a person fills in about a notice."""

from __future__ import annotations

from typing import Final

from caseapp.domain.vocabulary import CHANNEL, ESCALATION
from caseapp.web.forms import Form, choice, day, moment, text
from caseapp.web.i18n import N_, _
from caseapp.web.marks import say

WORDS_LENGTH: Final = 2000
LINE_LENGTH: Final = 300
CHANNELS: Final = ("web_form", "email", "post", "hand", "outbox")
WHEN: Final = N_("平台处理时间")
PLATFORM_WORDS: Final = N_("平台原话")


def _channels() -> list[tuple[str, str]]:
    return [(key, say(CHANNEL[key])) for key in CHANNELS]


def _ways() -> list[tuple[str, str]]:
    return [(key, say(label)) for key, label in ESCALATION.words.items()]


def _measures() -> list[tuple[str, str]]:
    labels = {"removed": N_("删除、屏蔽或断开链接"), "label": N_("加争议标签"), "limited": N_("限制传播")}
    return [(key, _(word)) for key, word in labels.items()]


class Plain(Form):
    """A step that needs nothing typed."""


class Submitted(Form):
    """How the notice went to the platform."""

    channel = choice(N_("提交渠道"), _channels, required=True)
    recipient = text(N_("收件方"), limit=LINE_LENGTH, required=True)
    address = text(N_("入口或地址"), limit=LINE_LENGTH)


class Receipt(Form):
    """The platform's receipt: from its arrival time runs."""

    receipt_no = text(N_("回执号"), limit=LINE_LENGTH, required=True)
    at = moment(N_("平台收到时间"), required=True)


class Answer(Form):
    """Something the platform said, in its own words."""

    words = text(PLATFORM_WORDS, limit=WORDS_LENGTH, required=True, area=True)
    at = moment(WHEN)


class Measured(Form):
    """What the platform did, to which addresses."""

    measure = choice(N_("处置"), _measures, required=True)
    words = text(PLATFORM_WORDS, limit=WORDS_LENGTH, required=True, area=True)
    at = moment(WHEN)


class Reason(Form):
    """A step with its reason."""

    words = text(N_("理由"), limit=WORDS_LENGTH, required=True, area=True)


class Note(Form):
    """A step with a note, if there is one."""

    words = text(N_("说明"), limit=WORDS_LENGTH, area=True)


class Escalated(Form):
    """Which paper comes next, and why."""

    way = choice(N_("升级方式"), _ways, required=True)
    words = text(N_("理由"), limit=WORDS_LENGTH, required=True, area=True)


class Countered(Form):
    """A user's declaration of non-infringement, as the platform forwarded it."""

    received_at = moment(N_("收到时间"), required=True)
    forwarded_by = text(N_("转送方"), limit=LINE_LENGTH)
    claimant = text(N_("声明人"), limit=LINE_LENGTH)
    grounds = text(N_("声明的理由"), limit=WORDS_LENGTH, area=True)


class Decided(Form):
    """The second person's decision."""

    words = text(N_("决定的理由"), limit=WORDS_LENGTH, required=True, area=True)


class PaperForm(Form):
    """What no row knows of the paper."""

    issued_on = day(N_("出具日期"), required=True)
    title = text(N_("代理人职务"), limit=100)
    authority = text(N_("代理权限"), limit=WORDS_LENGTH, area=True)
    valid_from = day(N_("授权起始日"))
    valid_until = day(N_("授权截止日"))
