"""Facts read from the page, each with where it was read: DOM path, box, and pointer into the page's own JSON.

A value without a source is worthless as evidence, so nothing here guesses: what is not found is absent.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import trafilatura

from capture.adapters import GENERIC, choose
from capture.models import Box, FieldValue
from capture.run import Run, well_formed
from capture.shown_time import parse_shown_time

# https://schema.org types that are the content of a page, not its surroundings.
POST_TYPES = frozenset(
    (
        *("SocialMediaPosting", "DiscussionForumPosting", "BlogPosting", "Article", "NewsArticle", "Report"),
        *("Answer", "Question", "Comment", "Review", "VideoObject", "ImageObject", "CreativeWork", "QAPage"),
    )
)
# Property path within such an object → our field; the first that is there wins.
PROPERTIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("title", ("headline", "name")),
    ("text", ("articleBody", "text", "description")),
    ("author", ("author/name", "author/0/name", "author", "creator/name")),
    ("author_id", ("author/identifier", "author/0/identifier", "author/url", "author/0/url")),
    ("author_url", ("author/url", "author/0/url")),
    ("verification", ("author/description", "author/0/description")),
    ("published_at", ("datePublished", "dateCreated", "uploadDate")),
    ("updated_at", ("dateModified",)),
    ("content_id", ("identifier",)),
    ("url", ("url", "@id")),
    ("ip_location", ("contentLocation/name", "locationCreated/name")),
    ("repost_of", ("sharedContent/url", "isBasedOn/url", "isBasedOn")),
    ("comments", ("commentCount",)),
    ("likes", ("upvoteCount",)),
)
COUNTERS: Mapping[str, str] = {
    "ViewAction": "views",
    "WatchAction": "views",
    "ReadAction": "views",
    "LikeAction": "likes",
    "AgreeAction": "likes",
    "CommentAction": "comments",
    "ReplyAction": "comments",
    "ShareAction": "reposts",
}
LOCATED = frozenset(("title", "text", "author", "published_at", "ip_location", "views", "likes", "comments", "reposts"))
_UNITS: Mapping[str, int] = {
    "": 1,
    "k": 1000,
    "K": 1000,
    "千": 1000,
    "万": 10_000,
    "w": 10_000,
    "W": 10_000,
    "亿": 100_000_000,
}
_COUNT = re.compile(r"(\d[\d,，]*(?:\.\d+)?)\s*([kKwW千万亿]?)")
TEN_THOUSAND = 10_000
COMPARED = ("author", "author_id", "title", "text")
WORDS_MOST = 300
NESTING_MOST = 4  # deeper objects of JSON-LD are no main objects


async def read_fields(run: Run) -> str:
    """Read the page's facts by its adapter and the generic one, and find where they are shown."""
    adapter = choose(run.url_final or run.request.url, run.request.adapters)
    hooks = {**GENERIC.hooks, **adapter.hooks}
    raw = await run.world.call("fields", {"hooks": {name: list(selectors) for name, selectors in hooks.items()}})
    own = frozenset() if adapter is GENERIC else frozenset(adapter.hooks)
    fields = {field.name: field for field in from_hooks(raw["found"], own)}
    # Structured data states what the page shows abridged (1.2万), so it goes first; a platform's own hooks outrank it.
    stated, read = from_json_ld(raw["data"]), _own(fields)
    fields = {**{n: f for n, f in fields.items() if f.source == "meta"}, **stated, **read}
    if identifier := adapter.id_in(run.url_final):
        fields.setdefault("content_id", FieldValue("content_id", identifier, identifier, "url"))
    if "text" not in fields:
        run.background["article"] = asyncio.get_running_loop().run_in_executor(None, article_text, run)
    dated = {name: with_time(field, run.started, run.request.timezone) for name, field in fields.items()}
    run.fields = await _located(run, dated)
    run.notes["adapter"] = {"name": adapter.name, "verified_on": adapter.verified_on}
    if differs := disagreements(read, stated):
        run.notes["adapter"]["disagrees"] = differs
    return f"{adapter.name}: {', '.join(sorted(fields))}"


def with_time(field: FieldValue, seen: datetime, zone: str) -> FieldValue:
    """Return a time field with the moment it names and how exact that is; what names none stays as shown."""
    if not field.name.endswith("_at"):
        return field
    found = parse_shown_time(field.raw, seen, zone)
    return field if found is None else replace(field, value=found.text, precision=found.precision)


def _own(fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    return {name: field for name, field in fields.items() if field.source == "hook"}


def disagreements(read: Mapping[str, FieldValue], stated: Mapping[str, FieldValue]) -> list[dict[str, str]]:
    """Return what the adapter read and the page's structured data states otherwise; both are told, neither is hidden.

    Only who and what: times and figures are shown abridged, and one value within the other is the same, unfolded.
    """
    found = []
    for name in COMPARED:
        if name in read and name in stated:
            one, other = ("".join(fields[name].value.split()) for fields in (read, stated))
            if one not in other and other not in one:
                words = {"adapter": read[name].value[:WORDS_MOST], "stated": stated[name].value[:WORDS_MOST]}
                found.append({"field": name, **words})
    return found


async def finish_fields(run: Run) -> str:
    """Add the main text of a page that does not state it, found while the pictures were taken."""
    pending = run.background.pop("article", None)
    text: str = await pending if pending is not None else ""
    if text:
        run.fields = (*run.fields, FieldValue("text", text, text, "trafilatura"))
    return f"{len(text)} characters" if pending is not None else "stated by the page"


def article_text(run: Run) -> str:
    """Return the main text as trafilatura sees it, or ""."""
    path = run.files.get("dom.html")
    if path is None:
        return ""
    html = path.read_text(encoding="utf-8", errors="replace")
    return trafilatura.extract(html, include_comments=False, favor_precision=True) or ""


def from_hooks(found: Iterable[Mapping[str, Any]], own: frozenset[str]) -> Iterator[FieldValue]:
    """Turn the elements found by selectors into fields.

    Args:
        found: From `fields.js`.
        own: Names whose selectors are the platform adapter's own.
    """
    for item in found:
        name, raw = str(item["name"]), str(item["text"])
        source = "hook" if name in own else "meta"
        yield FieldValue(name, parsed(name, raw), raw, source, str(item["path"]), box=_box(item["box"]))


def from_json_ld(data: Iterable[Mapping[str, str]]) -> dict[str, FieldValue]:
    """Read the first content object of the page's JSON-LD.

    Args:
        data: Script elements, each `path` and `text`.
    """
    for script in data:
        try:
            root = well_formed(json.loads(script["text"]))
        except ValueError:
            continue
        for pointer, item in _objects(root, ""):
            if POST_TYPES.intersection(_types(item)):
                return _fields_of(item, pointer, script["path"])
    return {}


def _objects(node: Any, pointer: str, depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk the places where JSON-LD keeps its main object: the root, a list, @graph, mainEntity."""
    if depth > NESTING_MOST:
        return
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _objects(item, f"{pointer}/{index}", depth + 1)
    elif isinstance(node, dict):
        for key in ("mainEntity", "@graph"):
            if key in node:
                yield from _objects(node[key], f"{pointer}/{key}", depth + 1)
        yield pointer, node


def _types(item: Mapping[str, Any]) -> frozenset[str]:
    kind = item.get("@type", ())
    return frozenset(
        (kind,) if isinstance(kind, str) else (str(name) for name in kind) if isinstance(kind, list) else ()
    )


def _fields_of(item: Mapping[str, Any], pointer: str, path: str) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {}
    for name, places in PROPERTIES:
        for place in places:
            raw = _at(item, place)
            if isinstance(raw, str | int) and not isinstance(raw, bool) and str(raw).strip():
                text = str(raw).strip()
                fields[name] = FieldValue(name, parsed(name, text), text, "json-ld", path, f"{pointer}/{place}")
                break
    statistics = item.get("interactionStatistic", [])
    for index, entry in enumerate(statistics if isinstance(statistics, list) else [statistics]):
        name = COUNTERS.get(_action(entry), "")
        count = entry.get("userInteractionCount") if isinstance(entry, dict) else None
        if name and isinstance(count, str | int):
            place = f"{pointer}/interactionStatistic/{index}/userInteractionCount"
            fields[name] = FieldValue(name, parsed(name, str(count)), str(count), "json-ld", path, place)
    return fields


def _action(entry: Any) -> str:
    kind = entry.get("interactionType", "") if isinstance(entry, dict) else ""
    name = kind.get("@type", "") if isinstance(kind, dict) else kind
    return str(name).rsplit("/", 1)[-1]


def _at(node: Any, place: str) -> Any:
    for key in place.split("/"):
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def parsed(name: str, raw: str) -> str:
    """Return a field's value in one form: counts as digits, times with a zone as RFC 3339 UTC, all else as it stands.

    What cannot be parsed stays as shown: the raw text is evidence, the parsed one a convenience.
    """
    if name in ("views", "likes", "comments", "reposts", "followers"):
        count = parse_count(raw)
        return raw if count is None else str(count)
    if name.endswith("_at"):
        try:
            moment = datetime.fromisoformat(raw.strip())
        except ValueError:
            return raw
        return raw if moment.tzinfo is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return raw


def parse_count(raw: str) -> int | None:
    """Parse a counter as platforms show it: 8,217 · 1.2万 · 3k · 1.3亿; None when there is no number."""
    found = _COUNT.search(raw)
    if found is None:
        return None
    try:
        number = Decimal(found[1].replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return int(number * _UNITS[found[2]])


def spellings(field: FieldValue) -> list[str]:
    """Return the ways a value may be written on the page, the likeliest first."""
    if field.name.endswith("_at") and field.value != field.raw:
        try:
            local = datetime.fromisoformat(field.raw.strip())
        except ValueError:
            return [field.raw]
        return [
            field.raw,
            local.strftime("%Y-%m-%d %H:%M"),
            local.strftime("%Y年%m月%d日 %H:%M"),
            local.strftime("%Y-%m-%d"),
        ]
    if field.value.isdigit() and field.name in LOCATED:
        number = int(field.value)
        short = f"{number * 10 // TEN_THOUSAND / 10:.1f}".removesuffix(".0") + "万"
        return [field.raw, f"{number:,}", *([short] if number >= TEN_THOUSAND else [])]
    return [field.raw]


async def _located(run: Run, fields: Mapping[str, FieldValue]) -> tuple[FieldValue, ...]:
    """Add where a value from structured data is shown to a reader."""
    # One character stands on a page in many places: where this one stands would be a guess.
    missing = [f for f in fields.values() if f.box is None and f.name in LOCATED and len(f.raw) > 1]
    places: Sequence[Any] = await run.world.call("locate", {"wanted": [spellings(field) for field in missing]})
    shown = {field.name: place for field, place in zip(missing, places, strict=True) if place is not None}
    return tuple(_with_place(field, shown.get(name)) for name, field in sorted(fields.items()))


def _with_place(field: FieldValue, place: Mapping[str, Any] | None) -> FieldValue:
    if place is None:
        return field
    return replace(field, box=_box(place["box"]), shown_path=str(place["path"]))


def _box(values: Sequence[int] | None) -> Box | None:
    return Box(*(int(value) for value in values)) if values else None
