"""What a verification found: numbered checks, a verdict, and the texts people read."""

from __future__ import annotations

PASS, FAIL, WARN = "PASS", "FAIL", "WARN"
UNTRUSTED = "UNTRUSTED-KEYS"

CHECK_NAMES = {
    1: ("信任文件", "trust file"),
    2: ("文件与结构", "files and structure"),
    3: ("包声明", "bag declaration"),
    4: ("封印清单", "seal digest lists"),
    5: ("封存记录", "seal record"),
    6: ("内容 SHA-256", "payload SHA-256"),
    7: ("内容 SM3", "payload SM3"),
    8: ("内容齐全", "payload complete"),
    9: ("网页存档内部", "inside the web archive"),
    10: ("封印签名", "seal signature"),
    11: ("签名者可信", "signer trusted"),
    12: ("时间戳", "timestamp"),
    13: ("时间结论", "what time is proven"),
    14: ("日志收录", "inclusion in the log"),
    15: ("日志检查点", "log checkpoint"),
    16: ("检查点时间戳", "timestamp of the checkpoint"),
    17: ("保管链", "chain of custody"),
    18: ("保管记录入日志", "custody events in the log"),
    19: ("附属文件清单", "tag file list"),
    20: ("封印未覆盖的文件", "files outside the seal"),
    21: ("与外部检查点比对", "comparison with a witnessed head"),
    22: ("两个引擎一致", "two engines agree"),
    23: ("开始时间", "the beginning"),
}
"""Number -> (Chinese, English). Check 22 runs in the library only, which has a second engine."""

VERDICTS = {
    PASS: ("通过：内容完整，来源已按信任文件核实", "PASS: contents intact, origin checked against the trust file"),
    FAIL: ("不通过：见标为 FAIL 的各项", "FAIL: see the checks marked FAIL"),
    UNTRUSTED: (
        "UNTRUSTED-KEYS：内容完整，来源未核实（未提供信任文件）",
        "UNTRUSTED-KEYS: contents intact, origin not checked (no trust file given)",
    ),
}
LIMITS = (
    "本结论只说明封存之后未被改动，不能证明网页在采集之前的真实性。",
    "This shows that nothing changed since sealing; it cannot show whether a page was true before it was captured.",
)


def plain_text(text: str) -> str:
    """Return one line without control or direction marks: words from a package must not rewrite the reader's screen."""
    return text if text.isprintable() else "".join(mark if mark.isprintable() else "?" for mark in text)


class Check:
    """One line of a report.

    Attributes:
        number: Number of the check; a check on several objects has several lines with the same number.
        status: PASS, FAIL or WARN.
        name_zh: Name in Chinese; ``name_en`` in English.
        detail_zh: What was found, in Chinese; ``detail_en`` in English.
    """

    __slots__ = ("detail_en", "detail_zh", "name_en", "name_zh", "number", "status")

    def __init__(self, number: int, status: str, detail_zh: str, detail_en: str) -> None:
        self.number, self.status = number, status
        self.name_zh, self.name_en = CHECK_NAMES[number]
        self.detail_zh, self.detail_en = plain_text(detail_zh), plain_text(detail_en)

    def __repr__(self) -> str:
        return f"Check({self.number}, {self.status}, {self.detail_en!r})"

    def to_json(self) -> dict[str, object]:
        """Return the line as plain values."""
        return {
            "number": self.number, "status": self.status,
            "name_zh": self.name_zh, "name_en": self.name_en,
            "detail_zh": self.detail_zh, "detail_en": self.detail_en,
        }  # fmt: skip


class Report:
    """Every finding about one package.

    Attributes:
        checks: All lines in order.
        trusted: Whether a trust file was used.
        facts: Plain values for other programs: seal_id, package_id, sealed_at, url, trust_fingerprint,
            checkpoint {origin, size, root}, timestamps [{name, gen_time, authority, trusted, test}], state.
    """

    __slots__ = ("checks", "facts", "trusted")

    def __init__(self, checks: list[Check], *, trusted: bool, facts: dict[str, object]) -> None:
        self.checks, self.trusted, self.facts = tuple(checks), trusted, facts

    @property
    def verdict(self) -> str:
        """PASS, FAIL or UNTRUSTED-KEYS. Without a trust file it is never PASS."""
        if not self.checks or any(check.status == FAIL for check in self.checks):
            return FAIL
        return PASS if self.trusted else UNTRUSTED

    @property
    def exit_code(self) -> int:
        """0 PASS, 1 FAIL, 2 UNTRUSTED-KEYS."""
        return {PASS: 0, FAIL: 1}.get(self.verdict, 2)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The lines that failed."""
        return tuple(check for check in self.checks if check.status == FAIL)

    def to_json(self) -> dict[str, object]:
        """Return the whole report as plain values for ``json.dumps``."""
        return {
            "schema": "bianwu/report/1",
            "verdict": self.verdict,
            "verdict_zh": VERDICTS[self.verdict][0],
            "verdict_en": VERDICTS[self.verdict][1],
            "limits_zh": LIMITS[0],
            "limits_en": LIMITS[1],
            **self.facts,
            "checks": [check.to_json() for check in self.checks],
        }


def render_text(report: Report, lang: str = "both") -> str:
    """Return the report as lines of text.

    Args:
        report: What was found.
        lang: ``zh``, ``en`` or ``both`` (Chinese first).
    """
    lines = []
    wanted = [at for at, code in enumerate(("zh", "en")) if lang in (code, "both")]
    for check in report.checks:
        texts = ((check.name_zh, check.detail_zh), (check.name_en, check.detail_en))
        for place, at in enumerate(wanted):
            head = f"[{check.status}] {check.number:2d} " if place == 0 else " " * 10
            lines.append(f"{head}{texts[at][0]}{'：' if at == 0 else ': '}{texts[at][1]}")
    lines.append("")
    lines += [VERDICTS[report.verdict][at] for at in wanted] + [LIMITS[at] for at in wanted]
    return "\n".join(lines) + "\n"
