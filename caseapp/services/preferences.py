"""What a person sets for themselves."""

from __future__ import annotations

from typing import Final

from caseapp.domain.errors import InvalidInputError
from caseapp.domain.events import Event
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import User
from caseapp.services.work import Work

LOCALES: Final = {"zh": "zh_Hans_CN", "en": "en"}


def set_own_language(work: Work, language: str) -> None:
    """Store the language the person reads: zh or en.

    Raises:
        InvalidInputError: another language.
    """
    work.require(Permission.SELF_EDIT)
    if language not in LOCALES:
        raise InvalidInputError(
            field=Label("语言", "Language"), problem=Label("只有中文和英文。", "Chinese or English only.")
        )
    work.change(work.session.get_one(User, work.actor.user_id), Event.USER_CHANGED, locale=LOCALES[language])


def own_language(work: Work) -> str:
    """Return the stored language: zh or en."""
    user = work.session.get_one(User, work.actor.user_id)
    return "en" if user.locale.startswith("en") else "zh"
