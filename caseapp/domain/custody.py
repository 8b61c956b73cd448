"""What each type of custody event is called (types: docs/package-format.md §2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from caseapp.domain.labels import Label
from caseapp.domain.vocabulary import INVENTORY_FOUND, SCRUB_OUTCOME

CUSTODY: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "identify": Label("发现", "identified"), "capture": Label("取证", "captured"),
        "digest": Label("计算摘要", "digested"), "seal": Label("封存", "sealed"),
        "timestamp": Label("加盖时间戳", "timestamped"), "log": Label("入册", "logged"),
        "ingest": Label("入库", "stored"), "view": Label("查看", "viewed"), "export": Label("导出", "exported"),
        "transfer_out": Label("移交", "handed out"), "transfer_in": Label("接收", "taken in"),
        "derive": Label("派生副本", "copy derived"), "verify": Label("校验", "verified"),
        "fixity": Label("例行校验", "routine check"), "key_rotate": Label("更换密钥", "keys rotated"),
        "hold_set": Label("设置法律保留", "legal hold set"), "hold_clear": Label("解除法律保留", "legal hold cleared"),
        "erase": Label("依法处置", "lawfully erased"), "renew": Label("续期", "renewed"),
    }
)  # fmt: skip

FILED: Final = "filed"
"""How a ``transfer_in`` ends that filed the item in the archive: a word nobody types."""
OUTCOME: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "PASS": Label("全部相符", "all in order"), "FAIL": Label("有不符", "not in order"),
        "UNTRUSTED-KEYS": Label("内容完好，来源未核", "contents intact, origin not checked"),
        **SCRUB_OUTCOME.words, **INVENTORY_FOUND.words, FILED: Label("归档", "filed"),
    }
)  # fmt: skip
"""How an event ended, where that says more than that it was done."""


def deed(kind: str, outcome: str) -> Label:
    """Return an event in words, with its outcome where that says more than that it was done."""
    done = CUSTODY.get(kind, Label(kind, kind))
    if outcome in {"", "done"}:
        return done
    ended = OUTCOME.get(outcome, Label(outcome, outcome))
    return Label(f"{done.zh} · {ended.zh}", f"{done.en} · {ended.en}")
