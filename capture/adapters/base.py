"""What a platform adapter is: data, no code. One entry of the `ADAPTERS` table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit, urlunsplit

from capture.models import OutcomeKind

ID_GROUPS = ("id", "bid", "article", "mid")
"""Names of the groups that hold a content's id, where a platform has several kinds of address."""


def phrases(**notices: tuple[str, ...]) -> dict[OutcomeKind, tuple[re.Pattern[str], ...]]:
    """Return a platform's notices by outcome, each an expression matched inside one line."""
    return {cast("OutcomeKind", kind): tuple(map(re.compile, lines)) for kind, lines in notices.items()}


@dataclass(frozen=True)
class Adapter:
    """How to read the pages of one platform.

    Attributes:
        name: Short name, for the record.
        hosts: Host names; a leading dot takes subdomains too. Empty takes every host.
        content_id: Expression one of whose groups of `ID_GROUPS` is the platform's content id within the URL's path
            and query; other groups may stand in `canonical`.
        canonical: The one address of a content, with the groups of `content_id` in braces; "" takes the address
            without tracking parameters.
        hooks: Field name → CSS selectors tried in order; the element's text, or its `content`/`datetime` attribute.
        expect: Fields a live post must have; without them the page is not taken for the post.
        phrases: The platform's own notices by outcome, tried before the common ones.
        verified_on: Date on which a person checked it against the real site; empty means never.
    """

    name: str
    hosts: tuple[str, ...] = ()
    content_id: str = ""
    canonical: str = ""
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    expect: tuple[str, ...] = ()
    phrases: Mapping[OutcomeKind, tuple[re.Pattern[str], ...]] = field(default_factory=dict)
    verified_on: str = ""

    def matches(self, url: str) -> bool:
        """Whether this adapter reads that address."""
        host = (urlsplit(url).hostname or "").lower()
        return not self.hosts or any(
            host == name or (name.startswith(".") and host.endswith(name)) for name in self.hosts
        )

    def id_in(self, url: str) -> str:
        """Return the platform's content id in an address, or ""."""
        parts = urlsplit(url)
        found = re.search(self.content_id, f"{parts.path}?{parts.query}") if self.content_id else None
        return (
            next((text for name, text in found.groupdict().items() if text and name in ID_GROUPS), "") if found else ""
        )

    def canonical_of(self, url: str) -> str:
        """Return the one address of the content an address leads to."""
        parts = urlsplit(url)
        found = (
            re.search(self.content_id, f"{parts.path}?{parts.query}") if self.content_id and self.canonical else None
        )
        if found is None or None in found.groupdict().values():
            return canonical_url(url)
        return self.canonical.format_map(found.groupdict())


# Parameters that say who shared a link and through what, never which content it is.
_TRACKING = re.compile(r"^(?:utm_\w+|spm|scm|share_\w+|sharer_\w+|isappinstalled|weibo_id|fbclid|gclid|xsec_source)$")


def canonical_url(url: str) -> str:
    """Return an address without fragment and without tracking parameters, host in lower case."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair.partition("=")[0])]
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", "&".join(kept), ""))
