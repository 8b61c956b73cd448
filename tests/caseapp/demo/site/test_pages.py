"""Every address of the demo platforms answers, says what the case says, and asks nothing of the outside."""

import gzip
import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from caseapp.demo.case_data import load_case
from caseapp.demo.site import LocalPlatforms
from tests.caseapp.demo.conftest import fetch

CASE = load_case()
OTHER_PAGES = [
    "https://weixun.test/",
    "https://zhiye.test/",
    "https://lanjiangbbs.test/",
    "https://weixun.test/9900000001/PX260811Z001",
    "https://weixun.test/9900000001/PX260813Z002",
    "https://weixun.test/9900000001/v/PX260813Z003",
    "https://weixun.test/9900000101/PX260920N021",
    "https://weixun.test/9900000101",
    "https://weixun.test/signin",
    "https://weixun.test/help/tort",
    "https://zhiye.test/people/zy-demo-gys",
    "https://zhiye.test/people/zy-demo-0k7",
    "https://zhiye.test/question/6600881",
    "https://zhiye.test/report/enterprise",
    "https://lanjiangbbs.test/space-uid-900106.html",
    "https://lanjiangbbs.test/kefu/inbox",
    "https://www.muhe-food.test/",
    "https://www.muhe-food.test/news/20260813",
    "https://scjg.lanjiang-tc.test/",
    "https://scjg.lanjiang-tc.test/notice/20260813.html",
]
ALL_PAGES = [post.url for post in CASE.posts] + OTHER_PAGES


class Parts(HTMLParser):
    """What a page refers to, what it says, and its linked data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.references: list[str] = []
        self.words: list[str] = []
        self.linked: list[dict[str, object]] = []
        self.meta: dict[str, str] = {}
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.inside = "ld" if values.get("type") == "application/ld+json" else tag
        self.references += [values[n] for n in ("src", "href", "data-src", "action", "srcset", "poster") if n in values]
        if tag == "meta":
            self.meta[values.get("property") or values.get("name", "")] = values.get("content", "")
        assert not any(name.startswith("on") for name in values), "no inline script"

    def handle_data(self, data: str) -> None:
        if self.inside == "ld" and data.strip():
            self.linked.append(json.loads(data))
        elif self.inside not in ("script", "style"):
            self.words.append(data)


@pytest.mark.parametrize("url", ALL_PAGES)
def test_page_serves_and_keeps_to_itself(platforms: LocalPlatforms, url: str) -> None:
    answer = fetch(platforms, url)
    assert answer.status == 200
    parts = Parts(answer.text)
    assert "示例·虚构" in answer.text
    host = urlsplit(url).hostname
    for reference in parts.references:
        assert urlsplit(urljoin(url, reference)).hostname == host, reference
    assert "url(" not in answer.text


@pytest.mark.parametrize("post", CASE.posts, ids=[post.id for post in CASE.posts])
def test_post_tells_a_machine_who_when_and_what(platforms: LocalPlatforms, post: object) -> None:
    record = CASE.post(post.id)  # type: ignore[attr-defined]  # parametrised with DemoPost
    platforms.advance(record.metrics[0].at)
    text = fetch(platforms, record.url).text
    parts = Parts(text)
    (linked,) = parts.linked
    account = CASE.account(record.account)
    assert linked["author"]["name"] == account.handle  # type: ignore[index]
    assert linked["author"]["identifier"] == account.uid  # type: ignore[index]
    assert linked["datePublished"] == record.published_at.isoformat()
    assert linked.get("text", linked.get("articleBody")) == record.text
    counts = [item["userInteractionCount"] for item in linked["interactionStatistic"]]  # type: ignore[attr-defined]
    first = record.metrics[0]
    assert counts == [first.views, first.reposts, first.comments, first.likes]
    assert parts.meta["article:published_time"] == record.published_at.isoformat()
    assert parts.meta["article:author"] == account.handle
    shown = "".join(parts.words)
    assert f"IP属地：{account.ip_location}" in shown
    assert record.text in shown
    assert f"{record.published_at:%Y-%m-%d %H:%M}" in shown
    assert parts.meta["og:url"] == record.url


def test_counters_follow_the_moment(platforms: LocalPlatforms) -> None:
    url = CASE.post("post-01").url
    platforms.advance("day-1")
    assert "阅读 3.8万" in fetch(platforms, url).text
    platforms.advance("day-2")
    assert "阅读 21.3万" in fetch(platforms, url).text
    platforms.set_metrics("post-01", views=123_456_789)
    assert "阅读 1.2亿" in fetch(platforms, url).text


def test_style_sheets_and_script_ask_nothing_of_the_outside(platforms: LocalPlatforms) -> None:
    for name in ("base.css", "weixun.css", "zhiye.css", "forum.css", "official.css", "app.js"):
        answer = fetch(platforms, f"https://weixun.test/static/{name}")
        assert answer.status == 200
        assert not re.search(r"https?://|url\(|@import", answer.text)
    assert fetch(platforms, "https://weixun.test/static/../routes.py").status == 404
    assert fetch(platforms, "https://weixun.test/static/nothing.css").status == 404


def test_pictures_are_the_same_but_for_the_watermark(platforms: LocalPlatforms) -> None:
    here = fetch(platforms, "https://weixun.test/img/forged-notice.png")
    there = fetch(platforms, "https://zhiye.test/img/forged-notice.png")
    assert here.body[:8] == there.body[:8] == b"\x89PNG\r\n\x1a\n"
    assert here.body != there.body
    again = fetch(platforms, "https://weixun.test/img/forged-notice.png", If_None_Match=here.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert fetch(platforms, "https://weixun.test/img/nothing.png").status == 404
    assert fetch(platforms, "https://weixun.test/img/avatar-zz.png").status == 404


def test_more_comments_come_page_by_page(platforms: LocalPlatforms) -> None:
    first = json.loads(fetch(platforms, "https://weixun.test/api/comments?id=post-01&page=1").body)
    third = json.loads(fetch(platforms, "https://weixun.test/api/comments?id=post-01&page=3").body)
    assert (len(first["items"]), first["more"]) == (5, True)
    assert third["more"] is False
    for query in ("id=post-04&page=1", "id=nobody", "id=post-01&page=x", ""):
        assert fetch(platforms, f"https://weixun.test/api/comments?{query}").status == 404


def test_long_pages_travel_compressed_and_head_has_no_body(platforms: LocalPlatforms) -> None:
    url = CASE.post("post-03").url
    packed = fetch(platforms, url, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == fetch(platforms, url).body
    head = fetch(platforms, url, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(fetch(platforms, url).body)


def test_walls_say_what_they_are(platforms: LocalPlatforms) -> None:
    url = CASE.post("post-11").url
    for kind, status, words in (
        ("login", 200, "登录后查看更多内容"),
        ("captcha", 403, "请完成安全验证"),
        ("busy", 429, "访问过于频繁"),
    ):
        platforms.gate("post-11", kind)  # type: ignore[arg-type]  # literals above
        answer = fetch(platforms, url)
        assert (answer.status, words in answer.text) == (status, True)
        assert "黑心" not in answer.text
    platforms.gate("post-11", None)
    assert "黑心" in fetch(platforms, url).text
    assert fetch(platforms, "https://zhiye.test/unhuman").status == 403
    assert "evil" not in fetch(platforms, "https://weixun.test/signin?from=//evil.example/").text
    assert fetch(platforms, "https://www.muhe-food.test/signin").status == 404


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://weixun.test/9900000101/PX000000X000", "抱歉，你访问的页面地址有误"),
        ("https://zhiye.test/p/1", "你似乎来到了没有知识存在的荒野"),
        ("https://lanjiangbbs.test/thread-1-1-1.html", "抱歉，指定的主题不存在"),
        ("https://www.muhe-food.test/nothing", "页面不存在"),
        ("https://zhiye.test/9900000101/PX260810A017", "荒野"),
        ("https://weixun.test/%2e%2e/%2e%2e/etc/passwd", "地址有误"),
    ],
)
def test_unknown_addresses_get_the_platforms_own_404(platforms: LocalPlatforms, url: str, words: str) -> None:
    answer = fetch(platforms, url)
    assert answer.status == 404
    assert words in answer.text


def test_the_anonymous_author_has_no_list_of_posts(platforms: LocalPlatforms) -> None:
    text = fetch(platforms, "https://zhiye.test/people/zy-demo-0k7").text
    assert "匿名内容不在个人主页展示" in text
    assert "77800411" not in text
