"""Video and sound kept from what the page loaded: whole when all ranges came, else with the ranges that are missing."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from capture import images
from capture.media import gather
from capture.relay_model import Exchange

MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 8


def answer(folder: Path, number: int, url: str, data: bytes, status: int = 200, **headers: str) -> Exchange:
    path = folder / f"{number}.body"
    path.write_bytes(data)
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(number, datetime.now(UTC), "GET", url, status=status, response_headers=fields, response_body=path)


def ranged(folder: Path, number: int, url: str, start: int, end: int) -> Exchange:
    said = {"content_type": "video/mp4", "content_range": f"bytes {start}-{end - 1}/{len(MP4)}"}
    return answer(folder, number, url, MP4[start:end], 206, **said)


def test_a_whole_file_and_ranges_that_overlap_are_kept(tmp_path: Path) -> None:
    seen = [
        answer(tmp_path, 1, "https://a.test/whole", MP4, content_type="application/octet-stream"),
        ranged(tmp_path, 2, "https://a.test/v.mp4", 900, len(MP4)),
        ranged(tmp_path, 3, "https://a.test/v.mp4", 0, 1000),
        answer(tmp_path, 4, "https://a.test/page", b"<!doctype html>", content_type="text/html"),
    ]
    whole, joined = gather(seen, tmp_path / "media")
    for one in (whole, joined):
        assert (one.mime, one.bytes, one.missing) == ("video/mp4", len(MP4), ())
        assert one.sha256 == hashlib.sha256(MP4).hexdigest()
        assert (tmp_path / one.name).read_bytes() == MP4
    assert joined.exchanges == (3, 2)


def test_what_is_missing_is_said_and_nothing_is_made_up(tmp_path: Path) -> None:
    seen = [ranged(tmp_path, 1, "https://a.test/v", 0, 100), ranged(tmp_path, 2, "https://a.test/v", 500, 900)]
    (one,) = gather(seen, tmp_path / "media")
    assert one.name == ""
    assert one.missing == ((100, 500), (900, len(MP4)))
    assert not (tmp_path / "media").exists()


def test_an_answer_that_says_one_thing_and_holds_another_counts_for_nothing(tmp_path: Path) -> None:
    lies = answer(tmp_path, 1, "https://a.test/v", MP4, 206, content_type="video/mp4", content_range="bytes 0-9/10")
    packed = answer(tmp_path, 2, "https://a.test/w", MP4, content_type="video/mp4", content_encoding="gzip")
    assert gather([lies, packed], tmp_path / "media") == []


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def shown(url: str) -> dict[str, object]:
    return {"url": url, "alt": "罐头", "box": [0, 0, 300, 200], "size": [600, 400]}


def test_pictures_the_page_shows_are_kept_once_from_what_it_loaded(tmp_path: Path) -> None:
    seen = [
        answer(tmp_path, 1, "https://a.test/moved", b"", 302, location="/p.png"),
        answer(tmp_path, 2, "https://a.test/p.png", PNG, content_type="image/png"),
        answer(tmp_path, 3, "https://a.test/x.svg", b"<svg onload='x()'/>", content_type="image/png"),
        answer(tmp_path, 4, "https://a.test/part.png", PNG, 206),
        answer(tmp_path, 5, "https://a.test/loop", b"", 302, location="/loop"),
    ]
    places = ("moved", "moved", "x.svg", "part.png", "loop", "never-seen")
    found = images.gather([shown(f"https://a.test/{name}") for name in places], seen, tmp_path / "images")
    assert [one.name for one in found] == ["images/001.png", "", "", "", ""]
    assert (found[0].mime, found[0].alt, found[0].exchange) == ("image/png", "罐头", 2)
    assert (tmp_path / "images" / "001.png").read_bytes() == PNG
