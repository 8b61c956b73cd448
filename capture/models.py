"""What goes into a capture and what comes out: frozen dataclasses, no behaviour.

Units are in the names: `_px` are CSS pixels, `_ms` milliseconds, `_bytes` octets, `seconds` seconds.
Times are aware UTC datetimes; in the JSON files they are RFC 3339 text ending in "Z".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from capture.login import Login

MIB = 1024 * 1024

State = Literal["COMPLETE", "PARTIAL", "FAILED"]
StepState = Literal["done", "failed", "skipped"]

OutcomeKind = Literal[
    "live",
    "changed",
    "login_wall",
    "captcha",
    "rate_limited",
    "removed_by_author",
    "removed_by_platform",
    "removed",
    "restricted",
    "geo_blocked",
    "file",
    "error",
    "tls_failure",
]

# Ask several independent clocks; the National Time Service Center first.
NTP_SERVERS = ("ntp.ntsc.ac.cn", "ntp.aliyun.com", "time.cloudflare.com", "pool.ntp.org")

# Public resolvers of three operators, to compare with what this machine's own resolver says.
RESOLVERS = ("223.5.5.5", "119.29.29.29", "1.1.1.1")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Limits:
    """How far a capture goes; every limit that is hit is written into the record.

    Attributes:
        body_bytes: Longest single response body kept.
        total_bytes: All bodies of one capture together.
        connections: Most upstream connections of one capture.
        seconds: The whole capture from start to end.
        navigation_ms: Waiting for the page's load event.
        idle_ms: Waiting for the network to fall quiet.
        scroll_px: Farthest stepped scrolling goes down.
        scroll_ms: Longest stepped scrolling lasts.
        image_px: Tallest part of the page that is photographed; the rest is "cut at N px".
    """

    body_bytes: int = 50 * MIB
    total_bytes: int = 500 * MIB
    connections: int = 256
    seconds: int = 120
    navigation_ms: int = 30_000
    idle_ms: int = 5_000
    scroll_px: int = 200_000
    scroll_ms: int = 20_000
    image_px: int = 200_000


@dataclass(frozen=True)
class LeafKey:
    """The key pair the relay shows to the browser.

    Chromium learns its pin once, at launch, so a browser that serves several captures hands the same key to
    each of their relays: `Relay(policy, spool, leaf_key=…)`. A relay given none makes its own.

    Attributes:
        pem: Unencrypted PKCS#8 PEM of an EC P-256 private key; lives in memory only.
        spki_pin: Base64 of the SHA-256 of the public key's SubjectPublicKeyInfo (RFC 7469 §2.4).
    """

    pem: bytes = field(repr=False)
    spki_pin: str


@dataclass(frozen=True)
class Witness:
    """A witness relay on another machine (`capture.witness_relay`).

    Attributes:
        address: "host:port".
        token: What it wants to be shown.
        key: Its verifier key (`capture.signed_note.VerifierKey` as text).
        third_party: Whether it is run by somebody who is not ours: 见证 instead of 双源印证.
    """

    address: str
    token: str = field(repr=False)
    key: str
    third_party: bool = False


@dataclass(frozen=True)
class CaptureRequest:
    """One address to capture and the conditions.

    Attributes:
        url: Absolute http or https address.
        output: Folder for the artifacts; created, must be empty.
        allow_hosts: Non-global targets that may be visited all the same, each "host:port".
        resolve: Resolver table host → (ip, port) that stands in for DNS; recorded as an override, grade 演示.
        extra_roots: PEM files with trust roots beside the system's (附加信任根); recorded.
        viewport: Width and height of the window in CSS pixels.
        scale: Device pixels per CSS pixel.
        locale: Browser language.
        timezone: Browser time zone, IANA name.
        limits: How far to go.
        operator: Who asked, for the record.
        purpose: Why, for the record (EVIDENCE, VERIFY_TAKEDOWN, …).
        image: Digest of the container image this runs in, as whoever runs it says; "" when nobody does.
        login: The firm's own login that the visits carry (`capture.login.Login`); None visits logged out.
        begun: What was stamped before the visit, as it stands in the seal: `state`, `at`, `statement_sha256`,
            `stamped_by`, `silent` (`evidence_store.Beginning.facts`); empty when nothing was.
        ntp_servers: Clocks asked before and after, "host" or "host:port"; empty skips the check and says so.
        resolvers: Name servers asked beside the system's, "address" or "address:port"; empty skips and says so.
        second_pass: Visit once more without decryption and compare, which raises the grade from 自证 to 复核.
        video: Film the visit, as video.webm beside the raw frames.
        witness: Where the second visit's tunnels go through; None goes straight.
        live: File that shows the window while the capture runs, for those who wait; never evidence. None: no picture.
        earlier: An earlier capture of the address to compare with (`capture.earlier.Earlier`); None: there is none.
        adapters: Platform adapters tried before the built-in ones (`capture.adapters.base.Adapter`).
    """

    url: str
    output: Path
    allow_hosts: frozenset[str] = frozenset()
    resolve: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    extra_roots: tuple[Path, ...] = ()
    viewport: tuple[int, int] = (1280, 800)
    scale: int = 1
    locale: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    limits: Limits = Limits()
    operator: str = ""
    purpose: str = "EVIDENCE"
    image: str = ""
    login: Login | None = None
    begun: Mapping[str, Any] = field(default_factory=dict)
    ntp_servers: tuple[str, ...] = NTP_SERVERS
    resolvers: tuple[str, ...] = ()
    second_pass: bool = False
    video: bool = False
    witness: Witness | None = None
    live: Path | None = None
    earlier: Any = None
    adapters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What the page turned out to be.

    Attributes:
        kind: One of `OutcomeKind`.
        words: The platform's own words that decided it, verbatim; empty for `live`.
        rule: Which rule of `capture.outcome` decided.
    """

    kind: OutcomeKind
    words: str = ""
    rule: str = ""


@dataclass(frozen=True)
class StepRecord:
    """How one step went.

    Attributes:
        name: The step's name in `capture.steps.STEPS`.
        state: done, failed or skipped.
        seconds: Time it took.
        code: The error's stable code when it failed, else None.
        detail: Why it failed or was skipped, or what a person should know about it.
    """

    name: str
    state: StepState
    seconds: float
    code: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle on the page in CSS pixels from the document's top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class WirePlace:
    """Where a fact stands in JSON that the page fetched.

    Attributes:
        url: Address of the answer.
        sha256: Hex digest of the answer's body as on the wire; network.json and the WACZ hold it.
        pointer: RFC 6901 pointer into the JSON.
        value: What stands there, as text: often exact where the page shows a rounded figure.
    """

    url: str
    sha256: str
    pointer: str
    value: str


@dataclass(frozen=True)
class FieldValue:
    """One fact read from the page, with where it was read.

    Attributes:
        name: author, author_id, published_at, text, title, views, likes, comments, reposts, ip_location …
        value: Parsed value as text (a count as digits, a time as RFC 3339 where it can be parsed).
        raw: As shown or as stored in the page.
        source: json-ld, meta, microdata, hook, trafilatura.
        path: CSS path of the element it was read from, unique on the page.
        pointer: RFC 6901 pointer into the JSON of the element, when the source is JSON.
        box: Where it is shown; None when it is not displayed.
        shown_path: CSS path of the element that shows it, when that is another one.
        precision: How exact a time is: second, minute, hour, day, month, year; "" for what is no time.
        wire: Where it stands in JSON the page fetched.
    """

    name: str
    value: str
    raw: str
    source: str
    path: str = ""
    pointer: str = ""
    box: Box | None = None
    shown_path: str = ""
    precision: str = ""
    wire: tuple[WirePlace, ...] = ()


@dataclass(frozen=True)
class CaptureResult:
    """What a capture produced.

    Attributes:
        state: COMPLETE, PARTIAL (`missing` says what) or FAILED (nothing of the page itself).
        outcome: What the page turned out to be.
        missing: Names of required steps that failed or were cut, empty when COMPLETE.
        files: Payload name ("capture.wacz", "shots/page-001.png", …) → file.
        facts: Exactly the `capture` block of seal.json; text, integers, lists and maps only.
        host: Exactly the `host` block of seal.json.
        clock: Exactly the `clock` block of seal.json.
        steps: Every step in the order it ran.
        title: Title of the page.
        text: Visible text of the page.
        fields: Facts read by the adapters.
        size: Width and height of the photographed part in CSS pixels; (0, 0) without a picture.
        started: When the capture started.
        finished: When it ended.
    """

    state: State
    outcome: Outcome
    missing: tuple[str, ...]
    files: Mapping[str, Path]
    facts: Mapping[str, Any]
    host: Mapping[str, Any]
    clock: Mapping[str, Any]
    steps: tuple[StepRecord, ...]
    title: str
    text: str
    fields: tuple[FieldValue, ...]
    size: tuple[int, int]
    started: datetime
    finished: datetime
