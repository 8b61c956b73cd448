"""Canonical JSON and digest lists: writing then reading is the identity, and only canonical bytes are read."""

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evidence_store import layout, manifest
from evidence_store.errors import CanonicalJsonError, EvidenceError, ManifestError, NameRefusedError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-manifest.MAX_INTEGER, manifest.MAX_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
HEX = st.integers(0, 2**256 - 1).map("{:064x}".format)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_json_round_trip(value: Any) -> None:
    data = manifest.canonical_json(value)
    assert manifest.parse_json(data) == value
    assert json.loads(data) == value
    assert manifest.canonical_json(manifest.parse_json(data)) == data


def test_rfc_8785_order_and_escapes() -> None:
    # RFC 8785 §3.2.3: UTF-16 order puts the surrogate pair before U+FB33
    value = {
        "\u20ac": "Euro",
        "\r": "CR",
        "\ufb33": "Dalet",
        "1": "One",
        "\U0001f600": "Smile",
        "\x80": "C",
        "\xf6": "o",
    }
    text = manifest.canonical_json(value).decode()
    order = [
        text.index(json.dumps(key, ensure_ascii=False))
        for key in ("\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33")
    ]
    assert order == sorted(order)
    assert manifest.canonical_json('\b\t\n\f\r"\\/\x01\x7f é') == '"\\b\\t\\n\\f\\r\\"\\\\/\\u0001\x7f é"'.encode()


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\udfff": 1}, {1: 2}, b"x", {1, 2}, object()]
)
def test_what_canonical_json_cannot_hold(value: object) -> None:
    with pytest.raises(CanonicalJsonError):
        manifest.canonical_json(value)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b"\xef\xbb\xbf{}",
        b"1.0",
        b"1e3",
        b"-0",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b"9" * 5000,
        b'"\\ud800"',
        b'"\\u0041"',
        b'"\xff"',
        nested(40),
        nested(100_000),
    ],
)
def test_not_canonical(data: bytes) -> None:
    with pytest.raises(CanonicalJsonError):
        manifest.parse_json(data)


def test_loose_reading_still_bounds_the_values() -> None:
    assert manifest.parse_json(b' {"b":1, "a":2} ', canonical=False) == {"a": 2, "b": 1}
    with pytest.raises(CanonicalJsonError):
        manifest.parse_json(b" 1.5 ", canonical=False)
    with pytest.raises(CanonicalJsonError):
        manifest.parse_object(b"[]")


PATHS = st.from_regex(r"[a-zé正A-Z0-9_-]{1,8}(\.[a-z]{1,3})?(/[a-z0-9]{1,5}){0,2}", fullmatch=True)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(PATHS, HEX, max_size=8))
def test_list_round_trip(digests: dict[str, str]) -> None:
    assume(all(layout.check_path(path) for path in digests))
    data = manifest.digest_list(digests)
    assert manifest.parse_digest_list(data) == digests
    assert list(manifest.parse_digest_list(data)) == sorted(digests, key=str.encode)


def test_sha256sum_reads_the_list(tmp_path: Path) -> None:
    digests = {}
    for name in ("a b.txt", "正文.html", "x/-dash", "x/*".replace("*", "~")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
        from evidence_store.digests import sha256_hex

        digests[name] = sha256_hex(name.encode())
    (tmp_path / "list").write_bytes(manifest.digest_list(digests))
    subprocess.run(["sha256sum", "-c", "--strict", "list"], cwd=tmp_path, check=True, capture_output=True)


GOOD = "0" * 64


@pytest.mark.parametrize(
    "text",
    [
        f"{GOOD}  a",
        f"{GOOD} a\n",
        f"{GOOD} *a\n",
        f"{GOOD}  b\n{GOOD}  a\n",
        f"{GOOD}  a\n{GOOD}  a\n",
        f"{GOOD}  ../a\n",
        f"{GOOD}  /a\n",
        f"{GOOD}  a//b\n",
        f"\\{GOOD}  a\\nb\n",
        f"{GOOD.replace('0', 'A')}  a\n",
        f"{GOOD[1:]}  a\n",
        f"{GOOD}  a\r\n",
        f"{GOOD}  a\n\n",
        f"# comment\n{GOOD}  a\n",
        "\ufeff" + f"{GOOD}  a\n",
    ],
)
def test_malformed_lists(text: str) -> None:
    with pytest.raises(ManifestError):
        manifest.parse_digest_list(text.encode())


def test_a_list_of_something_else_is_not_written() -> None:
    with pytest.raises(ManifestError):
        manifest.digest_list({"a": "zz"})
    with pytest.raises(NameRefusedError):
        manifest.digest_list({"../a": GOOD})


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_value_or_an_evidence_error(data: bytes) -> None:
    for parse in (manifest.parse_json, manifest.parse_object, manifest.parse_digest_list):
        with contextlib.suppress(EvidenceError):
            parse(data)
