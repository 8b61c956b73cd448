"""What a template needs to show one page: plain values read from the content and one snapshot of the switches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from caseapp.demo.case_types import Account, Metrics
from caseapp.demo.site.content import FORUM, WEIXUN, ZHIYE, Remark, SiteContent, SitePost
from caseapp.demo.site.pictures import avatar_name, picture_size
from caseapp.demo.site.state import SiteSnapshot

SCHEMA = "https://schema.org"
FOLD_FROM = 46
PAGE_SIZE = 5
LD_TYPES = {WEIXUN: "SocialMediaPosting", ZHIYE: "Article", FORUM: "DiscussionForumPosting"}

OPENING: Final = re.compile(r"[^。！？!?\n]{1,80}[。！？!?\n]?")


@dataclass(frozen=True)
class PictureView:
    """One lazily loaded picture."""

    src: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class PostView:
    """One post as it is shown now.

    ``head`` and ``rest`` are the text before and after the 展开 button; together they are exactly the text.
    """

    post: SitePost
    account: Account
    avatar: str
    head: str
    rest: str
    text: str
    edited_at: datetime | None
    metrics: Metrics
    pictures: tuple[PictureView, ...]
    label: str
    parent: PostView | None
    parent_gone: str

    @property
    def opening(self) -> str:
        """The first sentence, whole: what a page without a title calls itself."""
        found = OPENING.match(self.text)
        return found[0].rstrip("。\n") if found else ""


def post_view(content: SiteContent, snapshot: SiteSnapshot, post: SitePost) -> PostView:
    """Everything about one post except its comments."""
    text, edited_at = snapshot.text(post)
    cut = _fold(text)
    parent, parent_gone = None, ""
    if post.parent:
        original = content.post(post.parent)
        removal = snapshot.of(original).removal
        parent_gone = removal.words if removal else ""
        parent = None if removal else post_view(content, snapshot, original)
    return PostView(
        post=post,
        account=post.account,
        avatar=avatar(post.account.handle),
        head=text[:cut],
        rest=text[cut:],
        text=text,
        edited_at=edited_at,
        metrics=snapshot.metrics(post),
        pictures=tuple(_picture(name, post, n) for n, name in enumerate(post.images, 1)),
        label=snapshot.of(post).label,
        parent=parent,
        parent_gone=parent_gone,
    )


def avatar(handle: str) -> str:
    """The path of an avatar."""
    return f"/img/{avatar_name(handle)}.png"


def remarks_at(snapshot: SiteSnapshot, remarks: tuple[Remark, ...], since: datetime) -> tuple[Remark, ...]:
    """The remarks made so far; a page that exists early (a forced relapse) shows its first half hour."""
    until = max(snapshot.now, since + timedelta(minutes=30))
    return tuple(remark for remark in remarks if remark.at <= until)


def remark_json(remark: Remark) -> dict[str, Any]:
    """One remark for the script that loads more of them."""
    from_iso = remark.at.isoformat()
    return {
        "name": remark.name,
        "region": remark.region,
        "likes": remark.likes,
        "text": remark.text,
        "at": from_iso,
        "avatar": avatar(remark.name),
    }


def timeline_of(content: SiteContent, snapshot: SiteSnapshot, account: Account) -> list[PostView]:
    """The posts of one account that are shown now, newest first, a pinned one on top."""
    posts = [post for post in content.posts.values() if post.account.id == account.id and snapshot.listed(post)]
    posts.sort(key=lambda post: (post.pinned, post.published_at), reverse=True)
    return [post_view(content, snapshot, post) for post in posts]


def feed_of(content: SiteContent, snapshot: SiteSnapshot, platform: str, *, limit: int = 8) -> list[PostView]:
    """The newest posts of one platform."""
    posts = [post for post in content.posts.values() if post.platform == platform and snapshot.listed(post)]
    posts.sort(key=lambda post: post.published_at, reverse=True)
    return [post_view(content, snapshot, post) for post in posts[:limit]]


def linked_data(view: PostView, site_name: str) -> dict[str, Any]:
    """schema.org JSON-LD: author, dates, exact counters and text, for whoever reads pages by machine."""
    post, metrics = view.post, view.metrics
    counters = {"ViewAction": metrics.views, "ShareAction": metrics.reposts, "CommentAction": metrics.comments}
    counters["LikeAction"] = metrics.likes
    kind = "Answer" if post.kind == "回答" else LD_TYPES[post.platform]
    data: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": kind,
        "@id": post.url,
        "url": post.url,
        "identifier": post.pid,
        "author": _author(view.account, urlsplit(post.url).netloc),
        "datePublished": post.published_at.isoformat(),
        "inLanguage": "zh-CN",
        "publisher": {"@type": "Organization", "name": site_name},
        "contentLocation": {"@type": "Place", "name": f"IP属地：{view.account.ip_location}"},
        "interactionStatistic": [
            {"@type": "InteractionCounter", "interactionType": f"{SCHEMA}/{name}", "userInteractionCount": count}
            for name, count in counters.items()
        ],
    }
    data["text" if kind in ("Answer", "SocialMediaPosting", "DiscussionForumPosting") else "articleBody"] = view.text
    data["headline"] = post.title or view.opening or f"{view.account.handle}的图片"
    if view.edited_at:
        data["dateModified"] = view.edited_at.isoformat()
    if view.pictures:
        data["image"] = [f"https://{post.host}{picture.src}" for picture in view.pictures]
    return data


def _author(account: Account, host: str) -> dict[str, Any]:
    author = {"@type": "Person", "name": account.handle, "identifier": account.uid}
    author["url"] = f"https://{host}{profile_path(account)}"
    if account.verification != "无":
        author["description"] = account.verification
    return author


def profile_path(account: Account) -> str:
    """Where an account's own page is."""
    forms = {WEIXUN: "/{uid}", ZHIYE: "/people/{uid}", FORUM: "/space-uid-{uid}.html"}
    return forms[account.platform].format(uid=account.uid)


def _picture(name: str, post: SitePost, number: int) -> PictureView:
    width, height = picture_size(name)
    # A real platform's alt says nothing either; the number keeps pictures apart in the text.
    return PictureView(f"/img/{name}.png", width, height, f"{post.account.handle}的配图{number}")


def _fold(text: str) -> int:
    """Where the 展开 button goes: after a sentence beyond the fold, or nowhere."""
    if len(text) <= FOLD_FROM + 14:
        return len(text)
    for mark in "。！？；\n":
        cut = text.find(mark, FOLD_FROM - 20, FOLD_FROM + 14)
        if cut > 0:
            return cut + 1
    return FOLD_FROM
