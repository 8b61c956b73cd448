"""Who acts in a unit of work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        user_id: the user's key, or a job's name for ``kind="system"``.
        display: the name shown.
        roles: desk and system role codes.
        kind: user, token (an API token: never counts as a person for four eyes) or system.
        ip: address, for the audit detail.
        desk_id: the desk new rows belong to.
        request_id: ties audit events of one request together.
    """

    user_id: str
    display: str
    roles: frozenset[str]
    kind: str = "user"
    ip: str | None = None
    desk_id: str | None = None
    request_id: str | None = None

    @property
    def person(self) -> str | None:
        """The acting person for four eyes; None for a machine."""
        return self.user_id if self.kind == "user" else None


def system_actor(name: str, *, desk_id: str | None = None) -> Actor:
    """Return the actor of a background job called ``name``."""
    return Actor(name, name, frozenset({"system"}), kind="system", desk_id=desk_id)
