"""What the demo platforms show: the case's posts, a few pages of our own, and the people who comment.

Read from ``data/site.json`` and joined with the case. All of it is fictional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from caseapp.demo.case_data import DemoCase, read_json
from caseapp.demo.case_types import Account, DemoPost, Metrics
from caseapp.demo.decoding import decode_all
from caseapp.demo.errors import DemoSiteError

WEIXUN, ZHIYE, FORUM = "plat-01", "plat-02", "plat-03"


@dataclass(frozen=True)
class StagePoint:
    """A named moment of the case the platforms can be put to."""

    name: str
    at: datetime
    title: str


@dataclass(frozen=True)
class Remark:
    """One comment, forum reply, repost line or answer under a page."""

    at: datetime
    name: str
    region: str
    likes: int
    text: str


@dataclass(frozen=True)
class Revision:
    """The text a post shows from ``at`` on."""

    at: datetime
    text: str


@dataclass(frozen=True)
class SitePost:
    """One page with an author: a post of the case, or one of the company's own.

    Attributes:
        id: ``post-01`` … ``post-14``, ``pub-01`` … or ``apology``.
        revisions: What the text reads, oldest first; the first is the text as published.
        metrics: Snapshots of the counters, oldest first.
        images: Names known to ``pictures``.
    """

    id: str
    platform: str
    account: Account
    url: str
    pid: str
    kind: str
    title: str
    published_at: datetime
    revisions: tuple[Revision, ...]
    metrics: tuple[Metrics, ...]
    images: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    reposts: tuple[Remark, ...] = ()
    parent: str | None = None
    pinned: bool = False

    @property
    def host(self) -> str:
        """The host of the page's URL."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path of the page's URL."""
        return urlsplit(self.url).path


@dataclass(frozen=True)
class Question:
    """A question page of the Q&A platform and the answers of bystanders."""

    id: str
    title: str
    detail: str
    topics: tuple[str, ...]
    followers: int
    answers: tuple[tuple[int, str, str, int, str], ...]


@dataclass(frozen=True)
class FeedItem:
    """An innocuous post that fills a feed; ``image`` is a name known to ``pictures``."""

    name: str
    region: str
    text: str
    image: str


@dataclass(frozen=True)
class Bulletin:
    """An official text: a title and paragraphs; a paragraph that starts with ``# `` is a heading."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class SiteContent:
    """Everything the platforms can show, before any switch is thrown."""

    case: DemoCase
    stages: tuple[StagePoint, ...]
    posts: Mapping[str, SitePost]
    questions: Mapping[str, Question]
    trending: Mapping[str, tuple[tuple[str, str], ...]]
    feed: tuple[FeedItem, ...]
    bios: Mapping[str, str]
    bulletins: Mapping[str, Bulletin]
    by_address: Mapping[tuple[str, str], SitePost] = field(default_factory=dict)

    def post(self, key: str) -> SitePost:
        """The post with this id, number (帖-01) or URL.

        Raises:
            DemoSiteError: There is none.
        """
        if key in self.posts:
            return self.posts[key]
        numbers = {post.no: post.id for post in self.case.posts}
        found = next((post for post in self.posts.values() if key in (post.url, post.pid)), None)
        if key in numbers:
            found = self.posts[numbers[key]]
        if found is None:
            raise DemoSiteError(key)
        return found

    def stage(self, name: str) -> StagePoint:
        """The stage of this name.

        Raises:
            DemoSiteError: There is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise DemoSiteError(name)


def load_content(case: DemoCase) -> SiteContent:
    """Join the case with ``site.json``."""
    raw = read_json("site.json")
    own = decode_all(Account, raw["accounts"], "site.json/accounts")
    accounts = {account.id: _as_displayed(account) for account in (*case.accounts, *own)}
    posts = [_case_post(post, raw["pages"].get(post.id, {}), accounts) for post in case.posts]
    posts += [_own_post(item, raw["pages"].get(item["id"], {}), accounts) for item in raw["posts"]]
    return SiteContent(
        case=case,
        stages=decode_all(StagePoint, raw["stages"], "site.json/stages"),
        posts={post.id: post for post in posts},
        questions={key: _question(key, value) for key, value in raw["questions"].items()},
        trending={key: tuple((a, b) for a, b in value) for key, value in raw["trending"].items()},
        feed=tuple(FeedItem(*item) for item in raw["feed"]),
        bios=raw["bios"],
        bulletins={k: Bulletin(v["title"], tuple(v["paragraphs"])) for k, v in raw["official"].items()},
        by_address={(post.host, post.path): post for post in posts},
    )


def _as_displayed(account: Account) -> Account:
    # The case notes 平台显示“…”; the page shows what stands between the quotes.
    shown = account.verification.removeprefix("平台显示“").removesuffix("”")
    return replace(account, verification=shown)


def _case_post(post: DemoPost, page: Mapping[str, Any], accounts: Mapping[str, Account]) -> SitePost:
    return SitePost(
        id=post.id,
        platform=post.platform,
        account=accounts[post.account],
        url=post.url,
        pid=post.pid,
        kind=post.kind,
        title=page.get("title", ""),
        published_at=post.published_at,
        revisions=_revisions(post),
        metrics=post.metrics,
        images=tuple(page.get("images", ())),
        remarks=_remarks(post.published_at, page.get("comments", ())),
        reposts=_remarks(post.published_at, page.get("reposts", ())),
        # Only a real repost quotes its parent on the page; other parents are the investigators' finding.
        parent=post.parent if post.kind == "转发" else None,
    )


def _revisions(post: DemoPost) -> tuple[Revision, ...]:
    first = Revision(post.published_at, post.text)
    later = []
    for edit in post.edited:
        # The media outlet only added its editor's note; the forum's author replaced the whole text.
        note = edit.text.partition("“")[2].partition("”")[0]
        text = f"{post.text}\n{note}" if edit.text.startswith("文末增加一行") else edit.text
        later.append(Revision(edit.at, text))
    return (first, *later)


def _own_post(item: Mapping[str, Any], page: Mapping[str, Any], accounts: Mapping[str, Account]) -> SitePost:
    at = datetime.fromisoformat(item["published_at"])
    views, reposts, comments, likes = item["metrics"]
    return SitePost(
        id=item["id"],
        platform=item["platform"],
        account=accounts[item["account"]],
        url=item["url"],
        pid=item["url"].rsplit("/", 1)[1],
        kind="视频" if "/v/" in item["url"] else "图文",
        title=item["title"],
        published_at=at,
        revisions=(Revision(at, item["text"]),),
        metrics=(Metrics(at, views, reposts, comments, likes),),
        images=tuple(item.get("images", ())),
        remarks=_remarks(at, page.get("comments", ())),
        pinned=bool(item.get("pinned", False)),
    )


def _remarks(since: datetime, rows: Any) -> tuple[Remark, ...]:
    remarks = []
    for row in rows:
        minutes, name, region, *rest = row
        likes, text = rest if len(rest) > 1 else (0, rest[0])
        remarks.append(Remark(since + timedelta(minutes=minutes), name, region, likes, text))
    return tuple(sorted(remarks, key=lambda remark: remark.at))


def _question(key: str, value: Mapping[str, Any]) -> Question:
    return Question(
        id=key,
        title=value["title"],
        detail=value["detail"],
        topics=tuple(value["topics"]),
        followers=value["followers"],
        answers=tuple((row[0], row[1], row[2], row[3], row[4]) for row in value["answers"]),
    )
