"""Whole pages of every outcome in both languages, written for this project, and what each is.

Shells as platforms have them, with the noise that misleads: sign-in links, recommendations, templates kept hidden,
quotations of notices.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from capture.models import OutcomeKind

NAV = "<header><a>首页</a> <a>热门</a> <a>视频</a> <input placeholder='搜索'> <a>登录</a> | <a>注册</a></header>"
NAV_EN = "<header><a>Home</a> <a>Explore</a> <input placeholder='Search'> <a>Log in</a> <a>Sign up</a></header>"
FOOT = "<footer>关于我们 · 帮助中心 · 举报中心<br>© 2026 微汛 海岬备 20260001 号</footer>"
FOOT_EN = "<footer>About · Help · Terms · Privacy<br>© 2026 Weixun</footer>"
TEXT = "出炉后还要过一遍工业石蜡，这是在厂里做过的人亲口说的。" * 4
TEXT_EN = "They dip every batch in industrial paraffin, says somebody who worked there. " * 4
MORE = "".join(f"<li>推荐：第 {n} 家店的早餐怎么样，附地址和价格</li>" for n in range(12))
MORE_EN = "".join(f"<li>Recommended: what breakfast place number {n} is really like</li>" for n in range(12))


def shell(body: str, title: str = "微汛", lang: str = "zh-CN") -> str:
    nav, foot = (NAV, FOOT) if lang == "zh-CN" else (NAV_EN, FOOT_EN)
    return f"<!doctype html><html lang={lang}><meta charset=utf-8><title>{title}</title><body>{nav}{body}{foot}"


def post(lang: str, after: str = "", before: str = "") -> str:
    text, name = (TEXT, "食安小喇叭") if lang == "zh-CN" else (TEXT_EN, "Food Watch")
    body = f"<article><h1>{name}</h1><time>2026-08-10</time><p>{text}</p><p>{text}</p></article>"
    return shell(f"{before}<main>{body}{after}</main>", lang=lang)


@dataclass(frozen=True)
class FixturePage:
    """One page: its outcome, its HTML, the status, where it was asked for and where it ended."""

    name: str
    kind: OutcomeKind
    html: str
    status: int = 200
    final: str = ""


NOTICES: dict[OutcomeKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "removed_by_author": (
        ("此微博已被作者删除。查看帮助", "抱歉，原作者已删除该内容", "该笔记已被发布者删除", "楼主已将本帖删除"),
        (
            "This post was deleted by its author",
            "Sorry, the author has removed this answer",
            "Removed by the original poster",
        ),
    ),
    "removed_by_platform": (
        (
            "此内容因违规无法查看",
            "该视频因违反社区规则已被下架",
            "抱歉，此贴已被吧务删除",
            "根据相关法律法规和政策，该文章不予显示",
        ),
        (
            "This post was removed for violating our Community Guidelines",
            "This account has been suspended",
            "Content removed by the platform because it breaks our terms",
        ),
    ),
    "removed": (
        ("抱歉，您访问的内容不存在", "哎呀，这条动态不见了", "视频已失效", "你要找的文章已被删除"),
        (
            "Page not found",
            "This page isn't available",
            "The video is no longer available",
            "This content has been deleted",
        ),
    ),
    "captcha": (
        ("请完成下方验证后继续访问", "安全验证", "拖动滑块完成拼图", "当前网络环境存在异常，请验证"),
        ("Verify you are human", "Checking your browser before you continue", "Just a moment..."),
    ),
    "rate_limited": (
        ("访问过于频繁，请稍后再试", "您的操作太快了，休息一下", "请求频次过高"),
        ("Too many requests", "Rate limit exceeded, try again in a minute"),
    ),
    "restricted": (
        ("该内容仅作者可见", "仅粉丝可见", "你暂无权限查看该内容", "内容正在审核中"),
        ("This account is private", "You don't have permission to view this page"),
    ),
    "geo_blocked": (
        ("您所在的地区暂不支持访问", "因版权限制，该地区无法观看"),
        ("This video is not available in your country", "Not available in your region"),
    ),
    "login_wall": (
        ("登录后查看全部内容", "请先登录", "登录即可阅读全文"),
        ("Log in to continue", "You must sign in to view this post"),
    ),
}


def _walls(kind: OutcomeKind) -> Iterator[FixturePage]:
    """Yield each notice in shells by turn: bare, in a card above recommendations, in a dialog put in by a script."""
    for lang, words in zip(("zh-CN", "en"), NOTICES[kind], strict=True):
        back = "返回首页" if lang == "zh-CN" else "Back to home"
        for number, line in enumerate(words):
            name = f"{kind} {lang} {number}"
            card = f"<main><section><svg width=9 height=9></svg><p>{line}</p><a>{back}</a></section></main>"
            quoted = line.replace("'", "\\'")
            script = (
                "<div id=d></div><script>setTimeout(()=>{d.innerHTML='<div role=dialog><h2></h2></div>';"
                f"d.querySelector('h2').textContent='{quoted}'}},10)</script>"
            )
            yield FixturePage(name, kind, shell((card, script, f"<p>{line}</p>")[number % 3], lang=lang))


def _live() -> Iterator[FixturePage]:
    """Yield posts beside which the words of a notice stand somewhere."""
    for lang in ("zh-CN", "en"):
        zh = lang == "zh-CN"
        hidden = "此微博已被作者删除" if zh else "This post was deleted by the author"
        said = (
            "他们说“该内容已被作者删除”，其实是平台删的" if zh else "They said it was deleted by the author; it was not"
        )
        more = MORE if zh else MORE_EN
        yield FixturePage(f"live {lang} plain", "live", post(lang, f"<ul>{more}</ul>"))
        unseen = f"<template><p>{hidden}</p></template><p style='display:none'>{hidden}</p>"
        yield FixturePage(f"live {lang} hidden notice", "live", post(lang, unseen))
        yield FixturePage(f"live {lang} quoted", "live", post(lang, f"<section><p>{said}，{TEXT if zh else TEXT_EN}</p>"
                                                              f"<ul>{more}{more}{more}</ul></section>"))  # fmt: skip
        ask = "登录后可参与评论" if zh else "Log in to reply"
        yield FixturePage(f"live {lang} sign-in to reply", "live", post(lang, f"<ul>{more}{more}</ul><p>{ask}</p>"))
        gone = "视频已失效" if zh else "This video is no longer available"
        rows = more * 4
        yield FixturePage(
            f"live {lang} a quoted post is gone", "live", post(lang, f"<aside>{gone}</aside><ul>{rows}</ul>")
        )


def _addresses() -> Iterator[FixturePage]:
    """Yield pages known by where they ended, or by their status."""
    form = "<form><input name=u><input type=password><button>{}</button></form>"
    yield FixturePage("login zh redirected", "login_wall", shell("<h1>欢迎回来</h1>" + form.format("登录")),
                      final="https://passport.weixun.test/signin?back=1")  # fmt: skip
    yield FixturePage("login en redirected", "login_wall", shell("<h1>Welcome</h1>" + form.format("Go"), lang="en"),
                      final="https://weixun.test/login")  # fmt: skip
    yield FixturePage("login zh in place", "login_wall", shell(form.format("登录")))
    yield FixturePage("captcha zh redirected", "captcha", shell("<canvas></canvas><p>稍候</p>"),
                      final="https://weixun.test/antispider/challenge")  # fmt: skip
    yield FixturePage("404 zh", "removed", shell("<h1>404</h1><p>去首页看看吧</p>"), 404)
    yield FixturePage("410 en", "removed", shell("<h1>Gone</h1>", lang="en"), 410)
    yield FixturePage("403 en", "restricted", shell("<h1>Forbidden</h1>", lang="en"), 403)
    yield FixturePage("429 zh", "rate_limited", shell("<h1>稍后再来</h1>"), 429)
    yield FixturePage("451 en", "geo_blocked", shell("<h1>Unavailable For Legal Reasons</h1>", lang="en"), 451)
    yield FixturePage("502 en", "error", "<html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>nginx", 502)
    yield FixturePage("503 zh", "error", shell("<h1>服务器开小差了</h1>"), 503)
    yield FixturePage(
        "404 zh with words", "removed_by_platform", shell(f"<p>该内容因违规已被删除</p><ul>{MORE * 3}</ul>"), 404
    )
    yield FixturePage("blank", "error", "<!doctype html><title></title><div></div>")


PAGES: tuple[FixturePage, ...] = (
    *(page for kind in NOTICES for page in _walls(kind)),
    *_live(),
    *_addresses(),
)
