"""Errors of the demo: its data, its local platforms and its script.

Tree: ``DemoError`` > ``DemoDataError``, ``DemoFontError``, ``DemoSiteError``, ``DemoSubmissionError``,
``DemoStepError``.
"""

from __future__ import annotations

from typing import Literal


class DemoError(Exception):
    """Base of all errors of the demo.

    Attributes:
        code: Stable identifier.
        retryable: Whether the same call may succeed later without a change.
    """

    code = "demo.error"
    retryable = False
    zh = "示例无法运行：{detail}"
    en = "The demo cannot run: {detail}"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def message(self, lang: Literal["zh", "en"]) -> str:
        """Say what happened and what to do, in Chinese or English."""
        return (self.zh if lang == "zh" else self.en).format(detail=self.detail)

    def __str__(self) -> str:
        return self.message("en")


class DemoDataError(DemoError):
    """A data file of the demo does not fit its description."""

    code = "demo.data"
    zh = "示例数据有误（{detail}）。请重新安装本程序。"
    en = "The demo's data is wrong ({detail}). Install the program again."

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


class DemoFontError(DemoError):
    """No font with Chinese characters was found."""

    code = "demo.font"
    zh = "找不到中文字体（{detail}）。请安装 fonts-noto-cjk 后再试。"
    en = "No Chinese font was found ({detail}). Install fonts-noto-cjk and try again."


class DemoSiteError(DemoError):
    """The local platforms were asked for something they do not have."""

    code = "demo.site"
    zh = "示例平台没有此项：{detail}。请核对编号。"
    en = "The demo platforms have no such thing: {detail}. Check the identifier."


class DemoSubmissionError(DemoError):
    """A demo platform did not accept a notice."""

    code = "demo.submission"
    retryable = True
    zh = "示例平台没有收下通知（{detail}）。请核对网址与文件后再提交。"
    en = "The demo platform did not accept the notice ({detail}). Check the addresses and the file, then submit again."


class DemoStepError(DemoError):
    """A step of the scripted case did not come out as the case says."""

    code = "demo.step"
    zh = "示范案件在此处停止：{detail}。"
    en = "The scripted case stopped here: {detail}."
