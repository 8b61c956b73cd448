"""What a form of a document kind consists of: values, groups and lists, and what of the facts is typed at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from caseapp.web.i18n import N_

GROWS: Final = frozenset({
    "claims[].facts", "posts[].statements[].reasons", "statement.acknowledged", "statement.actions",
    "statement.channels", "attachments", "damages.notes",
})  # fmt: skip
SHRINKS: Final = GROWS | {"claims"}
TAKEN: Final = frozenset({
    "number", "posts[].no", "posts[].account", "posts[].uid", "posts[].url", "posts[].content_id", "posts[].kind",
    "posts[].published_at", "posts[].captured_at", "posts[].evidence", "posts[].package_sha256", "posts[].timestamp",
    "posts[].statements[].quote", "posts[].statements[].kind", "posts[].statements[].verdict", "platform.name",
    "posts[].statements[].verified_by", "posts[].statements[].verified_at", "claims[].verdict", "damages.case_no",
    "damages.heads", "damages.without_costs", "damages.total", "damages.alternative", "damages.other_sums",
    "principal.kind", "principal.products", "exhibits", "sample", "bundle", "previous",
})  # fmt: skip
"""Paths that come from rows."""
SHOWN: Final = ("posts[].account", "posts[].url", "posts[].statements[].quote")
"""Of these, what tells an entry of a list from the next."""
ALSO: Final[Mapping[str, str]] = {
    "statement.acknowledged": "statement.actions", "contact.person": "contact.phone", "posts[].outside_scope": "posts",
    "damages.notes": "damages.heads",
}  # fmt: skip
"""Paths a template prints without asking for them → a path it asks for when it is such a template."""
LABELS: Final[Mapping[str, str]] = {
    "text": N_("内容"), "exhibits": N_("证据"), "public_source": N_("公开来源"), "person": N_("联系人"),
    "acknowledged": N_("我们做得不够的地方"), "notes": N_("假设与择一说明"), "outside_scope": N_("不在请求范围内"),
    "principal": N_("权利人"), "agent": N_("代理人"), "platform": N_("平台"), "contact": N_("联系方式"),
    "posts": N_("涉案内容"), "statements": N_("被指陈述"), "identification": N_("指向权利人的说明"),
    "claims": N_("逐项说明"), "limits": N_("结论的范围"), "statement": N_("声明"), "damages": N_("损失"),
    "facts": N_("核实结果"), "reasons": N_("不实理由"), "attachments": N_("附件"), "title": N_("名称"),
    "account": N_("发布账号"), "url": N_("网址"), "quote": N_("原文"), "topic": N_("说法的要点"),
}  # fmt: skip
CHOICES: Final[Mapping[str, str]] = {
    "delete": N_("删除"), "block": N_("屏蔽"), "unlink": N_("断开链接"), "stop_recommending": N_("停止推荐"),
    "label": N_("加争议提示"),
}  # fmt: skip
MOST: Final = 60
"""Entries a list may have in the form."""


@dataclass
class Leaf:
    """One value: how it is typed, what stands in it, what is wrong with it."""

    name: str
    label: str
    kind: str
    raw: str = ""
    picked: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    error: str = ""

    @property
    def missing(self) -> bool:
        """Whether the paper lacks it."""
        return self.required and not self.raw and not self.picked


@dataclass
class Group:
    """Values that belong together; an entry of a list may be taken out."""

    name: str
    label: str
    items: list[Leaf | Group | Many]
    told: list[tuple[str, str]] = field(default_factory=list)
    drops: bool = False
    entry: bool = False


@dataclass
class Many:
    """A list of values."""

    name: str
    label: str
    entries: list[Group | Leaf]
    grows: bool
    shrinks: bool
    required: bool

    @property
    def missing(self) -> bool:
        """Whether the paper lacks it."""
        return self.required and not self.entries


Node = Leaf | Group | Many


def leaves(nodes: list[Any]) -> Iterator[Leaf]:
    """Every value of a form, in order."""
    for node in nodes:
        if isinstance(node, Leaf):
            yield node
        else:
            yield from leaves(node.items if isinstance(node, Group) else node.entries)
