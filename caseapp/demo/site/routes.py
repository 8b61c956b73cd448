"""Which address of which demo host shows what."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from caseapp.demo.errors import DemoSiteError
from caseapp.demo.site import pages, views
from caseapp.demo.site.content import SiteContent
from caseapp.demo.site.inbox import Inbox, RejectedUploadError, parse_upload
from caseapp.demo.site.pages import HOSTS, PLATFORM_HOSTS, Site
from caseapp.demo.site.pictures import picture
from caseapp.demo.site.server import Request, Response
from caseapp.demo.site.state import SiteState

JSON = "application/json; charset=utf-8"
STATIC_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
WEEK = "max-age=604800"


@dataclass(frozen=True)
class Router:
    """Answers every request for the demo's hosts."""

    content: SiteContent
    state: SiteState
    inbox: Inbox

    def __call__(self, request: Request) -> Response:
        """Answer one request; an unknown host gets 421, an unknown path the platform's own 404."""
        if request.host not in HOSTS:
            return Response("未知站点\n".encode(), 421, "text/plain; charset=utf-8")
        site = Site(request.host, self.content, self.state.snapshot)
        if request.method == "POST":
            return self._post(site, request)
        for pattern, handler in _ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match:
                answer = handler(self, site, request, *match.groups())
                if answer is not None:
                    return answer
        return pages.not_found(site)

    def _post(self, site: Site, request: Request) -> Response:
        platform = PLATFORM_HOSTS.get(site.host)
        if platform is None or request.path != pages.COMPLAINT_PATHS[platform]:
            return Response("不支持的操作\n".encode(), 405, "text/plain; charset=utf-8", {"Allow": "GET, HEAD"})
        try:
            upload = parse_upload(request.headers.get("content-type", ""), request.body)
            receipt = self.inbox.accept(platform, upload, lambda url: url.startswith(f"https://{site.host}/"))
        except RejectedUploadError as error:
            return _json({"ok": False, "error": str(error)}, 422)
        where = f"https://{site.host}/complaint/{receipt.receipt_no}"
        if "text/html" in request.headers.get("accept", ""):
            return Response(b"", 303, headers={"Location": where})
        return _json({**receipt.to_json(), "platform": self.content.case.platform(platform).name, "status_url": where})

    def static(self, _site: Site, request: Request, name: str) -> Response | None:
        """A style sheet or script of the platforms."""
        file = resources.files("caseapp.demo.site").joinpath("static", name)
        kind = STATIC_TYPES.get(name[name.rfind(".") :])
        return _cached(request, file.read_bytes(), kind) if kind and file.is_file() else None

    def image(self, site: Site, request: Request, name: str) -> Response | None:
        """A drawn picture."""
        try:
            return _cached(request, picture(name, site.host), "image/png")
        except (DemoSiteError, ValueError):
            return None

    def icon(self, site: Site, request: Request) -> Response:
        """The tab's icon."""
        return _cached(request, picture("icon", site.host), "image/png")

    def comments(self, site: Site, request: Request) -> Response | None:
        """More comments of one post, five a page, as JSON."""
        try:
            post = self.content.post(request.query.get("id", ""))
            number = max(1, int(request.query.get("page", "1")))
        except (DemoSiteError, ValueError):
            return None
        if post.host != site.host or not site.snapshot.listed(post):
            return None
        remarks = views.remarks_at(site.snapshot, post.remarks, post.published_at)
        since = (number - 1) * views.PAGE_SIZE
        shown = remarks[since : since + views.PAGE_SIZE]
        more = len(remarks) > since + views.PAGE_SIZE
        return _json({"items": [views.remark_json(remark) for remark in shown], "more": more})

    def post_page(self, site: Site, request: Request) -> Response | None:
        """A post's own address: the wall before it, the words after it, or the page."""
        post = self.content.by_address.get((site.host, request.path))
        if post is None or not site.snapshot.published(post):
            return None
        switches = site.snapshot.of(post)
        if switches.removal is not None:
            return pages.gone(site, post, switches.removal)
        if switches.gate is not None:
            return pages.wall(site, switches.gate, post.path)
        return pages.post_page(site, post)

    def question(self, site: Site, _request: Request, key: str) -> Response | None:
        """A question with all its answers."""
        return pages.question(site, key, None) if key in self.content.questions else None

    def profile(self, site: Site, _request: Request, uid: str) -> Response | None:
        """An account's page."""
        return pages.profile(site, uid)

    def home(self, site: Site, _request: Request) -> Response:
        """The front page of a host."""
        return pages.home(site)

    def complaint(self, site: Site, request: Request) -> Response | None:
        """The complaint form of a platform."""
        platform = PLATFORM_HOSTS.get(site.host)
        if platform is None or request.path != pages.COMPLAINT_PATHS[platform]:
            return None
        return pages.complaint(site, platform)

    def complaint_status(self, site: Site, _request: Request, number: str) -> Response | None:
        """What became of a complaint."""
        receipt = self.inbox.get(number)
        if receipt is None or receipt.platform != PLATFORM_HOSTS.get(site.host):
            return None
        return pages.complaint_status(site, receipt)

    def login(self, site: Site, request: Request) -> Response | None:
        """The login wall."""
        return pages.wall(site, "login", request.query.get("from", "/")) if site.host in PLATFORM_HOSTS else None

    def captcha(self, site: Site, request: Request) -> Response | None:
        """The robot check."""
        return pages.wall(site, "captcha", request.query.get("from", "/")) if site.host in PLATFORM_HOSTS else None

    def bulletin(self, site: Site, request: Request) -> Response | None:
        """The company's news page or the regulator's notice."""
        return pages.bulletin(site, request.path)

    def robots(self, _site: Site, _request: Request) -> Response:
        """Nobody is kept out of a site that exists only on this machine."""
        return Response(b"User-agent: *\nAllow: /\n", 200, "text/plain; charset=utf-8")


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False).encode("utf-8"), status, JSON, {"Cache-Control": "no-store"})


def _cached(request: Request, body: bytes, kind: str) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": WEEK}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", 304, kind, headers)
    return Response(body, 200, kind, headers)


_Handler = Callable[..., Response | None]
_ROUTES: tuple[tuple[str, _Handler], ...] = (
    (r"/static/([a-z0-9-]+\.(?:css|js))", Router.static),
    (r"/img/([a-z0-9-]+)\.png", Router.image),
    (r"/favicon\.ico", Router.icon),
    (r"/robots\.txt", Router.robots),
    (r"/api/comments", Router.comments),
    (r"/signin", Router.login),
    (r"/unhuman", Router.captcha),
    (r"/complaint/([A-Z0-9-]+)", Router.complaint_status),
    (r"/.*", Router.complaint),
    (r"/.*", Router.post_page),
    (r"/question/(\d+)", Router.question),
    (r"/(?:people/|space-uid-)?([a-z0-9-]+)(?:\.html)?", Router.profile),
    (r"/.*", Router.bulletin),
    (r"/", Router.home),
)
