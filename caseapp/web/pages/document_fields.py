"""The fields of a document kind as a form: built from the typed facts, shown with what is known, read back with care.

A field is named by its path (``claims.0.facts.1.text``). What comes from rows (addresses, digests, sums, verdicts) is
shown and never typed: it is corrected where it is recorded. Lists of our own statements grow and shrink.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from werkzeug.datastructures import MultiDict

from caseapp.documents import DocumentFacts, DocumentKind
from caseapp.documents.facts import Facts, Line, Prose
from caseapp.web.i18n import N_, _, language
from caseapp.web.pages.document_parts import (
    ALSO,
    CHOICES,
    GROWS,
    LABELS,
    MOST,
    SHOWN,
    SHRINKS,
    TAKEN,
    Group,
    Leaf,
    Many,
    Node,
    leaves,
)

INDEX: Final = re.compile(r"\.\d+")
NO_DAY: Final = N_("请填写日期，例如 2026-11-16。")
NO_EXHIBIT: Final = N_("案件证据目录里没有：%(what)s。")
BETWEEN: Final = re.compile(r"[、,，;；\s]+")


class Fields:
    """The form of one kind over the facts of one version.

    Args:
        kind: whose fields.
        base: the facts it starts from.
        labels: exhibit label (证1-3) to evidence number, of the case.
        typed: what was sent; None shows the facts as they are.
    """

    def __init__(
        self,
        kind: DocumentKind,
        base: Mapping[str, Any],
        labels: Mapping[str, str],
        typed: MultiDict[str, str] | None = None,
    ) -> None:
        self._base = base
        self._labels = labels
        self._typed = typed
        self._names = kind.labels(language())
        self._required = {rule.path for rule in kind.fields if rule.required}
        self._declared = set(self._names) | {path for path, asked in ALSO.items() if asked in self._names}
        self._places: dict[str, Leaf] = {}
        self.problem = ""
        roots = dict.fromkeys(["issued_on", *(rule.path.split(".")[0].removesuffix("[]") for rule in kind.fields)])
        hints = get_type_hints(DocumentFacts, include_extras=True)
        self.nodes = [node for root in roots for node in [self._node(hints[root], root, base.get(root))] if node]

    # --- building ---------------------------------------------------------------------------------------------------
    def _node(self, hint: Any, name: str, value: Any, *, entry: bool = False) -> Node | None:
        path = pattern(name)
        if path in TAKEN:
            return None
        hint = _bare(hint)
        if isinstance(hint, type) and issubclass(hint, Facts):
            return self._group(hint, name, value if isinstance(value, Mapping) else {}, entry=entry)
        if get_origin(hint) is tuple and not _leafy(hint):
            return self._many(get_args(hint)[0], name, list(value) if isinstance(value, list | tuple) else [])
        return self._leaf(hint, name, value) if self._wanted(path) or entry else None

    def _wanted(self, path: str) -> bool:
        """Whether a template prints the path: it is declared, or it belongs to a list that is."""
        parts = path.split(".")
        above = {".".join(parts[:at]).removesuffix("[]") for at in range(1, len(parts)) if parts[at - 1].endswith("[]")}
        return path in self._declared or bool(above & set(ALSO)) or (parts[-1] == "public_source" and len(parts) > 1)

    def _group(self, model: type[Facts], name: str, value: Mapping[str, Any], *, entry: bool) -> Group | None:
        items, told = [], []
        for key, hint in get_type_hints(model, include_extras=True).items():
            if pattern(f"{name}.{key}") in SHOWN and value.get(key):
                told.append((self._label(f"{name}.{key}"), str(value[key])))
            node = self._node(hint, f"{name}.{key}", value.get(key))
            items += [node] if node else []
        if not items:
            return None
        return Group(name, self._label(name), items, told, entry and _parent(pattern(name)) in SHRINKS, entry)

    def _many(self, hint: Any, name: str, values: list[Any]) -> Many | None:
        path = pattern(name)
        entries = []
        for at in self._indexes(name, len(values)):
            value = values[at] if at < len(values) else None
            node = self._node(hint, f"{name}.{at}", value, entry=True)
            entries += [node] if isinstance(node, Group | Leaf) else []
        if not entries and path not in GROWS:
            return None
        required = path in self._required
        return Many(name, self._label(name), entries, path in GROWS, path in SHRINKS, required)

    def _indexes(self, name: str, count: int) -> list[int]:
        """Which entries a list has: those it had, or those that were sent, one more where one was asked for."""
        if self._typed is None:
            return list(range(min(count, MOST)))
        start = f"{name}."
        sent = {key[len(start) :].split(".")[0] for key in self._typed if key.startswith(start)}
        dropped = self._typed.get("drop", "")
        found = sorted({int(one) for one in sent if one.isascii() and one.isdigit() and len(one) < len(str(10 * MOST))})
        found = [at for at in found if f"{name}.{at}" != dropped and at < count + MOST][:MOST]
        if self._typed.get("add") == name and pattern(name) in GROWS and len(found) < MOST:
            found.append(max([*found, count - 1]) + 1)
        return found

    def _leaf(self, hint: Any, name: str, value: Any) -> Leaf:
        leaf = Leaf(name, self._label(name), _kind(hint), required=pattern(name) in self._required)
        if leaf.kind == "choices":
            leaf.choices = tuple((key, _(CHOICES.get(key, key))) for key in get_args(get_args(hint)[0]))
            leaf.picked = tuple(self._typed.getlist(name) if self._typed is not None else value or ())
        elif self._typed is not None:
            leaf.raw = self._typed.get(name, "").strip()
        elif leaf.kind == "exhibits":
            known = {number: label for label, number in self._labels.items()}
            leaf.raw = "、".join(known.get(number, number) for number in value or ())
        else:
            leaf.raw = "" if value is None else str(value)
        return leaf

    def _label(self, name: str) -> str:
        path = pattern(name)
        known = self._names.get(path) or self._names.get(path.removesuffix("[]"))
        last = path.rpartition(".")[2].removesuffix("[]")
        return known or _(LABELS.get(last, last))

    # --- reading back -----------------------------------------------------------------------------------------------
    def facts(self) -> dict[str, Any]:
        """Return the facts as typed over those it started from; what could not be read is marked on its field."""
        found = copy.deepcopy(dict(self._base))
        for node in self.nodes:
            found[node.name] = self._value(node, found.get(node.name), node.name)
        return {key: value for key, value in found.items() if value is not None}

    def _value(self, node: Node, before: Any, place: str) -> Any:
        self._places |= {place: node} if isinstance(node, Leaf) else {}
        if isinstance(node, Leaf):
            return self._typed_value(node)
        if isinstance(node, Many):
            known = list(before or ())
            kept = [(one, known[at] if at < len(known) else None) for one in node.entries for at in [_last(one.name)]]
            values = [self._value(one, value, f"{place}.{at}") for at, (one, value) in enumerate(kept)]
            return [value for value in values if value not in (None, "", {})]
        made = dict(before) if isinstance(before, Mapping) else {}
        for item in node.items:
            key = item.name.rpartition(".")[2]
            made[key] = self._value(item, made.get(key), f"{place}.{key}")
        made = {key: value for key, value in made.items() if value not in (None, "", [], {})}
        return made or None

    def _typed_value(self, leaf: Leaf) -> Any:
        if leaf.kind == "choices":
            allowed = {key for key, _word in leaf.choices}
            return [key for key in leaf.picked if key in allowed]
        if leaf.kind == "exhibits":
            return self._exhibits(leaf)
        if leaf.kind == "date" and leaf.raw:
            try:
                return date.fromisoformat(leaf.raw).isoformat()
            except ValueError:
                leaf.error = _(NO_DAY)
                return None
        return leaf.raw or None

    def _exhibits(self, leaf: Leaf) -> list[str]:
        numbers = set(self._labels.values())
        wanted = list(dict.fromkeys(part for part in BETWEEN.split(leaf.raw) if part))
        unknown = [part for part in wanted if part not in self._labels and part not in numbers]
        if unknown:
            leaf.error = _(NO_EXHIBIT, what="、".join(unknown)[:200])
        return [self._labels.get(part, part) for part in wanted if part not in unknown]

    def refuse(self, place: str, detail: str) -> None:
        """Mark the field a value was refused in; at the top where it is none of the form's."""
        leaf = self._places.get(place)
        if leaf is None:
            self.problem = _("%(what)s：%(where)s", what=self._label(place), where=detail) if place else detail
        else:
            leaf.error = detail

    @property
    def errors(self) -> list[Leaf]:
        """The fields something is wrong with."""
        return [leaf for leaf in leaves(self.nodes) if leaf.error]


def pattern(name: str) -> str:
    """Return the path of a name: ``claims.0.facts`` is of ``claims[].facts``."""
    return INDEX.sub("[]", name)


def _parent(path: str) -> str:
    return path.removesuffix("[]")


def _last(name: str) -> int:
    return int(name.rpartition(".")[2])


def _bare(hint: Any) -> Any:
    """Return a hint without ``| None``."""
    kept = [one for one in get_args(hint) if one is not type(None)]
    return kept[0] if type(None) in get_args(hint) and len(kept) == 1 else hint


def _leafy(hint: Any) -> bool:
    """Whether a list is typed into one field: evidence numbers, or a choice of words."""
    inner = get_args(hint)[0]
    return get_origin(inner) is Literal or (inner not in (Line, Prose) and not _is_facts(inner))


def _is_facts(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Facts)


def _kind(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return "choices" if get_origin(get_args(hint)[0]) is Literal else "exhibits"
    if hint is date:
        return "date"
    return "prose" if hint == Prose else "line"
