"""A stranger's file: what it is by its bytes, which address it names, and nothing else happens."""

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.handed_in import HandedIn, UnknownFormatError, look_at

URL = "https://weibo.com/1234567890/PX260810A017?a=1&b=2"
MHTML = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: {url}\r\nSubject: =?utf-8?Q?=E8=B0=A3?=\r\n"
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="----x"\r\n\r\n\r\n------x\r\n'
    "Content-Type: text/html\r\nContent-Location: https://other.test/part\r\n\r\n<html><script>alert(1)</script>\r\n"
)
SINGLE = (
    "<!DOCTYPE html> <html lang=zh><!--\n Page saved with SingleFile \n url: {url} \n saved date: Mon Nov 23 2026\n-->"
)


def put(folder: Path, data: bytes) -> Path:
    path = folder / "handed-in"
    path.write_bytes(data)
    return path


def wacz(*pages: str, main: str = "", version: str = "1.1.1", **more: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", json.dumps({"wacz_version": version, "mainPageUrl": main}))
        header = json.dumps({"format": "json-pages-1.0", "id": "pages"})
        archive.writestr("pages/pages.jsonl", "\n".join([header, *(json.dumps({"url": page}) for page in pages)]))
        for name, data in more.items():
            archive.writestr(name, data)
    return stream.getvalue()


TAKEN = {
    "png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, HandedIn("png")),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", HandedIn("jpeg")),
    "mp4 of a phone": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", HandedIn("mp4")),
    "quicktime of an iPhone": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", HandedIn("mp4")),
    "webm": (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", HandedIn("webm")),
    "mhtml": (MHTML.format(url=URL).encode(), HandedIn("mhtml", URL, "snapshot-content-location")),
    "mhtml, address of the part": (
        MHTML.replace("Snapshot-Content-Location: {url}\r\n", "").encode(),
        HandedIn("mhtml", "https://other.test/part", "content-location"),
    ),
    "wacz": (wacz(URL), HandedIn("wacz", URL, "pages/pages.jsonl")),
    "wacz with a main page": (wacz("https://a.test/", main=URL), HandedIn("wacz", URL, "datapackage.json")),
    "singlefile": (
        SINGLE.format(url=URL.replace("&", "&amp;")).encode(), HandedIn("singlefile", URL, "comment"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "said"), TAKEN.values(), ids=TAKEN)
def test_a_file_is_what_its_bytes_are(tmp_path: Path, data: bytes, said: HandedIn) -> None:
    assert look_at(put(tmp_path, data)) == said


def address(path: Path) -> str:
    """The address a file names; a file that is refused names none."""
    try:
        return look_at(path).url
    except UnknownFormatError:
        return ""


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "https://user:secret@weibo.com/", "https://", "ftp://a.test/",
     "https://weibo.com/\x00", "https://weibo.com/\u202egnp.exe", "https://weibo.com/" + "a" * 9000, "x" * 60_000],
)  # fmt: skip
def test_what_is_no_address_is_no_address(tmp_path: Path, url: str) -> None:
    for data in (MHTML.replace("https://other.test/part", url), SINGLE):
        assert address(put(tmp_path, data.format(url=url).encode())) == ""
    assert address(put(tmp_path, wacz(url, main=url))) == ""


BAD = {
    "empty": b"",
    "text": b"just words",
    "a page not saved by SingleFile": b"<!doctype html><title>x</title>",
    "an executable": b"MZ\x90\0",
    "a gif": b"GIF89a",
    "an svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    "a plain zip": b"PK\x03\x04" + b"\0" * 100,
    "half a wacz": wacz(URL)[:200],
    "a wacz of no version": wacz(URL, version=""),
    "matroska": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska",
    "an endless comment": b"<html><!--" + b"-" * 70_000,
    "mime without parts": b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nx",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_not_taken_is_refused_soon(tmp_path: Path, data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(UnknownFormatError):
        look_at(put(tmp_path, data))
    assert time.monotonic() - started < 1.0


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    started = time.monotonic()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", json.dumps({"wacz_version": "1.1.1"}))
        archive.writestr("pages/pages.jsonl", b"0" * (64 * 1024 * 1024))
    assert look_at(put(tmp_path, stream.getvalue())) == HandedIn("wacz")
    assert time.monotonic() - started < 3.0


def test_a_directory_of_too_many_entries_is_refused(tmp_path: Path) -> None:
    data = bytearray(wacz(URL))
    at = data.rfind(b"PK\x05\x06")
    data[at + 10 : at + 12] = (65_000).to_bytes(2, "little")
    with pytest.raises(UnknownFormatError):
        look_at(put(tmp_path, bytes(data)))
    data[at + 12 : at + 16] = b"\xff\xff\xff\x7f"
    with pytest.raises(UnknownFormatError):
        look_at(put(tmp_path, bytes(data)))


def test_deep_json_is_no_address(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("datapackage.json", json.dumps({"wacz_version": "1.1.1"}))
        archive.writestr("pages/pages.jsonl", "[" * 200_000)
    assert look_at(put(tmp_path, stream.getvalue())) == HandedIn("wacz")


@given(st.binary(max_size=300), st.sampled_from([data for data, _said in TAKEN.values()]), st.integers(0, 400))
def test_any_bytes_are_a_known_format_or_refused(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, data: bytes, at: int
) -> None:
    path = put(tmp_path_factory.getbasetemp(), data[:at] + noise + data[at:])
    try:
        found = look_at(path)
    except UnknownFormatError:
        return
    assert found.url == "" or found.url.startswith("http")
