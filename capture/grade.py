"""How well the origin of a capture is corroborated: a table of reasons, and never more than the passes bear.

CAPTURE.md §1: 自证 one pass · 复核 a second pass from the same machine · 双源印证 another machine and network ·
见证 signed by a party that is not ours · 演示 any override of DNS or trust roots.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from capture.compare import Comparison

Grade = Literal["self_made", "rechecked", "two_sources", "witnessed", "demo"]

REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "override.dns": ("域名由本机指定的地址解析", "a name was resolved by a table of this machine"),
    "override.root": ("证书由附加信任根认可", "a certificate was trusted by an added root"),
    "second.agrees": (
        "第二遍独立访问（不解密）所见的证书、网址、正文与画面一致",
        "a second, independent visit without decryption saw the same certificate, address, text and picture",
    ),
    "second.not_asked": ("没有做第二遍访问", "no second visit was made"),
    "second.failed": ("第二遍访问没有完成", "the second visit did not end well"),
    "second.chain": ("两遍访问的服务器证书不同", "the two visits met different server certificates"),
    "second.url": ("两遍访问最后到达的网址不同", "the two visits ended at different addresses"),
    "second.status": ("两遍访问的 HTTP 状态不同", "the two visits had different HTTP statuses"),
    "second.text": ("两遍访问的正文不一致", "the texts of the two visits differ"),
    "second.picture": ("两遍访问的画面不一致", "the pictures of the two visits differ"),
    "witness.own": (
        "另一台机器上的见证中继记下了同一次连接",
        "a witness relay on another machine logged the same connections",
    ),
    "witness.third": (
        "并非我方的第三方见证中继签名记下了同一次连接",
        "a relay of a third party logged and signed the same connections",
    ),
    "witness.unproven": ("见证记录不能证实第二遍访问", "the witness's record does not prove the second visit"),
}
"""Code → what it says in Chinese and English."""


@dataclass(frozen=True)
class Graded:
    """A grade with its reasons, as codes of `REASONS`."""

    grade: Grade
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the `grade` block of a capture's facts."""
        return {"grade": self.grade, "reasons": list(self.reasons)}


def grade(
    *,
    dns_override: bool,
    extra_root: bool,
    second: Comparison | None,
    second_state: str = "",
    witness: Literal["", "own", "third", "unproven"] = "",
) -> Graded:
    """Grade a capture.

    Args:
        dns_override: A resolver table stood in for DNS.
        extra_root: A trust root beside the system's was used or offered.
        second: The second visit compared with the first; None when there is none.
        second_state: "failed" when one was begun and did not end.
        witness: Whose signed log shows the connections of the second visit, if any.
    """
    overrides = [code for code, used in (("override.dns", dns_override), ("override.root", extra_root)) if used]
    if second is None:
        passes = ["second.failed" if second_state == "failed" else "second.not_asked"]
    else:
        passes = [f"second.{name}" for name in second.differs] or ["second.agrees"]
    if second is not None and witness:
        passes.append(f"witness.{witness}")
    reasons = (*overrides, *passes)
    if overrides:
        return Graded("demo", reasons)
    if second is None or second.differs:
        return Graded("self_made", reasons)
    grades: Mapping[str, Grade] = {"third": "witnessed", "own": "two_sources"}
    return Graded(grades.get(witness, "rechecked"), reasons)
