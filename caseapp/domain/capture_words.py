"""What a capture brings back and what a page turned out to be, in words; the keys are those of the capture library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from caseapp.domain.labels import Label

PARTS: Final[Mapping[str, Label]] = {
    "probes": Label("环境读数", "readings of the machine"), "fonts": Label("字体检查", "check of fonts"),
    "relay": Label("出口中继", "egress relay"), "open": Label("打开浏览器页", "browser page"),
    "navigate": Label("打开网址", "opening the address"), "load": Label("页面载入", "loading the page"),
    "settle": Label("等页面静止", "waiting for the page to settle"), "expand": Label("展开全文", "unfolding the text"),
    "scroll": Label("滚动到底", "scrolling to the end"), "read": Label("读取正文", "reading the text"),
    "fields": Label("字段与位置", "fields and their places"), "screenshot": Label("整页截图", "whole screenshot"),
    "views": Label("分屏截图", "screenshots of each screen"), "mhtml": Label("网页存档 MHTML", "MHTML archive"),
    "pdf": Label("打印 PDF", "PDF print"), "pictures": Label("截图文件", "picture files"),
    "article": Label("正文与字段整理", "text and fields in order"),
    "environment": Label("清洁性检查", "check of a clean machine"), "close": Label("关闭页面", "closing the page"),
    "file": Label("下载文件", "downloading the file"), "network": Label("网络记录", "network record"),
    "outcome": Label("页面状态判断", "judging what the page is"),
    "calibration": Label("校准取证", "calibration capture"), "crops": Label("字段截图", "pictures of the fields"),
    "film": Label("开始录像", "begin of the film"), "film_end": Label("结束录像", "end of the film"),
    "video": Label("过程录像", "film of the process"), "report": Label("取证报告", "capture report"),
    "wire": Label("字段的网络来源", "fields in what was fetched"), "reading": Label("阅读视图", "reading view"),
    "media": Label("视频、音频与图片", "video, sound and pictures"),
    "images": Label("页面图片", "pictures on the page"),
    "scrub": Label("抹去登录秘密", "taking out the login's secrets"),
    "changes": Label("与前次取证比对", "comparison with the earlier capture"),
    "second": Label("第二遍独立访问", "second, independent visit"),
    "archive": Label("可回放存档 WACZ", "replayable archive (WACZ)"),
    "clock": Label("取证后校时", "clock check afterwards"),
}  # fmt: skip
"""Step → what it does or brings back."""

OUTCOMES: Final[Mapping[str, Label]] = {
    "live": Label("在线", "live"), "changed": Label("在线，与前次取证不同", "live, differs from the earlier capture"),
    "login_wall": Label("要求登录", "asks to sign in"),
    "captcha": Label("要求验证", "asks for a captcha"), "rate_limited": Label("限制访问频率", "rate limited"),
    "removed_by_author": Label("作者已删", "removed by its author"),
    "removed_by_platform": Label("平台已处置", "removed by the platform"), "removed": Label("已删除", "removed"),
    "restricted": Label("受限可见", "restricted"), "geo_blocked": Label("地区限制", "blocked by region"),
    "file": Label("文件", "a file"), "error": Label("打开失败", "failed to open"),
    "tls_failure": Label("证书无效", "invalid certificate"),
}  # fmt: skip
"""Outcome → the state of the page."""

SEALED: Final = frozenset(
    {"live", "changed", "removed", "removed_by_author", "removed_by_platform", "restricted", "file"}
)
"""Outcomes that are evidence of the post or of its removal; a log-in page is never sealed as the post."""

REFUSED: Final = "tls_failure"
"""The visit was refused because nobody vouches for the server: its certificates and the refusal are sealed."""


def is_sealed(state: str, outcome: str) -> bool:
    """Whether a capture that ended so is sealed."""
    return outcome == REFUSED or (state != "FAILED" and outcome in SEALED)
