"""Build the pages of the demo hosts from templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from caseapp.demo.case_types import Account
from caseapp.demo.site import views
from caseapp.demo.site.content import FORUM, WEIXUN, ZHIYE, SiteContent, SitePost
from caseapp.demo.site.inbox import STATUS_WORDS, Receipt
from caseapp.demo.site.render import page
from caseapp.demo.site.server import Response
from caseapp.demo.site.state import GateKind, Removal, SiteSnapshot

COMPANY_HOST, REGULATOR_HOST = "www.muhe-food.test", "scjg.lanjiang-tc.test"
PLATFORM_HOSTS = {"weixun.test": WEIXUN, "zhiye.test": ZHIYE, "lanjiangbbs.test": FORUM}
HOSTS = (*PLATFORM_HOSTS, COMPANY_HOST, REGULATOR_HOST)
# The forum takes notices by mail; this is the web side of that mailbox.
COMPLAINT_PATHS = {WEIXUN: "/help/tort", ZHIYE: "/report/enterprise", FORUM: "/kefu/inbox"}
LAYOUTS = {WEIXUN: "weixun.html", ZHIYE: "zhiye.html", FORUM: "forum.html"}
NAMES = {COMPANY_HOST: "苜禾食品", REGULATOR_HOST: "澜江市汀川区市场监督管理局"}
# Platforms differ in the status they give a page that is gone, and none of it can be relied on.
GONE_STATUS = {WEIXUN: 200, ZHIYE: 404, FORUM: 200}
BULLETINS = {(COMPANY_HOST, "/news/20260813"): "news", (REGULATOR_HOST, "/notice/20260813.html"): "notice"}


@dataclass(frozen=True)
class Site:
    """One host at one moment."""

    host: str
    content: SiteContent
    snapshot: SiteSnapshot

    @property
    def platform(self) -> str:
        """The platform's id, or empty for the official sites."""
        return PLATFORM_HOSTS.get(self.host, "")

    @property
    def name(self) -> str:
        """The name visitors know the site by."""
        return self.content.case.platform(self.platform).name if self.platform else NAMES[self.host]


def html(site: Site, template: str, *, status: int = 200, **values: Any) -> Response:
    """Render one page of ``site``."""
    body = page(
        template,
        site=site,
        host=site.host,
        now=site.snapshot.now,
        layout=LAYOUTS.get(site.platform, "official.html"),
        trending=site.content.trending.get(site.platform, ()),
        avatar=views.avatar,
        profile_path=views.profile_path,
        **values,
    )
    return Response(body, status, headers={"Cache-Control": "no-store"})


def post_page(site: Site, post: SitePost) -> Response:
    """A live post on its own address."""
    if post.platform == ZHIYE and post.kind in ("回答", "提问"):
        return question(site, post.path.split("/")[2], post)
    view = views.post_view(site.content, site.snapshot, post)
    remarks = views.remarks_at(site.snapshot, post.remarks, post.published_at)
    template = {WEIXUN: "weixun_post.html", ZHIYE: "zhiye_article.html", FORUM: "forum_thread.html"}[post.platform]
    if post.kind == "视频":
        template = "weixun_video.html"
    return html(
        site,
        template,
        view=view,
        remarks=remarks[: views.PAGE_SIZE],
        all_remarks=remarks,
        more=len(remarks) > views.PAGE_SIZE,
        reposts=views.remarks_at(site.snapshot, post.reposts, post.published_at),
        feed=site.content.feed,
        ld=views.linked_data(view, site.name),
    )


def question(site: Site, key: str, shown: SitePost | None) -> Response:
    """A question page: the question itself, one answer of it, or all answers."""
    record = site.content.questions[key]
    asked = next((p for p in site.content.posts.values() if p.kind == "提问" and p.path == f"/question/{key}"), None)
    if asked is not None and not site.snapshot.published(asked):
        return not_found(site)
    answers = [
        views.post_view(site.content, site.snapshot, post)
        for post in site.content.posts.values()
        if post.path.startswith(f"/question/{key}/answer/") and site.snapshot.listed(post)
    ]
    single = shown if shown is not None and shown.kind == "回答" else None
    if single is not None:
        answers = [answer for answer in answers if answer.post.id == single.id]
    asked_view = views.post_view(site.content, site.snapshot, asked) if asked else None
    subject = answers[0] if single is not None else asked_view
    remarks = asked.remarks if asked else ()
    return html(
        site,
        "zhiye_question.html",
        question=record,
        asked=asked_view,
        answers=answers,
        single=single is not None,
        bystanders=() if single else record.answers,
        replies=views.remarks_at(site.snapshot, remarks, asked.published_at) if asked else (),
        remarks=views.remarks_at(site.snapshot, single.remarks, single.published_at) if single else (),
        feed=site.content.feed,
        view=subject,
        ld=views.linked_data(subject, site.name) if subject else None,
    )


def profile(site: Site, uid: str) -> Response | None:
    """An account's page, if the account is of this platform."""
    account = _account(site, uid)
    if account is None:
        return None
    posts = views.timeline_of(site.content, site.snapshot, account)
    # An anonymous answer does not lead to its author.
    anonymous = account.verification == "匿名回答"
    bio = site.content.bios.get(account.id, "")
    return html(site, "profile.html", account=account, posts=[] if anonymous else posts, bio=bio, anonymous=anonymous)


def _account(site: Site, uid: str) -> Account | None:
    accounts = {post.account.uid: post.account for post in site.content.posts.values()}
    account = accounts.get(uid)
    return account if account is not None and account.platform == site.platform else None


def home(site: Site) -> Response:
    """The front page."""
    if not site.platform:
        listed = {path: key for (host, path), key in BULLETINS.items() if host == site.host and _out(site, key)}
        entries = [(path, site.content.bulletins[key].title) for path, key in listed.items()]
        return html(site, "official_home.html", entries=entries)
    posts = views.feed_of(site.content, site.snapshot, site.platform)
    return html(site, "home.html", posts=posts, feed=site.content.feed)


def gone(site: Site, post: SitePost, removal: Removal) -> Response:
    """The address of a post that is gone, in the platform's own words."""
    return html(site, "gone.html", status=GONE_STATUS[post.platform], words=removal.words, kind=removal.kind)


def not_found(site: Site) -> Response:
    """An address the host never had, or does not have yet."""
    return html(site, "not_found.html", status=404)


def wall(site: Site, kind: GateKind, back: str) -> Response:
    """What stands before a page: a login wall, a robot check or 访问过于频繁."""
    status = {"login": 200, "captcha": 403, "busy": 429}[kind]
    safe = back if back.startswith("/") and not back.startswith("//") else "/"
    return html(site, "wall.html", status=status, kind=kind, back=quote(safe))


def complaint(site: Site, platform: str) -> Response:
    """The complaint form with what the platform wants to see."""
    record = site.content.case.platform(platform)
    operator = site.content.case.organization(record.operator)
    return html(site, "complaint.html", platform=record, operator=operator, action=COMPLAINT_PATHS[platform])


def complaint_status(site: Site, receipt: Receipt) -> Response:
    """What became of a complaint, for the complainant."""
    return html(site, "complaint_status.html", receipt=receipt, words=STATUS_WORDS[receipt.status])


def bulletin(site: Site, path: str) -> Response | None:
    """An official page, once it is out."""
    key = BULLETINS.get((site.host, path))
    if key is None or not _out(site, key):
        return None
    text = site.snapshot.bulletins.get(key) or site.content.bulletins[key]
    at = _published_at(site, key)
    ld = {
        "@context": views.SCHEMA,
        "@type": "NewsArticle",
        "headline": text.title,
        "url": f"https://{site.host}{path}",
        "datePublished": at.isoformat(),
        "author": {"@type": "Organization", "name": NAMES[site.host]},
        "articleBody": "\n".join(p.removeprefix("# ") for p in text.paragraphs),
    }
    return html(site, "official_page.html", text=text, at=at, ld=ld, path=path)


def _published_at(site: Site, key: str) -> datetime:
    pub = next(pub for pub in site.content.case.publications if pub.id == "pub-02")
    return pub.published_at if key == "news" else pub.published_at.replace(hour=17, minute=30)


def _out(site: Site, key: str) -> bool:
    return key in site.snapshot.bulletins or _published_at(site, key) <= site.snapshot.now
