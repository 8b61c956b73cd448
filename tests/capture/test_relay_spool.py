"""Secrets and limits."""

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import CaptureError, DiskFullError, RecordBrokenError
from capture.models import Limits
from capture.relay_model import Connection, Exchange, LimitHit, Redaction, from_json, now, to_json
from capture.relay_read import read_records
from capture.relay_spool import Body, Meter, Spool, redact


@pytest.mark.parametrize(
    ("name", "value", "clean"),
    [
        ("Cookie", "a=1; b=2; c", "a=T; b=T; T"),
        ("cookie", "a=", "a="),
        ("Cookie", "a=b=c", "a=T"),
        ("Set-Cookie", "sid=1; Path=/; HttpOnly", "sid=T; Path=/; HttpOnly"),
        ("Set-Cookie", "justasecret", "T"),
        ("Authorization", "Bearer abc", "T"),
        ("Proxy-Authorization", "Basic abc", "T"),
        ("X-Other", "abc", "abc"),
    ],
)
def test_secrets_are_replaced_and_names_stay(name: str, value: str, clean: str) -> None:
    assert redact(name, value, lambda _: "T")[0] == clean


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=30))
def test_no_planted_secret_survives(secret: str) -> None:
    plain = secret.replace(";", "x").replace("=", "y")
    for name, value in (
        ("Cookie", f"k={plain}; z=1"),
        ("Cookie", f"z=1;{plain}"),
        ("Set-Cookie", f"k={plain}; Path=/"),
        ("Authorization", f"Bearer {plain}"),
    ):
        text, tokens = redact(name, value, lambda _: "[redacted]")
        assert plain not in text
        assert tokens


def test_equal_secrets_have_equal_tokens_within_a_capture_and_other_ones_in_another(tmp_path: Path) -> None:
    tokens = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        spool = Spool(folder)
        exchange = Exchange(1, now(), "GET", "http://a/", request_headers=(("Cookie", "a=S3CRET; b=S3CRET"),))
        spool.write_exchange(exchange)
        spool.close()
        assert b"S3CRET" not in (folder / "records.jsonl").read_bytes()
        first, second = [record for record in read_records(folder) if isinstance(record, Redaction)]
        assert first.token == second.token
        tokens.append(first.token)
    assert tokens[0] != tokens[1]


def test_records_come_back_as_they_went(tmp_path: Path) -> None:
    moment = now()
    connection = Connection(1, "a", 2, moment, answers=("x", "y"), chain_der=(b"\0\1", b"\2"), secured=moment)
    exchange = Exchange(
        1, moment, "GET", "http://a/", response_headers=(("A", "\xe9"), ("A", "2")), response_body=Path("bodies/1")
    )
    for kind, record in (("connection", connection), ("exchange", exchange)):
        back = from_json(kind, to_json(record), tmp_path)
        if isinstance(back, Exchange):
            assert back.response_body == tmp_path / "bodies/1"
            back.response_body = Path("bodies/1")
        assert back == record


def test_limits_cut_where_they_say_and_are_recorded_once() -> None:
    hits: list[LimitHit] = []
    meter = Meter(Limits(body_bytes=10, total_bytes=25, connections=1), hits.append)
    assert meter.take(8, 0, "u") == 8
    assert meter.take(8, 8, "u") == 2
    assert meter.take(10, 0, "v") == 10
    assert meter.take(10, 0, "w") == 5
    assert meter.take(10, 0, "w") == 0
    assert meter.admit_connection("x")
    assert not meter.admit_connection("x")
    assert not meter.admit_connection("x")
    assert [hit.name for hit in hits] == ["body_bytes", "total_bytes", "connections"]


def test_an_empty_body_is_no_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert Body(spool, "1").close() == (None, "")
    body = Body(spool, "2")
    body.write(b"abc")
    path, digest = body.close()
    assert path == Path("bodies/2")
    assert digest.startswith("ba7816bf")
    spool.close()


def test_a_write_that_fails_is_never_taken_for_a_failing_network(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    told: list[CaptureError] = []
    spool.on_failure = told.append
    with pytest.raises(DiskFullError) as full, spool.guarded():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(RecordBrokenError) as broken, spool.guarded():
        raise OSError(errno.EIO, "Input/output error")
    assert told == [full.value, broken.value]
    spool.close()
