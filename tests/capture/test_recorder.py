"""A recording as WARC and WACZ: every octet, every record, and what other people's tools say of it."""

import gzip
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from capture.errors import CaptureError, DiskFullError, RecordBrokenError
from capture.recorder import PageFacts, WaczFacts, write_wacz
from capture.relay_model import Connection, Exchange, LimitHit, Recording, Redaction

AT = datetime(2026, 8, 13, 1, 2, 3, 456789, UTC)
PAGE = PageFacts("https://weixun.test/post/1", "一条微博", "正文 text", AT)
TEXT = gzip.compress("<p>辨诬</p>".encode(), mtime=0)


def keep(folder: Path, name: str, data: bytes) -> tuple[Path, str]:
    path = folder / name
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def recording(folder: Path) -> Recording:
    page, page_digest = keep(folder, "1", TEXT)
    cut, cut_digest = keep(folder, "2", b"half")
    form, form_digest = keep(folder, "3q", b"a=1")
    frames, _ = keep(folder, "5f", b'{"opcode":1}\n')
    noise, noise_digest = keep(folder, "6", b"SSH-2.0")
    empty = hashlib.sha256().hexdigest()
    later = AT + timedelta(seconds=1)
    chunked = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
        ("X-Name", "\xe8\xbe\xa8"),
    )
    exchanges = (
        Exchange(
            1,
            AT,
            "GET",
            "https://weixun.test/post/1",
            later,
            200,
            "OK",
            "HTTP/1.1",
            request_headers=(("Host", "weixun.test"), ("Cookie", "a=[redacted sha256:00]")),
            response_headers=chunked,
            response_body=page,
            response_sha256=page_digest,
            response_bytes=len(TEXT),
            connection_id=1,
            accept_encoding="gzip, zstd",
        ),
        Exchange(
            2,
            AT,
            "GET",
            "https://weixun.test/big",
            later,
            200,
            "OK",
            "HTTP/1.1",
            response_headers=(("Content-Length", "99"),),
            response_body=cut,
            response_sha256=cut_digest,
            response_bytes=4,
            truncated="length",
            connection_id=1,
            error="capture.limit_reached",
        ),
        Exchange(
            3,
            AT,
            "POST",
            "https://weixun.test/api?x=1",
            later,
            204,
            "No Content",
            "HTTP/1.1",
            request_headers=(("Content-Type", "application/x-www-form-urlencoded"),),
            request_body=form,
            request_sha256=form_digest,
            connection_id=1,
        ),
        Exchange(4, AT, "GET", "https://weixun.test/post/1", later, 304, "Not Modified", "HTTP/1.1", connection_id=1),
        Exchange(
            5,
            AT,
            "GET",
            "http://weixun.test/ws",
            later,
            101,
            "Switching",
            "HTTP/1.1",
            connection_id=1,
            websocket=frames,
            frames=1,
        ),
        Exchange(
            6,
            AT,
            "GET",
            "http://weixun.test/noise",
            later,
            response_body=noise,
            response_sha256=noise_digest,
            connection_id=1,
            error="capture.bad_exchange",
        ),
        Exchange(7, AT, "CONNECT", "https://bad.test/", later, connection_id=2, error="capture.tls_failure"),
        Exchange(8, AT, "GET", "http://10.0.0.1/", later, error="capture.address_refused"),
        Exchange(
            9, AT, "HEAD", "https://weixun.test/h", later, 200, "", "HTTP/1.1", response_sha256=empty, connection_id=1
        ),
    )
    connections = (
        Connection(
            1,
            "weixun.test",
            443,
            AT,
            "93.184.216.34",
            443,
            ("93.184.216.34",),
            tls_version="TLSv1.3",
            cipher="TLS_AES_256_GCM_SHA384",
            chain_der=(b"0\x03\x02\x01\x01",),
            verdict="trusted",
        ),
        Connection(2, "bad.test", 443, AT, "93.184.216.35", 443, verdict="refused", error="capture.tls_failure"),
    )
    return Recording(
        exchanges,
        connections,
        (LimitHit("body_bytes", 4, AT, "https://weixun.test/big"),),
        (Redaction(1, "Cookie", "[redacted sha256:00]"),),
        started=AT,
        finished=later,
    )


def write(folder: Path, *, attachments: Mapping[str, Path] | None = None) -> tuple[WaczFacts, Recording]:
    source = folder / "source"
    source.mkdir()
    made = recording(source)
    return write_wacz(made, folder / "capture.wacz", PAGE, attachments), made


def records(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    with zipfile.ZipFile(path) as archive:
        raw = archive.read("archive/data.warc.gz")
    found = []
    for record in ArchiveIterator(BytesIO(raw), no_record_parse=True):
        headers = dict(record.rec_headers.headers)
        found.append((record.rec_type, headers, record.raw_stream.read()))
    return found


def test_every_exchange_and_connection_is_in_the_warc(tmp_path: Path) -> None:
    facts, _ = write(tmp_path)
    kinds = [kind for kind, _, _ in records(facts.path)]
    assert kinds[:3] == ["warcinfo", "metadata", "metadata"]
    assert kinds[3:] == [
        *("response", "request", "metadata"),
        *("response", "request", "metadata"),
        *("response", "request", "metadata"),
        *("response", "request", "metadata"),
        *("response", "request", "metadata", "metadata"),
        *("request", "metadata"),
        *("metadata",),
        *("metadata",),
        *("response", "request", "metadata"),
    ]
    assert facts.records == len(kinds)


def test_records_hold_the_octets_of_the_wire(tmp_path: Path) -> None:
    facts, _ = write(tmp_path)
    _, headers, block = records(facts.path)[3]
    assert block == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n"
        b"X-Orig-Transfer-Encoding: chunked\r\nX-Name: \xe8\xbe\xa8\r\n\r\n" + TEXT
    )
    assert headers["WARC-IP-Address"] == "93.184.216.34"
    assert headers["WARC-Date"] == "2026-08-13T01:02:03.456789Z"
    assert headers["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(TEXT).hexdigest()}"
    assert headers["WARC-Block-Digest"] == f"sha256:{hashlib.sha256(block).hexdigest()}"
    _, request_headers, request = records(facts.path)[4]
    assert request == b"GET /post/1 HTTP/1.1\r\nHost: weixun.test\r\nCookie: a=[redacted sha256:00]\r\n\r\n"
    assert request_headers["WARC-Concurrent-To"] == headers["WARC-Record-ID"]
    assert records(facts.path)[6][1]["WARC-Truncated"] == "length"


def test_what_http_does_not_say_is_in_the_metadata(tmp_path: Path) -> None:
    facts, _ = write(tmp_path)
    found = [
        json.loads(block)
        for kind, headers, block in records(facts.path)
        if kind == "metadata" and headers["Content-Type"] == "application/json"
    ]
    first, second = found[:2]
    assert (first["host"], first["tls_version"], first["verdict"]) == ("weixun.test", "TLSv1.3", "trusted")
    assert first["chain_pem"][0].startswith("-----BEGIN CERTIFICATE-----")
    assert second["verdict"] == "refused"
    by_id = {item["id"]: item for item in found[2:]}
    assert by_id[1]["accept_encoding"] == "gzip, zstd"
    assert by_id[6]["received_hex"] == b"SSH-2.0".hex()
    assert by_id[7]["error"] == "capture.tls_failure"
    assert by_id[8]["error"] == "capture.address_refused"


def test_the_index_points_at_the_records_a_replay_can_use(tmp_path: Path) -> None:
    facts, _ = write(tmp_path)
    with zipfile.ZipFile(facts.path) as archive:
        raw = archive.read("archive/data.warc.gz")
        lines = archive.read("indexes/index.cdx").decode().splitlines()
    assert len(lines) == facts.indexed == 4
    assert lines == sorted(lines, key=str.encode)
    for line in lines:
        fields = json.loads(line.split(" ", 2)[2])
        member = raw[int(fields["offset"]) : int(fields["offset"]) + int(fields["length"])]
        (record,) = list(ArchiveIterator(BytesIO(member)))
        assert record.rec_headers.get_header("WARC-Target-URI") == fields["url"]
        assert record.rec_headers.get_header("WARC-Payload-Digest") == fields["digest"]
        assert record.http_headers.get_statuscode() == fields["status"]


def test_warcio_finds_every_digest_right(tmp_path: Path) -> None:
    facts, _ = write(tmp_path)
    with zipfile.ZipFile(facts.path) as archive:
        archive.extract("archive/data.warc.gz", tmp_path)

    class Options:
        inputs = (str(tmp_path / "archive/data.warc.gz"),)
        verbose = False

    checker = Checker(Options())
    checker.process_all()
    assert checker.exit_value == 0


def test_the_container_lists_all_it_holds(tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.write_bytes(b"x")
    attachments = {"shots/a b.png": note, "shots-a-b.png": note, "辨诬.txt": note}
    facts, _ = write(tmp_path, attachments=attachments)
    with zipfile.ZipFile(facts.path) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        package = json.loads(archive.read("datapackage.json"))
        for resource in package["resources"]:
            data = archive.read(resource["path"])
            assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert resource["bytes"] == len(data)
        digest = json.loads(archive.read("datapackage-digest.json"))
        assert digest["hash"] == f"sha256:{hashlib.sha256(archive.read('datapackage.json')).hexdigest()}"
        header, page = [json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines()]
    assert {resource["path"] for resource in package["resources"]} == set(names) - {
        "datapackage.json",
        "datapackage-digest.json",
    }
    assert (package["wacz_version"], package["mainPageUrl"], package["title"]) == ("1.1.1", PAGE.url, PAGE.title)
    assert header["format"] == "json-pages-1.0"
    assert (page["url"], page["title"], page["text"]) == (PAGE.url, PAGE.title, PAGE.text)
    assert digest["hash"].endswith(facts.datapackage_sha256)
    assert hashlib.sha256(facts.path.read_bytes()).hexdigest() == facts.sha256


def test_the_same_recording_gives_the_same_file(tmp_path: Path) -> None:
    first, made = write(tmp_path)
    second = write_wacz(made, tmp_path / "again.wacz", PAGE)
    assert first.sha256 == second.sha256


def test_a_body_changed_after_it_was_hashed_is_refused(tmp_path: Path) -> None:
    _, made = write(tmp_path)
    path = made.exchanges[0].response_body
    assert path is not None
    path.write_bytes(b"doctored")
    with pytest.raises(RecordBrokenError, match="digest differs"):
        write_wacz(made, tmp_path / "b.wacz", PAGE)
    path.unlink()
    with pytest.raises(CaptureError):
        write_wacz(made, tmp_path / "c.wacz", PAGE)
    assert not (tmp_path / "b.wacz").exists()
    assert not list(tmp_path.glob(".wacz-*"))


def test_nothing_is_overwritten_and_a_bad_place_says_so(tmp_path: Path) -> None:
    facts, made = write(tmp_path)
    with pytest.raises(RecordBrokenError, match="exists"):
        write_wacz(made, facts.path, PAGE)
    with pytest.raises(DiskFullError):
        write_wacz(made, tmp_path / "no/such/folder/x.wacz", PAGE)


def test_an_empty_recording_is_still_a_file_that_opens(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    made = replace(recording(tmp_path / "s"), exchanges=(), connections=(), started=None)
    facts = write_wacz(made, tmp_path / "empty.wacz", PAGE)
    assert (facts.records, facts.indexed) == (1, 0)


@pytest.mark.slow
def test_wacz_validate_accepts_it_with_attachments_of_every_kind(tmp_path: Path) -> None:
    kinds = {
        "shots/page-001.png": b"\x89PNG",
        "page.pdf": b"%PDF-1.4",
        "dom.html": b"<table><tr><td>1</td></tr></table>",
        "text.txt": "一,二\n1,2,3".encode(),
        "network.json": b'[{"a":1},{"b":[2]}]',
        "ragged.csv": b"a,b\n1",
        "log.jsonl": b'{"a":1}\n{"b":2}\n',
        "page.mhtml": b"From: x",
        "broken.zip": b"PK",
        "noending": b"1",
    }
    attachments = {}
    for number, (name, data) in enumerate(kinds.items()):
        path = tmp_path / str(number)
        path.write_bytes(data)
        attachments[name] = path
    facts, _ = write(tmp_path, attachments=attachments)
    command = [sys.executable, "-m", "wacz", "validate", "-f", str(facts.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid" in done.stdout
