"""Hop 1 by the armful: up to 200 pasted addresses, each line checked on its own; the good ones are taken at once.

A line that is refused says why and stays with the person; nothing pasted is lost. The same address twice is one
post, and an address known before is not captured again while its capture is open or already sealed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import and_, or_, select

from caseapp.domain.errors import CaseError, InvalidInputError
from caseapp.domain.labels import Label
from caseapp.domain.permissions import Permission
from caseapp.models import Capture, Incident, Post, new_id
from caseapp.services.captures import OPEN, URL_LIMIT, canonical_url, request_capture
from caseapp.services.carrying import Carry, checked
from caseapp.services.forms import MAX_DRAFT
from caseapp.services.links import link_post
from caseapp.services.logins import serves
from caseapp.services.posts import add_post, find_post
from caseapp.services.work import Work

MOST_LINES: Final = 200
MOST_BYTES: Final = MAX_DRAFT - 4096
"""What the box may hold: it is kept as a draft while lines in it are wrong."""

_BOX: Final = Label("网址", "addresses")
_EMPTY: Final = Label("请粘贴至少一个网址。", "paste at least one address.")
_UNSEEN: Final = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BARE: Final = re.compile(r"(?:[\w-]+\.)+[A-Za-z]{2,}(?::\d+)?(?:[/?#]\S*)?")
_HTTP: Final = re.compile(r"https?://", re.IGNORECASE)
_TOO_LONG: Final = Label(f"超过 {URL_LIMIT} 个字符。", f"longer than {URL_LIMIT} characters.")
_NO_ADDRESS: Final = Label("不是网址；请从浏览器地址栏复制。", "not an address; copy it from the browser.")
_NO_SCHEME: Final = Label("缺少开头的 http:// 或 https://。", "http:// or https:// is missing at the start.")


@dataclass(frozen=True, slots=True)
class Line:
    """One pasted address.

    Attributes:
        number: which line of the box, from 1.
        text: as it was pasted.
        url: its canonical address; empty when it is none.
        problem: why it is refused; None when it is good.
        first: the line that holds the same address, when an earlier one does.
    """

    number: int
    text: str
    url: str = ""
    problem: Label | None = None
    first: int | None = None


@dataclass(slots=True)
class Intake:
    """What became of a paste.

    Attributes:
        batch_id: key of the captures ordered.
        added: new posts.
        known: posts recorded before.
        ordered: captures ordered.
        repeated: lines that only repeated another one.
        left: the lines that were refused, with the reason.
        carried: captures ordered that carry the login chosen.
        unassessed: a login was chosen, and left out because the case has no impact assessment on record.
    """

    batch_id: str
    added: list[Post] = field(default_factory=list)
    known: list[Post] = field(default_factory=list)
    ordered: int = 0
    repeated: int = 0
    left: list[Line] = field(default_factory=list)
    carried: int = 0
    unassessed: bool = False

    @property
    def box(self) -> str:
        """What stays in the box."""
        return "\n".join(line.text for line in self.left)


def read_lines(text: str, check: Callable[[str], None]) -> list[Line]:
    """Check every pasted address on its own; nothing is written.

    Args:
        text: the box; an address a line, or several between blanks. Words around an address are left aside.
        check: refuses an address that may not be visited (``CapturePort.check``).

    Raises:
        InvalidInputError: nothing, too much, or more than 200 addresses: nothing is taken.
    """
    if len(json.dumps(text)) > MOST_BYTES:
        problem = Label(
            "文字超过 500 KB。没有收下任何一行，请分批粘贴。", "more than 500 KB. Nothing was taken; paste it in parts."
        )
        raise InvalidInputError(field=_BOX, problem=problem)
    pasted = list(_entries(text))
    if not pasted:
        raise InvalidInputError(field=_BOX, problem=_EMPTY)
    if len(pasted) > MOST_LINES:
        zh = f"一次最多 {MOST_LINES} 个，现在 {len(pasted)} 个。没有收下任何一行，请分批粘贴。"
        en = f"at most {MOST_LINES} at once, now {len(pasted)}. Nothing was taken; paste them in parts."
        raise InvalidInputError(field=_BOX, problem=Label(zh, en))
    seen: dict[str, int] = {}
    return [_read(number, said, check, seen) for number, said in pasted]


def _entries(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        found = [word for word in line.split() if _HTTP.match(word)]
        for said in found or ([line.strip()] if line.strip() else []):
            yield number, said


def _read(number: int, said: str, check: Callable[[str], None], seen: dict[str, int]) -> Line:
    problem = _plain_problem(said)
    if problem is not None:
        return Line(number, said, problem=problem)
    try:
        check(said)
        url = canonical_url(said)
    except InvalidInputError as refusal:
        found = refusal.facts.get("problem")
        return Line(number, said, problem=found if isinstance(found, Label) else _NO_ADDRESS)
    except CaseError as refusal:
        return Line(number, said, problem=Label(refusal.message("zh"), refusal.message("en")))
    first = seen.get(url)
    seen.setdefault(url, number)
    return Line(number, said, url, first=first)


def _plain_problem(said: str) -> Label | None:
    """What can be said of a line without the capture library."""
    unseen = sorted({f"U+{ord(sign):04X}" for sign in _UNSEEN.findall(said)})
    if unseen:
        named = ", ".join(unseen[:5])
        zh = f"含看不见的字符（{named}），可能不是看上去的地址；请从浏览器地址栏重新复制。"
        en = f"it holds invisible signs ({named}) and may not be what it looks like; copy it from the browser again."
        return Label(zh, en)
    if len(said) > URL_LIMIT:
        return _TOO_LONG
    if _BARE.fullmatch(said) and not _SCHEME.match(said):
        return _NO_SCHEME
    return None if _SCHEME.match(said) else _NO_ADDRESS


def take_in(work: Work, text: str, incident: Incident | None = None, carry: Carry | None = None) -> Intake:
    """Record every good address as a post, order its capture, and join it to an incident if one is given.

    A login chosen goes to the addresses of its own hosts; the others are captured logged out.

    Raises:
        PermissionDeniedError: the actor may not record posts, order captures, link to the incident or use the login.
        ImpactAssessmentMissingError, LoginUnusableError: see ``carrying.checked``; nothing is taken.
        InvalidInputError: the box as a whole is refused; see ``read_lines``.
    """
    work.require(Permission.POST_EDIT)
    work.require(Permission.CAPTURE_REQUEST)
    if incident is not None:
        work.require(Permission.POST_LINK, incident)
    taken = Intake(new_id())
    chosen, carry = carry, checked(work, carry)
    taken.unassessed = chosen is not None and carry is None
    for line in read_lines(text, work.app.capturer.check):
        if line.problem is not None:
            taken.left.append(line)
        elif line.first is not None:
            taken.repeated += 1
        else:
            _take(work, line, incident, taken, carry)
    return taken


def _take(work: Work, line: Line, incident: Incident | None, taken: Intake, carry: Carry | None) -> None:
    login = carry if carry is not None and serves(carry.login, line.url) else None
    try:
        new = find_post(work, line.url) is None
        post = add_post(work, line.text)
        if not _captured(work, post):
            more = {"case_id": login.case.id, "login_id": login.login.id} if login else {}
            request_capture(work, post.canonical_url, post_id=post.id, batch_id=taken.batch_id, **more)
            taken.ordered += 1
            taken.carried += login is not None
        if incident is not None:
            link_post(work, post, incident)
    except CaseError as refusal:  # said before anything of this line is written
        problem = Label(refusal.message("zh"), refusal.message("en"))
        taken.left.append(Line(line.number, line.text, line.url, problem))
        return
    (taken.added if new else taken.known).append(post)


def _captured(work: Work, post: Post) -> bool:
    """Whether the post's capture is open, or sealed."""
    sealed = and_(Capture.status == "done", Capture.package_id.is_not(None), Capture.result != "FAILED")
    found = select(Capture.id).where(Capture.post_id == post.id, or_(Capture.status.in_(OPEN), sealed))
    return work.session.scalar(found.limit(1)) is not None


def review(work: Work, text: str) -> list[Line]:
    """Return the lines of a box that would be refused now, each with its reason; nothing is written."""
    try:
        lines = read_lines(text, work.app.capturer.check)
    except InvalidInputError:
        return []
    return [found for line in lines if (found := _hidden(work, line)).problem is not None]


def _hidden(work: Work, line: Line) -> Line:
    try:
        if line.problem is None:
            find_post(work, line.url)
    except CaseError as refusal:
        return Line(line.number, line.text, line.url, Label(refusal.message("zh"), refusal.message("en")))
    return line
