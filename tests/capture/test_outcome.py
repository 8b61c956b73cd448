"""The classifier: platform notices in Chinese and English, and the pages that must not be taken for notices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.models import OutcomeKind
from capture.outcome import Seen, classify

URL = "https://weixun.test/9900000101/PX260810A017"


def seen(text: str, **changes: object) -> Seen:
    return Seen(**{"url": URL, "url_final": URL, "text": text, **changes})  # type: ignore[arg-type]


NOTICES: list[tuple[OutcomeKind, str]] = [
    ("removed_by_author", "该内容已被作者删除"),
    ("removed_by_author", "此微博已被作者删除。"),
    ("removed_by_author", "该内容已被发布者删除"),
    ("removed_by_author", "抱歉，原作者已删除该内容"),
    ("removed_by_author", "This post was deleted by the author"),
    ("removed_by_platform", "该内容因违反社区规则已被处理"),
    ("removed_by_platform", "依据投诉，该内容暂时无法查看"),
    ("removed_by_platform", "回答因涉嫌不实信息被移除"),
    ("removed_by_platform", "主题已被屏蔽"),
    ("removed_by_platform", "此内容因违规无法查看"),
    ("removed_by_platform", "根据相关法律法规和政策，此微博不予显示"),
    ("removed_by_platform", "该帐号因违反社区公约已被封禁"),
    ("removed_by_platform", "This content was removed for violating our Community Guidelines"),
    ("removed", "抱歉，该微博不存在"),
    ("removed", "你访问的页面不存在"),
    ("removed", "很抱歉，您要访问的帖子不存在"),
    ("removed", "视频已失效"),
    ("removed", "This page isn't available"),
    ("captcha", "请完成以下验证"),
    ("captcha", "百度安全验证"),
    ("captcha", "当前环境异常，完成验证后即可继续访问"),
    ("captcha", "Verify you are human by completing the action below."),
    ("captcha", "Just a moment..."),
    ("rate_limited", "访问过于频繁，请稍后再试"),
    ("rate_limited", "您的操作太快了"),
    ("rate_limited", "Too many requests"),
    ("restricted", "该内容仅作者可见"),
    ("restricted", "仅自己可见"),
    ("restricted", "你暂无权限查看"),
    ("restricted", "内容审核中"),
    ("geo_blocked", "您所在的地区暂不支持访问"),
    ("geo_blocked", "This video is not available in your country"),
    ("login_wall", "请先登录"),
    ("login_wall", "登录后查看更多精彩内容"),
    ("login_wall", "Please log in to continue"),
]


@pytest.mark.parametrize(("kind", "words"), NOTICES)
def test_a_notice_on_a_bare_page(kind: OutcomeKind, words: str) -> None:
    found = classify(seen(f"微汛\n首页\n{words}\n返回首页"))
    assert (found.kind, found.words) == (kind, words)


@pytest.mark.parametrize(("kind", "words"), NOTICES)
def test_the_same_words_inside_a_post_are_a_live_post(kind: OutcomeKind, words: str) -> None:
    text = f"今天想聊聊平台提示“{words}”是怎么来的。" + "这里是正文，" * 40
    assert classify(seen(f"{text}\n评论\n{words}", has_post=True)).kind == "live"


@pytest.mark.parametrize(("kind", "words"), NOTICES)
def test_the_same_words_quoted_in_a_long_line_are_no_notice(kind: OutcomeKind, words: str) -> None:
    text = "我把这条转发过来给大家看看，" * 8 + words + "，大家觉得是怎么回事呢，" * 8
    assert classify(seen(text)).kind == "live"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "login_wall"),
        (403, "restricted"),
        (404, "removed"),
        (410, "removed"),
        (429, "rate_limited"),
        (451, "geo_blocked"),
        (400, "error"),
        (500, "error"),
        (503, "error"),
    ],
)
def test_a_status_without_words(status: int, kind: OutcomeKind) -> None:
    assert classify(seen("nginx", status=status)).kind == kind


def test_words_outrank_the_status() -> None:
    assert classify(seen("该内容已被作者删除", status=404)).kind == "removed_by_author"


@pytest.mark.parametrize(
    ("final", "kind"),
    [
        ("https://passport.weixun.test/signin?back=x", "login_wall"),
        ("https://weixun.test/login?next=%2F9900000101", "login_wall"),
        ("https://weixun.test/security/captcha?u=1", "captcha"),
        ("https://weixun.test/9900000101/PX260810A017?from=login", "live"),
    ],
)
def test_where_a_redirect_ended(final: str, kind: OutcomeKind) -> None:
    assert classify(seen("欢迎来到微汛", url_final=final)).kind == kind


def test_a_post_about_logging_in_is_live_where_it_was_asked_for() -> None:
    url = "https://zhiye.test/login-design"
    assert classify(seen("登录页设计心得" * 100, url=url, url_final=url)).kind == "live"


def test_a_password_field_beside_a_post_is_no_wall() -> None:
    assert classify(seen("正文" * 20, password_fields=1, has_post=True)).kind == "live"
    assert classify(seen("欢迎", password_fields=1)).kind == "login_wall"


def test_a_login_link_in_the_header_is_no_wall() -> None:
    text = "微汛 首页\n扫码登录\n" + "\n".join(f"第{n}段，普通的正文。" for n in range(80))
    assert classify(seen(text)).kind == "live"


def test_errors_come_first() -> None:
    assert (
        classify(seen("该内容已被作者删除", error="capture.tls_failure", error_words="expired")).kind == "tls_failure"
    )
    found = classify(seen("", error="capture.name_not_resolved", error_words="x.test"))
    assert (found.kind, found.words, found.rule) == ("error", "x.test", "capture.name_not_resolved")


def test_a_blank_page_is_no_success() -> None:
    assert classify(seen("  \n ")).kind == "error"
    assert classify(seen("", images=1)).kind == "live"


def test_a_file_is_a_file() -> None:
    assert classify(seen("", is_file=True)).kind == "file"


@given(st.text(max_size=300), st.integers(0, 599), st.booleans())
def test_any_text_is_classified(text: str, status: int, post: bool) -> None:
    found = classify(seen(text, status=status, has_post=post))
    assert found.rule
    assert len(found.words) <= 200
