"""The second place of an installation's evidence: brought up to date, and how it stands, for health page and items.

How it stands is a small file in the data folder: it is about this machine's view and says nothing a court would ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from caseapp.config import Settings
from caseapp.statefile import load_state, save_state

STATE_FILE: Final = "replica.json"
BEHIND_AFTER: Final = timedelta(minutes=60)
"""A second place not brought up to date for so long is an alarm."""
COMPARE_EVERY: Final = timedelta(days=30)


@dataclass(frozen=True)
class ReplicaState:
    """What the last runs left.

    Attributes:
        url: the place; another one in the settings begins anew.
        up_to: beginning of the last run that ended well: everything kept before it is on the second place.
        tried: the last run at all.
        problem: why the last run did not end well.
        objects: objects there after the last good run.
        damaged: blobs that were not copied because their bytes are not those of their name.
        compared: the last time every byte of both places was read and compared.
        unlike: keys that comparison found missing, different or damaged.
    """

    url: str = ""
    up_to: str = ""
    tried: str = ""
    problem: str = ""
    objects: int = 0
    damaged: int = 0
    compared: str = ""
    unlike: int = 0

    @property
    def reached(self) -> datetime | None:
        """`up_to` as a moment."""
        return datetime.fromisoformat(self.up_to) if self.up_to else None

    def behind(self, now: datetime) -> bool:
        """Whether it is an alarm: late, or not whole."""
        late = self.reached is None or now - self.reached > BEHIND_AFTER
        return late or bool(self.damaged or self.unlike)


def read_state(settings: Settings) -> ReplicaState:
    """How the second place stands; a state of another place, or one that cannot be read, counts for nothing."""
    state = load_state(settings.data_dir / STATE_FILE, ReplicaState)
    return state if state and state.url == settings.replica_url else ReplicaState(url=settings.replica_url or "")


def bring_up_to_date(settings: Settings, *, watch: Callable[[Any], None] | None = None) -> ReplicaState:
    """Copy what the second place of the settings lacks, and write down how it went.

    Raises:
        EvidenceError: a place failed or is not ours; that is written down too.
    """
    from evidence_store import EvidenceError  # noqa: PLC0415  the health page needs the state alone
    from evidence_store.backends import open_backend  # noqa: PLC0415
    from evidence_store.replica import replicate  # noqa: PLC0415

    began, before = datetime.now(UTC).isoformat(), read_state(settings)
    try:
        source, target = open_backend(settings.evidence_url), open_backend(settings.replica_url or "")
        done = replicate(source, target, **({"watch": watch} if watch else {}))
    except EvidenceError as error:
        save_state(settings.data_dir / STATE_FILE, replace(before, tried=began, problem=error.code))
        raise
    now = replace(before, up_to=began, tried=began, problem="", objects=done.objects, damaged=len(done.damaged))
    save_state(settings.data_dir / STATE_FILE, now)
    return now


def compare_all(settings: Settings) -> Any:
    """Read every byte of both places and compare; what was found is written down, and returned."""
    from evidence_store.backends import open_backend  # noqa: PLC0415
    from evidence_store.replica import changes, compare  # noqa: PLC0415

    found = compare(open_backend(settings.evidence_url), open_backend(settings.replica_url or ""))
    # What the last copy has not reached yet is late, not wrong; so is a head that went on meanwhile.
    unlike = sum(not changes(key) for key in found.different) + len(found.damaged) + len(found.only_there)
    save_state(
        settings.data_dir / STATE_FILE,
        replace(read_state(settings), compared=datetime.now(UTC).isoformat(), unlike=unlike),
    )
    return found


def next_compare_due(state: ReplicaState, now: datetime) -> bool:
    """Whether the thirty days are over, or the day while something is wrong: it may have been put right."""
    every = timedelta(days=1) if state.unlike else COMPARE_EVERY
    return not state.compared or now - datetime.fromisoformat(state.compared) > every
