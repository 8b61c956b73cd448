"""What a platform adapter is: data, no code. One entry of the `ADAPTERS` table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from capture.models import OutcomeKind


@dataclass(frozen=True)
class Adapter:
    """How to read the pages of one platform.

    Attributes:
        name: Short name, for the record.
        hosts: Host names; a leading dot takes subdomains too. Empty takes every host.
        content_id: Expression whose group `id` is the platform's content id within the URL's path and query.
        hooks: Field name → CSS selectors tried in order; the element's text, or its `content`/`datetime` attribute.
        expect: Fields a live post must have; without them the page is not taken for the post.
        phrases: The platform's own notices by outcome, tried before the common ones.
        verified_on: Date on which a person checked it against the real site; empty means never.
    """

    name: str
    hosts: tuple[str, ...] = ()
    content_id: str = ""
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
        return found["id"] if found else ""


# Parameters that say who shared a link and through what, never which content it is.
_TRACKING = re.compile(r"^(?:utm_\w+|spm|scm|share_\w+|sharer_\w+|isappinstalled|weibo_id|fbclid|gclid|xsec_source)$")


def canonical_url(url: str) -> str:
    """Return an address without fragment and without tracking parameters, host in lower case."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair.partition("=")[0])]
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", "&".join(kept), ""))
