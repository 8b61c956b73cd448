"""`bianwu redact`: what could be hidden in an item, a redacted copy of it, and the proof of one."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caseapp.cli.batch import AS, JSON, work_of
from caseapp.cli.house import opened
from caseapp.cli.words import Command, Group, language, option, say
from caseapp.domain.errors import InvalidInputError
from caseapp.domain.labels import Label

if TYPE_CHECKING:
    from caseapp.services.masking import Box, Span
    from caseapp.services.redaction_places import Proposal

BOX_SIDES = 4
SPAN = re.compile(r"(?:(?P<file>.+):)?(?P<start>[0-9]{1,9})-(?P<end>[0-9]{1,9})(?::(?P<kind>[a-z_]+))?", re.ASCII)
SHOWN = 12
NAMES = option("--name", "names", zh="旁人的称呼，可多次给出", en="A bystander's nickname; repeatable", multiple=True)


@click.group(
    "redact",
    cls=Group,
    says=Label("遮盖副本：列出可遮盖处、制作、核对。", "Redacted copies: what to hide, make one, check one."),
)
def redact() -> None:
    """The group of commands on redacted copies."""


@redact.command(
    "propose",
    cls=Command,
    says=Label(
        "按规则找出一件证据里的个人信息；由人决定遮盖哪些。", "Find personal data in an item; a person decides."
    ),
)
@click.argument("number")
@NAMES
@JSON
@AS
def propose(number: str, names: tuple[str, ...], as_json: bool, login: str) -> int:
    """List finds and places with the numbers `make` takes."""
    from caseapp.domain.personal_data import KINDS
    from caseapp.services.queries.evidence import item_row
    from caseapp.services.redactions import proposal

    with opened() as app, work_of(app, login) as work:
        found = proposal(work, item_row(work, number.strip()), names)
    if as_json:
        click.echo(json.dumps(_plain(found), ensure_ascii=False))
        return 0
    for n, (name, span, words) in enumerate(_finds(found), start=1):
        click.echo(f"{n:4}  {name}  {span.start}-{span.end}  {KINDS[span.kind].text(language())}  {words}")
    for n, place in enumerate(found.places, start=1):
        box, sign = place.box, "=" if place.exact else "~"
        where = f"{box.left},{box.top},{box.width},{box.height}"
        click.echo(f"P{n:<4}{sign} {where}  {KINDS[box.kind].text(language())}  {place.text[:SHOWN]}")
    wide, high = found.size
    click.echo(
        say(
            f"截图 {wide} × {high} 像素，文本 {len(found.texts)} 个",
            f"picture {wide} × {high}, texts {len(found.texts)}",
        )
    )
    return 0


def _finds(found: Proposal) -> list[tuple[str, Span, str]]:
    from caseapp.services.masking import Span

    return [
        (name, Span(one.start, one.end, one.kind, one.why), one.text)
        for name, listed in found.finds.items()
        for one in listed
    ]


def _plain(found: Proposal) -> dict[str, object]:
    finds = [
        {"n": n, "file": name, "start": span.start, "end": span.end, "kind": span.kind, "text": words}
        for n, (name, span, words) in enumerate(_finds(found), start=1)
    ]
    places = [
        {"n": n, "box": [one.box.left, one.box.top, one.box.width, one.box.height], "kind": one.box.kind,
         "text": one.text, "exact": one.exact}
        for n, one in enumerate(found.places, start=1)
    ]  # fmt: skip
    return {"size": list(found.size), "texts": list(found.texts), "finds": finds, "places": places}


@redact.command(
    "make",
    cls=Command,
    says=Label("制作遮盖副本并登记为新的证据。", "Make a redacted copy and register it as an item of its own."),
)
@click.argument("number")
@option("--reason", zh="为什么遮盖", en="Why", required=True)
@option(
    "--find",
    "chosen",
    zh="propose 列出的序号，如 1,3；all 为全部",
    en="Numbers of propose, like 1,3, or all",
    default="",
)
@option(
    "--box", "boxes", zh="左,上,宽,高[,种类]，像素；可多次", en="left,top,width,height[,kind] in pixels", multiple=True
)
@option(
    "--span", "spans", zh="[文件:]起-止[:种类]，字序；可多次", en="[file:]start-end[:kind], characters", multiple=True
)
@option("--no-picture", zh="副本不含截图", en="Leave the pictures out", is_flag=True)
@option("--no-text", zh="副本不含正文", en="Leave the texts out", is_flag=True)
@option("--title", zh="副本的题名", en="Title of the copy", default="")
@option("--unprivileged", zh="副本不再属保密通信", en="The copy is not privileged", is_flag=True)
@NAMES
@AS
def make(number: str, chosen: str, boxes: tuple[str, ...], login: str, **told: Any) -> int:
    """Propose anew, take what was chosen, and make the copy at once."""
    from caseapp.services.queries.evidence import item_row
    from caseapp.services.redactions import Order, make_copy, proposal

    with opened() as app:
        with work_of(app, login) as work:
            item = item_row(work, number.strip())
            found = proposal(work, item, told["names"])
        marked, drawn = _masks(found, chosen, told["spans"]), [_box(one) for one in boxes]
        if chosen.strip() == "all":
            drawn += [place.box for place in found.places if place.exact]
        parts = not told["no_picture"], not told["no_text"]
        order = Order(told["reason"], drawn, marked, *parts, told["title"], told["unprivileged"])
        copy = make_copy(app, (partial(work_of, app, login),) * 2, item.id, order)
        made, masks = copy.no, copy.facts["redaction"]
    said = f"{masks['boxes']} + {masks['spans']}"
    click.echo(say(f"✓ 已登记 {made}，遮盖 {said} 处", f"✓ registered {made}, masks: {said}"))
    return 0


def _masks(found: Proposal, chosen: str, spans: tuple[str, ...]) -> dict[str, list[Span]]:
    listed = _finds(found)
    wanted = range(1, len(listed) + 1) if chosen.strip() == "all" else _numbers(chosen)
    masks: dict[str, list[Span]] = {}
    for n in wanted:
        if not 1 <= n <= len(listed):
            raise _refused(chosen)
        masks.setdefault(listed[n - 1][0], []).append(listed[n - 1][1])
    for typed in spans:
        name, span = _span(typed, next(iter(found.texts), ""))
        masks.setdefault(name, []).append(span)
    return masks


def _numbers(typed: str) -> list[int]:
    try:
        return [int(one) for one in typed.split(",") if one.strip()]
    except ValueError as error:
        raise _refused(typed) from error


def _span(typed: str, first: str) -> tuple[str, Span]:
    from caseapp.services.masking import Span

    found = SPAN.fullmatch(typed.strip())
    if found is None:
        raise _refused(typed)
    return found["file"] or first, Span(int(found["start"]), int(found["end"]), found["kind"] or "other")


def _box(typed: str) -> Box:
    from caseapp.services.masking import Box

    parts = typed.split(",")
    try:
        left, top, width, height = (int(one) for one in parts[:BOX_SIDES])
    except ValueError as error:
        raise _refused(typed) from error
    return Box(left, top, width, height, parts[BOX_SIDES].strip() if len(parts) > BOX_SIDES else "other")


def _refused(typed: str) -> InvalidInputError:
    words = typed[:60]
    return InvalidInputError(
        field=Label("遮盖处", "masks"), problem=Label(f"看不懂“{words}”。", f"“{words}” is not understood.")
    )


@redact.command(
    "verify",
    cls=Command,
    says=Label(
        "核对遮盖副本；给出原件时逐像素、逐字核对遮盖以外的一切。不符时退出码为 1。",
        "Check a redacted copy; with the original, every pixel and character outside the masks. Exit code 1 if not so.",
    ),
)
@click.argument("copy", type=click.Path(exists=True, path_type=Path))
@click.argument("original", required=False, type=click.Path(exists=True, path_type=Path))
@JSON
def verify(copy: Path, original: Path | None, as_json: bool) -> int:
    """Check exported packages, ZIP or folder; needs no installation."""
    from caseapp.services.mask_proof import check_copy, parcel

    found = check_copy(parcel(copy), parcel(original) if original else None)
    whole = all(one.ok for one in found)
    if as_json:
        rows = [{"about": one.about, "ok": one.ok, "zh": one.words.zh, "en": one.words.en} for one in found]
        click.echo(json.dumps({"ok": whole, "original": original is not None, "checks": rows}, ensure_ascii=False))
        return 0 if whole else 1
    for one in found:
        click.echo(f"{'✓' if one.ok else '✗'} {one.about}: {one.words.text(language())}")
    if original is None:
        click.echo(
            say("! 没有给出原件：只核对了记录与副本", "! without the original only record and copy were compared")
        )
    click.echo(say("封存与签名另用 bianwu verify 校验", "check the seal and its signature with bianwu verify"))
    return 0 if whole else 1
