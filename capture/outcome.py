"""What a page turned out to be: a pure classifier, Chinese and English, that says which rule decided and on what words.

HTTP 200 is not success. A page that quotes "该内容已被作者删除" inside an article is live; a page that consists of that
sentence is proof of removal. So notices count only where they stand in a line of their own and nothing on the page
looks like the post.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from re import Pattern
from urllib.parse import urlsplit

from capture.errors import TlsFailureError
from capture.models import Outcome, OutcomeKind
from capture.phrases import CAPTCHA_ADDRESS, LOGIN_ADDRESS, PHRASES

LINE_MOST = 80  # a notice is a short line, a quotation sits in a long one
BARE_MOST = 1500  # visible characters of a page that is a notice in its shell
REFUSED_MOST = 8000  # the same when the status already says it is not the post
PROSE_LEAST = 160  # characters in long lines: more than the shell of a notice ever has
WORDS_MOST = 200
SERVER_ERROR = 500
CLIENT_ERROR = 400

_BY_STATUS: Mapping[int, OutcomeKind] = {
    401: "login_wall",
    403: "restricted",
    404: "removed",
    410: "removed",
    429: "rate_limited",
    451: "geo_blocked",
}


@dataclass(frozen=True)
class Seen:
    """What the classifier looks at.

    Attributes:
        url: Address asked for.
        url_final: Address shown.
        status: HTTP status of the document, 0 without one.
        title: Page title.
        text: Visible text.
        has_post: True when an adapter found the post's own text, False when one that knows the platform did not,
            None when nothing is known.
        password_fields: Visible password inputs.
        images: Pictures on the page.
        is_file: The address gave a file.
        error: Code of the error that kept the page away, or "".
        error_words: What the error said.
    """

    url: str
    url_final: str = ""
    status: int = 200
    title: str = ""
    text: str = ""
    has_post: bool | None = None
    password_fields: int = 0
    images: int = 0
    is_file: bool = False
    error: str = ""
    error_words: str = ""


Phrases = Mapping[OutcomeKind, tuple[Pattern[str], ...]]


def classify(seen: Seen, phrases: Phrases | None = None) -> Outcome:
    """Say what the page turned out to be.

    Args:
        seen: The evidence.
        phrases: A platform's own phrases, tried before the common ones.
    """
    if seen.error:
        kind: OutcomeKind = "tls_failure" if seen.error == TlsFailureError.code else "error"
        return Outcome(kind, seen.error_words[:WORDS_MOST], seen.error)
    if seen.is_file:
        return Outcome("file", "", "file")
    notice = _address(seen) or _notice(seen, phrases or {}) or _notice(seen, PHRASES)
    if notice is not None:
        return notice
    if seen.status >= CLIENT_ERROR:
        fallback: OutcomeKind = (
            "error" if seen.status >= SERVER_ERROR else "removed" if seen.status in (404, 410) else "error"
        )
        return Outcome(_BY_STATUS.get(seen.status, fallback), _headline(seen), f"http-{seen.status}")
    if seen.password_fields and not seen.has_post and len(seen.text) <= BARE_MOST:
        return Outcome("login_wall", _headline(seen), "password-field")
    if not seen.text.strip() and not seen.images:
        return Outcome("error", "", "blank-page")
    return Outcome("live", "", "post-found" if seen.has_post else "page-shown")


def _address(seen: Seen) -> Outcome | None:
    """Recognise a redirect to a login or challenge page by its address."""
    if not seen.url_final or seen.has_post:
        return None
    before, after = _place(seen.url), _place(seen.url_final)
    if before == after:
        return None
    for kind, pattern in (("login_wall", LOGIN_ADDRESS), ("captcha", CAPTCHA_ADDRESS)):
        if pattern.search(after) and not pattern.search(before):
            return Outcome("login_wall" if kind == "login_wall" else "captcha", _headline(seen), "redirected")
    return None


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def _notice(seen: Seen, phrases: Phrases) -> Outcome | None:
    """Find a notice that stands in a line of its own on a page without the post."""
    refused = seen.status >= CLIENT_ERROR
    if seen.has_post and not refused:
        return None
    if len(seen.text) > (REFUSED_MOST if refused else BARE_MOST):
        return None
    lines = [line.strip() for line in (seen.title, *seen.text.splitlines())]
    for kind, patterns in phrases.items():
        # A site's own header offers 登录 on every page: that alone is no wall.
        if kind == "login_wall" and seen.has_post is None and not _walled(seen):
            continue
        # Text to read stands on it: the notice is of something else on the page (a quoted post, a video that is gone).
        if kind != "login_wall" and not refused and _prose(lines) >= PROSE_LEAST:
            continue
        for line in lines:
            if 0 < len(line) <= LINE_MOST and any(pattern.search(line) for pattern in patterns):
                return Outcome(kind, line[:WORDS_MOST], "notice")
    return None


def _prose(lines: Sequence[str]) -> int:
    return sum(len(line) for line in lines if len(line) > LINE_MOST)


def _walled(seen: Seen) -> bool:
    return bool(seen.password_fields) or seen.status in (401, 403) or len(seen.text) <= BARE_MOST // 3


def _headline(seen: Seen) -> str:
    """Return the page's own first words."""
    return next((line.strip()[:WORDS_MOST] for line in (seen.title, *seen.text.splitlines()) if line.strip()), "")
