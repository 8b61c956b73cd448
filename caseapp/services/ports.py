"""What use cases need from the world, as Protocols: the application wires the real ones in ``caseapp.bootstrap``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker


class QueuePort(Protocol):
    """Tells a worker that a job row waits; the row is the truth, the message a hint."""

    def push(self, job_id: str) -> None:
        """Announce the job; must not fail when the queue is away (the sweep announces again)."""


@dataclass(frozen=True, slots=True)
class EarlierCapture:
    """The capture a new visit of the same address is compared with (``capture.earlier.Earlier``).

    ``fields`` are the facts it read from the page; ``pictures`` open the tiles, top to bottom.
    """

    seal_id: str
    finished: str
    text: str
    fields: Sequence[Mapping[str, Any]] = ()
    pictures: Sequence[Callable[[], BinaryIO]] = ()


@dataclass(frozen=True, slots=True)
class CaptureOrder:
    """What to capture. ``output`` is an empty directory; ``operator`` and ``purpose`` go into the record.

    ``live`` is where the window is shown meanwhile, for those who wait; it is no part of the outcome.
    ``begun`` says what was stamped before the visit. ``login``: name and state of the login it carries.
    ``earlier`` is what the page is compared with.
    """

    url: str
    output: Path
    operator: str
    purpose: str
    live: Path | None = None
    begun: Mapping[str, Any] = field(default_factory=dict)
    login: tuple[str, bytes] | None = field(default=None, repr=False)
    earlier: EarlierCapture | None = field(default=None, repr=False)


Progress = Callable[[str, int, int], None]
"""Called with step name, steps done, steps in all."""


class CaptureOutcome(Protocol):
    """What came back: the shape of ``capture.CaptureResult`` that use cases read."""

    @property
    def state(self) -> str:
        """COMPLETE, PARTIAL or FAILED."""

    @property
    def outcome(self) -> str:
        """The classifier's word."""

    @property
    def words(self) -> str:
        """The platform's own words that decided the outcome."""

    @property
    def problem(self) -> tuple[str, str, str] | None:
        """Why the page could not be reached: code, Chinese, English, with what to do; None when it was reached."""

    @property
    def grade(self) -> str:
        """How well the origin is corroborated (vocabulary ``GRADE``); demo for any override of DNS or trust roots."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What a PARTIAL result lacks."""

    @property
    def files(self) -> Mapping[str, Path]:
        """Name under ``data/`` to file."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """The ``capture`` block of seal.json."""

    @property
    def host(self) -> Mapping[str, Any]:
        """The ``host`` block of seal.json."""

    @property
    def clock(self) -> Mapping[str, Any]:
        """The ``clock`` block of seal.json."""

    @property
    def steps(self) -> Sequence[Any]:
        """One record per step."""

    @property
    def title(self) -> str | None:
        """The page's title."""

    @property
    def text(self) -> str | None:
        """The page's visible text."""


class HandedInFile(Protocol):
    """What a file that a person took at their own side says of itself (``capture.handed_in.HandedIn``)."""

    @property
    def format(self) -> str:
        """png, jpeg, mp4, webm, mhtml, wacz or singlefile."""

    @property
    def kind(self) -> str:
        """The kind of evidence it is."""

    @property
    def media_type(self) -> str:
        """What to call it among files."""

    @property
    def url(self) -> str:
        """The address it says it shows; empty when it says none."""

    @property
    def where(self) -> str:
        """Where in the file that stands."""


class CapturePort(Protocol):
    """Runs one capture; no transaction is open meanwhile."""

    def check(self, url: str) -> None:
        """Refuse an address that may not be visited, before anything starts; raises a ``CaseError``."""

    def look_at(self, path: Path) -> HandedInFile | None:
        """Tell by its bytes what a handed-in file is; None when it is none of the formats taken."""

    def capture(self, order: CaptureOrder, *, progress: Progress | None = None) -> CaptureOutcome:
        """Capture a URL; raises the capture library's error for a request refused before the start."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something to send: the file's bytes, to whom, by which channel; ``key`` makes sending repeatable."""

    key: str
    channel: str
    recipient: str
    address: str | None
    subject: str
    attachments: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """Proof that something went out: when, the digest of what went, tracking, and where the copy lies."""

    at: datetime
    digest: str
    tracking: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class SenderPort(Protocol):
    """Sends an envelope; the same key twice sends once and returns the first proof."""

    def send(self, envelope: Envelope) -> Sent:
        """Send and return the proof."""


class LoginPort(Protocol):
    """Keeps logins encrypted (``caseapp.logins.LoginVault``)."""

    def hosts(self, name: str, data: bytes) -> tuple[str, ...]:
        """Read a login file and return the hosts it is good for; raises a ``CaseError``."""

    def seal(self, key: str, data: bytes) -> str:
        """Encrypt a login for the row of that id."""

    def open(self, key: str, sealed: str) -> bytes:
        """Decrypt the login of a row; raises a ``CaseError``."""


class Ports(Protocol):
    """The application as use cases see it (``caseapp.bootstrap.Application`` satisfies it).

    ``store`` and ``signer`` are ``evidence_store.EvidenceStore`` and ``Signer``; ``authorities`` the timestamp
    authorities. They are typed loosely here, for a use case names the type where it uses it.
    """

    @property
    def engine(self) -> Engine:
        """The database."""

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Session factory."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Aware UTC now."""

    @property
    def queue(self) -> QueuePort:
        """The job queue."""

    @property
    def captures_dir(self) -> Path:
        """Scratch folder of capture attempts that are not sealed yet."""

    @property
    def recheck_seconds(self) -> int:
        """Least seconds between the two checks that prove a removal."""

    @property
    def check_days(self) -> int:
        """Days within which every kept item's bytes are read again."""

    @property
    def host_pauses(self) -> Sequence[tuple[str, float]]:
        """Least seconds between two beginnings of captures at one host of a domain (``*``: of any)."""

    @property
    def capturer(self) -> CapturePort:
        """The capture engine."""

    @property
    def logins(self) -> LoginPort:
        """The logins' safe."""

    @property
    def outbox(self) -> SenderPort:
        """The sender."""

    @property
    def store(self) -> Any:
        """The evidence store."""

    @property
    def mend(self) -> Callable[[str], bool] | None:
        """Puts a damaged object of the store right from a second place; None without one."""

    @property
    def has_replica(self) -> bool:
        """Whether there is a second place."""

    def open_replica(self) -> Any:
        """Open the second place; an `EvidenceError` when it is away."""

    @property
    def signer(self) -> Any:
        """The sealing key."""

    @property
    def authorities(self) -> Sequence[Any]:
        """Timestamp authorities."""

    @property
    def chains(self) -> Sequence[Any]:
        """Chains whose receipts are attached to an item; they stamp nothing."""

    @property
    def start_stamps(self) -> bool:
        """Whether the authorities stamp before each visit too."""

    @property
    def least_stamps(self) -> int:
        """Authorities that must have stamped a seal before it is called stamped."""
