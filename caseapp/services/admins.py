"""The one rule that keeps an installation from locking everybody out: somebody always manages users."""

from __future__ import annotations

from sqlalchemy import select

from caseapp.domain.errors import WorkflowRefusedError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Role
from caseapp.models import User
from caseapp.services.work import Work


class LastAdminError(WorkflowRefusedError):
    """The last administrator would be gone."""

    code = "last-admin"
    text = Label(
        "这是最后一名在用的管理员。请先让另一人担任管理员，再作这项变更；没有任何改动。",
        "This is the last active administrator. Make somebody else one first; nothing was changed.",
    )


def keep_an_admin(work: Work, leaving: User) -> None:
    """Refuse to lose the last active administrator (the example's do not count: they leave with it).

    Raises:
        LastAdminError: nobody else is one.
    """
    if Role.ADMIN not in leaving.roles or not leaving.active:
        return
    others = select(User.roles).where(User.active, User.id != leaving.id, User.sample == leaving.sample)
    if not any(Role.ADMIN in roles for roles in work.session.scalars(others)):
        raise LastAdminError
