"""遮盖副本: what is hidden is hidden, everything else is the original's, and anybody can check it."""

from __future__ import annotations

import hashlib
import io
import json
import math
import shutil
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from caseapp.cli import run
from caseapp.domain.errors import (
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
)
from caseapp.models import Case, EvidenceItem
from caseapp.services import evidence
from caseapp.services.archiving import CaseArchivedError
from caseapp.services.bundles import plan_bundle
from caseapp.services.custody import custody_words
from caseapp.services.evidence import export_evidence
from caseapp.services.evidence_acts import describe_evidence
from caseapp.services.mask_pixels import mask_strip, pixels
from caseapp.services.mask_proof import RECORD, RecordUnreadableError, check_copy, parcel
from caseapp.services.masking import MOST_BOXES, Box, Span
from caseapp.services.redaction_jobs import ask_redaction, redaction_job
from caseapp.services.redactions import (
    PREFIX,
    NotAnOriginalError,
    Order,
    OriginalErasedError,
    copies_of,
    make_copy,
    original_of,
    proposal,
)
from caseapp.services.sealing import seal_files
from caseapp.services.sharing import share_evidence
from evidence_store import new_ulid, verify
from tests.caseapp.services.house import House

PHONE = "13800138000"
TEXT = f"网友“小葵”留言：打 {PHONE} 找老板\n１３９ 0013 9000 也行。产品涂工业石蜡。\n"
WIDE, HIGH = 120, 700


def picture(height: int, *, seed: int = 0, mode: str = "RGB", fmt: str = "PNG", **more: Any) -> bytes:
    """A picture whose every pixel depends on its place, with a secret in its metadata."""
    raw = bytes((x * 7 + y * 13 + c * 31 + seed) % 251 for y in range(height) for x in range(WIDE) for c in range(3))
    image = Image.frombytes("RGB", (WIDE, height), raw).convert(mode)
    if fmt == "PNG":
        note = PngImagePlugin.PngInfo()
        note.add_text("Author", PHONE)
        more["pnginfo"] = note
    exif = Image.Exif()
    exif[0x010E] = PHONE
    target = io.BytesIO()
    image.save(target, fmt, exif=exif, **more)
    return target.getvalue()


def fields() -> bytes:
    named = [
        {"name": "author", "raw": PHONE, "box": {"x": 10, "y": 20, "width": 30, "height": 9.5}},
        {"name": "text", "raw": TEXT, "box": {"x": 5, "y": 60, "width": 100, "height": 300}},
        {"name": "likes", "raw": "138", "box": {"x": 1, "y": 1, "width": 9, "height": 9}},
        {"name": "odd", "raw": PHONE, "box": {"x": "NaN", "y": -4, "width": 1e99, "height": None}},
        {"name": "none", "raw": PHONE}, "x",
    ]  # fmt: skip
    return json.dumps({"size": [WIDE // 2, 900], "fields": named}).encode()


def original(house: House, files: dict[str, bytes] | None = None, **more: Any) -> str:
    """A sealed item with two strips, a text and a capture's record, in the case; its key."""
    known = {
        "shots/page-001.png": picture(HIGH), "shots/page-002.png": picture(300, seed=5), "text.txt": TEXT.encode(),
        "capture.json": fields(),
    }  # fmt: skip
    seal_id = new_ulid()
    folder = house.folder / "originals" / seal_id
    paths = {}
    for n, (name, data) in enumerate((files or known).items()):
        paths[name] = folder / f"{n}"
        folder.mkdir(parents=True, exist_ok=True)
        paths[name].write_bytes(data)
    sealed = seal_files(
        house.ports, paths, seal_id=seal_id, folder=folder / "package", capture={"source": "test"}, case_ref=seal_id
    )
    with house.work("xu") as work:
        more = {"title": f"{PHONE} 的帖子", "kind": "web_page", "source": "微汛", **more}
        item = evidence.register_files(work, sealed, **more)
    with house.work("lin") as work:
        found, case = work.get(EvidenceItem, item.id), work.get(Case, house.case_id)
        evidence.add_exhibit(work, case, found, f"证7-{(item.log_index or 0) + 1}", group="第七组", proves="侵害行为")
    return item.id


BOXES = (Box(10, 20, 30, 10, "mobile", "mobile"), Box(0, HIGH - 3, WIDE, 9), Box(50, 500, 9, 30))
SPANS = {"text.txt": [Span(11, 22, "mobile", "mobile")]}
ORDER = Order("提交法庭，遮盖旁人手机号 13800138000", BOXES, SPANS)


def copied(house: House, key: str, order: Order = ORDER, login: str = "xu") -> EvidenceItem:
    return make_copy(house.ports, (lambda: house.work(login),) * 2, key, order)


def exported(house: House, key: str, *, login: str = "lin") -> Path:
    folder = house.folder / "out" / new_ulid()
    folder.mkdir(parents=True)
    with house.work(login) as work:
        return export_evidence(work, work.get(EvidenceItem, key), folder, reason="提交法院")


def holds(copy: Path, source: Path | None = None) -> list[str]:
    """What does not hold."""
    found = check_copy(parcel(copy), parcel(source) if source else None)
    assert found
    return [one.about for one in found if not one.ok]


def test_a_copy_hides_what_was_asked_and_nothing_else(house: House) -> None:
    key = original(house)
    made = copied(house, key)
    assert (made.derived_from_id, made.original_or_copy, made.kind, made.status) == (
        key, "copy", "screenshot", "registered",
    )  # fmt: skip
    assert made.title == f"{PREFIX}{'█' * 11} 的帖子"
    assert set(made.files) == {"shots/page-001.png", "shots/page-002.png", "text.txt", RECORD}
    assert made.facts["redaction"]["kinds"] == {"mobile": 2, "other": 2}
    with zipfile.ZipFile(exported(house, made.id)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        (head,) = {name.removesuffix("seal.sha256") for name in archive.namelist() if name.endswith("seal.sha256")}
        strips = [Image.open(io.BytesIO(archive.read(f"{head}data/shots/page-00{n}.png"))) for n in (1, 2)]
        text = archive.read(f"{head}data/text.txt").decode()
        record = json.loads(archive.read(f"{head}data/{RECORD}"))
    assert PHONE.encode() not in everything
    assert text == TEXT.replace(PHONE, "█" * 11)
    before = [Image.open(io.BytesIO(data)) for data in (picture(HIGH), picture(300, seed=5))]
    for n, (strip, plain) in enumerate(zip(strips, before, strict=True)):
        assert strip.info == {}
        top = n * HIGH
        for y in range(strip.height):
            for x in range(WIDE):
                inside = any(b.left <= x < b.left + b.width and b.top <= y + top < b.top + b.height for b in BOXES)
                assert strip.getpixel((x, y)) == ((0, 0, 0) if inside else plain.getpixel((x, y)))
    assert record["original"]["package_id"] == house.read(EvidenceItem, key).package_id
    assert [len(part["masks"]) for part in record["files"][:2]] == [3, 1]
    assert hashlib.sha256(TEXT.encode()).hexdigest() not in json.dumps(record)


def test_both_chains_say_so_and_each_finds_the_other(house: House) -> None:
    key = original(house)
    made = copied(house, key)
    with house.work("xu") as work:
        for one, other in ((key, made.no), (made.id, house.read(EvidenceItem, key).no)):
            words = custody_words(work, work.get(EvidenceItem, one))
            assert [reason.partition("：")[0] for event, _actor, reason in words if event.type == "derive"] == [other]
        copy = work.get(EvidenceItem, made.id)
        assert [one.id for one in copies_of(work, work.get(EvidenceItem, key))] == [made.id]
        assert getattr(original_of(work, copy), "id", None) == key
    assert verify(exported(house, made.id), house.trust).verdict == "PASS"


def test_the_proof_holds_with_and_without_the_original_as_zip_and_as_folder(house: House) -> None:
    key = original(house)
    made = copied(house, key)
    copy, source = exported(house, made.id), exported(house, key)
    assert holds(copy) == holds(copy, source) == []
    for one in (copy, source):
        shutil.unpack_archive(one, one.with_suffix(""))
    folders = [next(one.with_suffix("").iterdir()) if not (one.with_suffix("") / "seal.sha256").is_file()
               else one.with_suffix("") for one in (copy, source)]  # fmt: skip
    assert holds(folders[0], folders[1]) == []
    other = original(house, {"text.txt": TEXT.encode(), "shots/page-001.png": picture(HIGH)})
    assert "original" in holds(copy, exported(house, other))
    assert run(["redact", "verify", str(copy)]) == run(["redact", "verify", str(copy), str(source), "--json"]) == 0
    assert run(["redact", "verify", str(copy), str(exported(house, other))]) == 1


def folder_of(house: House, key: str) -> Path:
    made = exported(house, key)
    target = made.with_suffix("")
    shutil.unpack_archive(made, target)
    return target if (target / "seal.sha256").is_file() else next(target.iterdir())


def fix_record(copy: Path, change: Any) -> None:
    path = copy / "data" / RECORD
    path.chmod(0o600)
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record))


def repaint(copy: Path, at: tuple[int, int], *, honest: bool = False) -> None:
    """Change one pixel of the first strip; an ``honest`` forger writes the digests of the record anew."""
    path = copy / "data/shots/page-001.png"
    image = Image.open(path)
    image.load()
    image.putpixel(at, (1, 2, 3))
    path.chmod(0o600)
    image.save(path)
    if honest:
        raw = image.crop((0, 0, WIDE, 512)).tobytes()

        def fit(record: Any) -> None:
            record["files"][0]["bands"][0]["after"] = hashlib.sha256(raw).hexdigest()

        fix_record(copy, fit)


def test_every_forgery_shows(house: House) -> None:
    key = original(house)
    made = copied(house, key)
    source = folder_of(house, key)

    def tried(change: Any) -> tuple[list[str], list[str]]:
        copy = folder_of(house, made.id)
        change(copy)
        return holds(copy), holds(copy, source)

    first, text = "shots/page-001.png", "text.txt"
    alone, both = tried(lambda copy: repaint(copy, (100, 100)))
    assert first in alone
    assert first in both
    alone, both = tried(lambda copy: repaint(copy, (100, 100), honest=True))
    assert alone == []
    assert first in both
    alone, both = tried(lambda copy: repaint(copy, (12, 25), honest=True))
    assert first in alone
    assert first in both

    def moved(copy: Path) -> None:
        fix_record(copy, lambda record: record["files"][0]["masks"][0].update(left=11))

    alone, both = tried(moved)
    assert first in alone
    assert first in both

    def left_out(copy: Path) -> None:
        fix_record(copy, lambda record: record["files"][0]["masks"].pop(0))

    alone, both = tried(left_out)
    assert first in both

    def rewrote(copy: Path) -> None:
        path = copy / "data" / text
        path.chmod(0o600)
        data = path.read_bytes().replace("工业".encode(), "食用".encode())
        path.write_bytes(data)
        fix_record(copy, lambda record: record["files"][2].update(after=hashlib.sha256(data).hexdigest()))

    alone, both = tried(rewrote)
    assert alone == []
    assert text in both

    def uncovered(copy: Path) -> None:
        fix_record(copy, lambda record: record["files"][2]["spans"][0].update(start=12))

    alone, both = tried(uncovered)
    assert text in both
    alone, both = tried(lambda copy: fix_record(copy, lambda record: record["original"].update(package_id="0" * 64)))
    assert alone == []
    assert "original" in both


HOSTILE: tuple[Any, ...] = (
    lambda r: r["files"][0].update(width=10**9), lambda r: r["files"][0].update(width=math.nan),
    lambda r: r["files"][0]["masks"].append({"left": -1}), lambda r: r["files"][0].update(masks=7),
    lambda r: r["files"][0].update(name="../../../etc/passwd"), lambda r: r["files"].append("x"),
    lambda r: r["files"][0].update(bands=[]), lambda r: r["files"][2].update(spans=[{"start": "a", "end": None}]),
    lambda r: r["files"][2].update(spans=[{"start": 11, "end": 22}, {"start": 12, "end": 14}]),
)  # fmt: skip


def test_a_hostile_record_is_a_finding_and_no_fault(house: House) -> None:
    copy = folder_of(house, copied(house, original(house)).id)
    whole = (copy / "data" / RECORD).read_bytes()
    for change in HOSTILE:
        fix_record(copy, change)
        assert holds(copy)
        (copy / "data" / RECORD).write_bytes(whole)
    for data in (b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"format": "bianwu-redaction/1"}'):
        (copy / "data" / RECORD).write_bytes(data)
        with pytest.raises(RecordUnreadableError):
            check_copy(parcel(copy))


OUTSIDE: tuple[Any, ...] = (
    (-1, 0, 5, 5), (0, -5, 5, 10), (0, 0, 0, 5), (0, 0, 5, 0), (WIDE, 0, 1, 1), (0, 999, 5, 2),
    (0, 0, WIDE + 1, 1), (math.nan, 0, 5, 5), (0.5, 0, 5, 5), (True, 0, 5, 5), ("1", 0, 5, 5),
    (0, 0, 10**30, 1), (0, math.inf, 1, 1),
)  # fmt: skip


@pytest.mark.full
def test_a_rectangle_outside_the_picture_is_refused(house: House) -> None:
    key = original(house)
    for box in OUTSIDE:
        with pytest.raises(InvalidInputError):
            copied(house, key, Order("理由", [Box(*box)]))


def test_what_cannot_be_asked_is_refused_and_nothing_is_kept(house: House) -> None:
    key = original(house)
    for order, refusal in (
        (replace(ORDER, reason="  "), ReasonRequiredError),
        (replace(ORDER, reason="x" * 1001), InvalidInputError),
        (Order("理由"), InvalidInputError),
        (Order("理由", [Box(0, 0, 1, 1)] * (MOST_BOXES + 1)), InvalidInputError),
        (Order("理由", [Box(0, 0, 1, 1)] * 10_000), InvalidInputError),
        (Order("理由", spans={"text.txt": [Span(3, 3)]}), InvalidInputError),
        (Order("理由", spans={"text.txt": [Span(5, 2)]}), InvalidInputError),
        (Order("理由", spans={"text.txt": [Span(0, 10**6)]}), InvalidInputError),
        (Order("理由", spans={"capture.json": [Span(0, 1)]}), InvalidInputError),
        (Order("理由", BOXES, pictures=False), InvalidInputError),
        (Order("理由", [], SPANS, texts=False), InvalidInputError),
        (Order("理由", BOXES, pictures=False, texts=False), InvalidInputError),
    ):
        with pytest.raises(refusal):
            copied(house, key, order)
    with house.work("xu") as work:
        assert copies_of(work, work.get(EvidenceItem, key)) == []
    assert not list((house.folder / "captures").rglob("*.png"))


@pytest.mark.full
def test_overlapping_spans_are_one_and_parts_go_alone(house: House) -> None:
    key = original(house)
    made = copied(
        house, key, Order("理由", [], {"text.txt": [Span(11, 20), Span(15, 22), Span(16, 18)]}, pictures=False)
    )
    assert (made.kind, set(made.files)) == ("web_page", {"text.txt", RECORD})
    assert "█" * 11 in made.facts["redaction"]["text"]
    assert holds(folder_of(house, made.id), folder_of(house, key)) == []
    only = copied(house, key, Order("理由", BOXES, SPANS, texts=False))
    assert "text.txt" not in only.files


def test_the_rules_propose_and_a_person_decides(house: House) -> None:
    key = original(house)
    with house.work("xu") as work:
        found = proposal(work, work.get(EvidenceItem, key), ["小葵"])
    assert [(one.kind, one.text) for one in found.finds["text.txt"]] == [
        ("name", "小葵"), ("mobile", PHONE), ("mobile", "１３９ 0013 9000"),
    ]  # fmt: skip
    assert [(one.box, one.exact) for one in found.places] == [
        (Box(20, 40, 60, 19, "mobile", "mobile"), True), (Box(10, 120, 110, 600, "name", "name"), False),
    ]  # fmt: skip


@pytest.mark.full
def test_who_may_not_see_or_enter_may_make_none(house: House) -> None:
    key = original(house)
    for login, refusal in (("outside", NotFoundError), ("he", PermissionDeniedError)):
        with pytest.raises(refusal):
            copied(house, key, login=login)


def test_a_copy_of_a_privileged_item_goes_to_those_who_lack_the_right(house: House) -> None:
    key = original(house, privileged=True)
    plain = copied(house, key, replace(ORDER, unprivileged=True), login="zhou")
    closed = copied(house, key, login="zhou")
    with house.work("gao") as work:
        with pytest.raises(NotFoundError):
            work.get(EvidenceItem, key)
        with pytest.raises(NotFoundError):
            work.get(EvidenceItem, closed.id)
        copy = work.get(EvidenceItem, plain.id)
        assert original_of(work, copy) is None
    with house.work("outside") as work, pytest.raises(NotFoundError):
        work.get(EvidenceItem, plain.id)


def test_on_hold_a_copy_may_be_made_and_of_what_is_gone_or_archived_none(house: House) -> None:
    key = original(house)
    house.world.make(lambda work: work.change(work.get(EvidenceItem, key), hold=True, hold_reason="诉讼中"))
    made = copied(house, key)
    assert made.hold is False
    with pytest.raises(NotAnOriginalError):
        copied(house, made.id)
    gone = original(house)
    house.world.make(lambda work: work.change(work.get(EvidenceItem, gone), status="disposed"))
    with pytest.raises(OriginalErasedError) as refused:
        copied(house, gone)
    assert house.read(EvidenceItem, gone).no in refused.value.message("zh")
    house.world.make(lambda work: work.change(work.get(Case, house.case_id), status="archived"))
    with pytest.raises(CaseArchivedError):
        copied(house, key)


def test_pictures_of_other_kinds_are_masked_or_refused(tmp_path: Path) -> None:
    for n, data in enumerate(
        (picture(40, mode="P"), picture(40, mode="L"), picture(40, mode="RGBA"), picture(40, mode="1"),
         picture(40, mode="LA"), picture(40, mode="P", transparency=3), picture(40, fmt="JPEG"))
    ):  # fmt: skip
        target = tmp_path / f"{n}.png"
        told = mask_strip(io.BytesIO(data), target, [Box(3, 3, 5, 5)], b"key")
        assert PHONE.encode() not in target.read_bytes()
        made, plain = Image.open(target).convert("RGBA"), Image.open(io.BytesIO(data)).convert("RGBA")
        assert told["bands"][0]["masked"] is True
        for x, y in ((0, 0), (2, 3), (8, 8), (WIDE - 1, 39)):
            assert made.getpixel((x, y)) == plain.getpixel((x, y))
        assert made.getpixel((7, 7)) == (0, 0, 0, 255)
    deep, cmyk, moving = io.BytesIO(), io.BytesIO(), io.BytesIO()
    Image.new("I;16", (9, 9), 700).save(deep, "PNG")
    Image.new("CMYK", (9, 9)).save(cmyk, "JPEG")
    Image.new("L", (9, 9)).save(moving, "PNG", save_all=True, append_images=[Image.new("L", (9, 9), 9)])
    whole = picture(40)
    for bad in (
        deep.getvalue(),
        cmyk.getvalue(),
        moving.getvalue(),
        b"\x89PNG",
        whole[: len(whole) // 2],
        b"",
        b"GIF89a",
    ):
        with pytest.raises(InvalidInputError):
            pixels(io.BytesIO(bad))


def test_a_huge_picture_is_refused_by_its_head() -> None:
    head = bytearray(picture(40))
    head[16:24] = (100_000).to_bytes(4, "big") + (130_000).to_bytes(4, "big")
    with pytest.raises(InvalidInputError):
        pixels(io.BytesIO(bytes(head)))


@pytest.mark.full
def test_nothing_to_mask_is_said(house: House) -> None:
    for bad, name in ((b"x", "e.bin"), (b"\xff\xfe", "f.txt")):
        with pytest.raises(InvalidInputError):
            copied(house, original(house, {name: bad}), Order("理由", [Box(0, 0, 2, 2)]))


def test_a_worker_makes_it_as_the_person_who_asked(house: House) -> None:
    key = original(house)
    with house.work("xu") as work:
        job = ask_redaction(work, work.get(EvidenceItem, key), ORDER)
        assert ask_redaction(work, work.get(EvidenceItem, key), ORDER).id == job.id
        with pytest.raises(InvalidInputError):
            ask_redaction(work, work.get(EvidenceItem, key), replace(ORDER, reason="另一个理由"))
    assert house.run_jobs() == [True]
    with house.work("xu") as work:
        done = redaction_job(work, work.get(EvidenceItem, key))
        (copy,) = copies_of(work, work.get(EvidenceItem, key))
    assert done is not None
    assert (done.status, done.payload) == ("done", {"user": house["xu"].user_id, "copy": copy.id})
    with house.work("xu") as work:
        ask_redaction(work, work.get(EvidenceItem, key), ORDER)
    house.world.make(lambda work: work.change(work.get(EvidenceItem, key), status="disposed"))
    assert house.run_jobs() == [False]
    assert house.job(key).error_code == "original-erased"


@pytest.mark.full
def test_a_copy_stays_marked_and_a_copy_whatever_is_said_of_it(house: House) -> None:
    made = copied(house, original(house))
    with house.work("xu") as work:
        item = work.get(EvidenceItem, made.id)
        describe_evidence(work, item, seen_version=item.version, title="原件", original_or_copy="original")
        assert (item.title, item.original_or_copy) == (f"{PREFIX}原件", "copy")


@pytest.mark.full
def test_text_with_direction_signs_stays_the_same_outside(house: House) -> None:
    text = "\u202e找我\u202c\r\n1\u200b3800138000\u200d👩\u200d👧 e\u0301\x00完"
    start, end = text.index("1"), text.index("\u200d👩")
    key = original(house, {"text.txt": text.encode()})
    made = copied(house, key, Order("理由", [], {"text.txt": [Span(start, end)]}))
    copy = folder_of(house, made.id)
    assert (copy / "data/text.txt").read_bytes().decode() == text[:start] + "█" * (end - start) + text[end:]
    assert holds(copy, folder_of(house, key)) == []


def test_a_bundle_takes_the_copies_and_who_sees_no_original_can_be_given_one(house: House) -> None:
    key, closed, alone = original(house), original(house, privileged=True), original(house)
    made = copied(house, key)
    newer = copied(house, key)
    other = copied(house, closed, replace(ORDER, unprivileged=True), login="zhou")

    def packed(login: str, *, redacted: bool) -> set[str]:
        with house.work(login) as work:
            plan = plan_bundle(work, work.get(Case, house.case_id), reason="起诉", redacted=redacted)
            return {one.evidence_id for one in plan.packages}

    assert packed("lin", redacted=False) >= {key, closed, alone}
    got = packed("lin", redacted=True)
    assert got >= {newer.id, other.id, alone}
    assert not got & {key, closed, made.id}
    got = packed("xu", redacted=True)
    assert other.id in got
    assert closed not in got
    with house.work("lin") as work:
        _link, token = share_evidence(
            work,
            work.get(EvidenceItem, other.id),
            recipient="平台",
            purpose="投诉",
            span=timedelta(days=1),
            most_views=2,
        )
        assert token
