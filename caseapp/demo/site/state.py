"""The switches of the demo platforms: the moment they show, and what each platform did to each post.

The moment is only what the pages say. It never reaches a seal, a log or a receipt: those use the machine's clock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from caseapp.demo.case_types import Metrics
from caseapp.demo.site.content import Bulletin, SiteContent, SitePost

RemovalKind = Literal["platform", "author"]
GateKind = Literal["login", "captcha", "busy"]

AUTHOR_WORDS = "该内容已被作者删除"
DEFAULT_WORDS = {
    "plat-01": "该内容因违反社区规则已被处理",
    "plat-02": "回答因涉嫌不实信息被移除",
    "plat-03": "主题已被屏蔽",
}
DISPUTE_WORDS = "该内容存在争议，权威信息请见监管部门公告"


@dataclass(frozen=True)
class Removal:
    """Who took the post down and the words its address shows since."""

    kind: RemovalKind
    words: str


@dataclass(frozen=True)
class PostSwitches:
    """What is set for one post.

    Attributes:
        published: Shown whatever the moment is (a relapse), or ``None`` to follow the moment.
        removal: Set when the post is gone.
        label: The platform's dispute label, or empty.
        gate: The wall that stands before the page, if any.
        metrics: Counters that override the case's snapshots.
    """

    published: bool | None = None
    removal: Removal | None = None
    label: str = ""
    gate: GateKind | None = None
    metrics: Metrics | None = None


@dataclass(frozen=True)
class SiteSnapshot:
    """One consistent reading of all switches."""

    now: datetime
    switches: Mapping[str, PostSwitches] = field(default_factory=dict)
    bulletins: Mapping[str, Bulletin] = field(default_factory=dict)

    def of(self, post: SitePost) -> PostSwitches:
        """The switches of one post."""
        return self.switches.get(post.id, PostSwitches())

    def published(self, post: SitePost) -> bool:
        """Whether the post exists yet."""
        forced = self.of(post).published
        return post.published_at <= self.now if forced is None else forced

    def listed(self, post: SitePost) -> bool:
        """Whether feeds and profiles show the post."""
        return self.published(post) and self.of(post).removal is None

    def text(self, post: SitePost) -> tuple[str, datetime | None]:
        """The text shown, and when it was edited if it was."""
        shown = [revision for revision in post.revisions if revision.at <= self.now]
        if len(shown) > 1:
            return shown[-1].text, shown[-1].at
        return post.revisions[0].text, None

    def metrics(self, post: SitePost) -> Metrics:
        """The counters shown: the last snapshot not after the moment, else the first."""
        own = self.of(post).metrics
        if own is not None:
            return own
        past = [metrics for metrics in post.metrics if metrics.at <= self.now]
        return past[-1] if past else post.metrics[0]


class SiteState:
    """The switches, safe to read from server threads while the script throws them."""

    def __init__(self, content: SiteContent) -> None:
        self._content = content
        self._lock = threading.Lock()
        self._snapshot = SiteSnapshot(now=content.stages[0].at)

    @property
    def snapshot(self) -> SiteSnapshot:
        """The switches as they stand."""
        return self._snapshot

    def advance(self, moment: str | datetime) -> datetime:
        """Put the pages to a stage's moment, or to a given one.

        Raises:
            DemoSiteError: There is no stage of this name.
        """
        now = self._content.stage(moment).at if isinstance(moment, str) else moment
        with self._lock:
            self._snapshot = replace(self._snapshot, now=now)
        return now

    def change(self, post_id: str, **values: object) -> PostSwitches:
        """Set some of one post's switches.

        Raises:
            DemoSiteError: There is no such post.
        """
        post = self._content.post(post_id)
        with self._lock:
            old = self._snapshot.of(post)
            new = PostSwitches(**{**old.__dict__, **values})
            self._snapshot = replace(self._snapshot, switches={**self._snapshot.switches, post.id: new})
        return new

    def publish(self, key: str, title: str, paragraphs: tuple[str, ...]) -> None:
        """Put out an official text at once, in place of the prepared one."""
        with self._lock:
            shown = {**self._snapshot.bulletins, key: Bulletin(title, paragraphs)}
            self._snapshot = replace(self._snapshot, bulletins=shown)

    def reset(self) -> None:
        """Forget every switch and go back to the first stage."""
        with self._lock:
            self._snapshot = SiteSnapshot(now=self._content.stages[0].at)
