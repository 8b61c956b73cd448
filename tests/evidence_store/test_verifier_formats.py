"""The verifier's parsers: what they accept they accept in one spelling only, and anything else is one kind of error."""

import base64
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_store.verifier.der import SEQUENCE, Node, read_der
from evidence_store.verifier.instants import asn1_time, parse_rfc3339, show_time
from evidence_store.verifier.notes import Checkpoint, GrowthFile, InclusionFile, Note, VerifierKey, read_decimal
from evidence_store.verifier.paths import check_paths
from evidence_store.verifier.pem import read_certificates, write_certificates
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.proofs import earlier_root, growth_holds, inclusion_root, leaf_hash
from evidence_store.verifier.sealrecord import SealRecord
from evidence_store.verifier.strictjson import canonical_json, parse_canonical, parse_json
from evidence_store.verifier.sums import read_sums, write_sums
from evidence_store.verifier.tokens import Query, Token
from evidence_store.verifier.trustfile import TrustFile
from evidence_store.verifier.x509 import Certificate
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import Log, NoteKey, canonical, note, pem

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(max_size=20).filter(lambda t: t.isprintable()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=6).filter(lambda t: t.isprintable()), inner, max_size=4)
    ),
    max_leaves=12,
)
KEY = NoteKey("log.example/x")
AUTHORITY = Authority("one")
MOMENT = datetime(2026, 3, 1, 8, 0, 5, 120000, tzinfo=UTC)
RESPONSE = AUTHORITY.stamp(b"data", MOMENT, nonce=5)
PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "der": (read_der, RESPONSE),
    "token": (Token, RESPONSE),
    "query": (Query, AUTHORITY.request(b"data", nonce=5)),
    "certificate": (Certificate, AUTHORITY.root),
    "pem": (read_certificates, pem(AUTHORITY.root)),
    "json": (parse_json, b'{"a":[1,2,{"b":null}]}'),
    "seal": (SealRecord, canonical({"schema": "bianwu/seal/1"})),
    "trust": (TrustFile, b'{"schema":"bianwu/trust/1"}'),
    "note": (Note, note(b"text\n", KEY)),
    "checkpoint": (Checkpoint, Log(KEY, [b"a", b"b"]).checkpoint()),
    "inclusion": (InclusionFile, Log(KEY, [b"a", b"b"]).proof(1)),
    "growth": (GrowthFile, Log(KEY, [b"a", b"b"]).growth_file(1)),
    "sums": (lambda data: read_sums(data, "x"), b"ab" * 32 + b"  data/x\n"),
}


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_parsers_refuse_with_one_error(name: str, data: st.DataObject) -> None:
    """Random bytes and mutations of valid ones: a value or a ProblemError, never another exception."""
    parser, valid = PARSERS[name]
    if data.draw(st.booleans()):
        raw = data.draw(st.binary(max_size=200))
    else:
        at = data.draw(st.integers(0, len(valid) - 1))
        raw = valid[:at] + data.draw(st.binary(max_size=4)) + valid[at + data.draw(st.integers(0, 4)) :]
    with contextlib.suppress(ProblemError):
        parser(raw)


def walk(node: Node) -> None:
    if node.tag & 0x20:
        for child in node.children:
            walk(child)


@given(st.binary(min_size=1, max_size=60))
def test_der_is_unambiguous(raw: bytes) -> None:
    """What our reader takes whole, asn1crypto reads to the same extent."""
    try:
        node = read_der(raw)
        walk(node)
    except ProblemError:
        return
    assert node.raw == raw
    assert core.load(raw, strict=True).dump() == raw


@given(st.integers(-(2**200), 2**200))
def test_der_integers(value: int) -> None:
    assert read_der(core.Integer(value).dump()).integer() == value


@pytest.mark.parametrize("oid", ["1.2.840.113549.1.1.11", "2.5.29.37", "0.9.2342", "2.999.3", "1.2.156.10197.1.501"])
def test_der_oids(oid: str) -> None:
    assert read_der(core.ObjectIdentifier(oid).dump()).oid() == oid


@pytest.mark.parametrize(
    "raw",
    [
        "",  # nothing
        "30",  # no length
        "3080 0000",  # indefinite
        "308100",  # long form for a short length
        "30820001 00",
        "3003 020101 00",  # trailing byte
        "3004 020101",  # short
        "0202 0001",  # integer not minimal
        "0202 ff80",
        "0200",
        "0101 01",  # boolean neither 00 nor FF
        "0603 2a8001",  # arc not minimal
        "0602 2a86",  # arc unfinished
        "1f8101 00",  # high tag number
        "0302 0101",  # unused bits set
        "0301 01",
    ],
)
def test_der_refuses(raw: str) -> None:
    def read_fully(data: bytes) -> object:
        node = read_der(data)
        walk(node)
        return {1: node.boolean, 2: node.integer, 3: node.named_bits, 6: node.oid}[node.tag]()

    with pytest.raises(ProblemError):
        read_fully(bytes.fromhex(raw))


def test_der_depth_is_bounded() -> None:
    raw = b"\x02\x01\x01"
    for _ in range(40):
        raw = b"\x30" + bytes([len(raw)]) + raw
    with pytest.raises(ProblemError):
        walk(read_der(raw))
    with pytest.raises(ProblemError):
        read_der(b"\x04\x01x").items(SEQUENCE, 0, 1)


@given(json_values | st.text(max_size=40).map(lambda text: [text.encode("utf-8", "ignore").decode()]))
def test_canonical_json_is_a_fixed_point(value: Any) -> None:
    data = canonical_json(value)
    assert parse_canonical(data) == value
    assert json.loads(data) == value
    assert (
        data == json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        or not str(value).isascii()
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a":1.5}',
        '{"a":1e3}',
        '{"a":NaN}',
        '{"a":9007199254740992}',
        "[" * 40 + "]" * 40,
        '{"a":"\\ud800"}',
        "",
        "{",
        "\ufeff{}",
        '"\\x"',
        "1" * 5000,
    ],
)
def test_json_refuses(text: str) -> None:
    with pytest.raises(ProblemError):
        canonical_json(parse_json(text.encode()))


@pytest.mark.parametrize("text", ['{"b":1,"a":2}', '{ "a":1}', '{"a":1}\n', '{"a":"\\u0041"}', '{"a":01}', '{"a":-0}'])
def test_canonical_refuses_other_spellings(text: str) -> None:
    with pytest.raises(ProblemError):
        parse_canonical(text.encode())


def test_canonical_order_is_utf16() -> None:
    assert canonical_json({"\U0001f600": 1, "\ufb33": 2}) == '{"\U0001f600":1,"\ufb33":2}'.encode()


def test_json_without_the_c_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence_store.verifier.strictjson.C_SCANNER", None)
    assert parse_json(b' {"a":[1,"\\u0041"]}\n') == {"a": [1, "A"]}
    for bad in (b'{"a":1,"a":2}', b"1.5", b"[1", b"1 2", b"NaN"):
        with pytest.raises(ProblemError):
            parse_json(bad)


def test_json_size_limit() -> None:
    with pytest.raises(ProblemError):
        parse_json(b" " * 2000, limit=1000)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_times_agree_with_datetime(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    micros = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_rfc3339(aware.strftime("%Y-%m-%dT%H:%M:%S") + f".{aware.microsecond:06d}Z") == micros
    assert parse_rfc3339(show_time(micros)) == micros
    assert asn1_time(read_der(core.GeneralizedTime(aware).dump())) == micros
    if 1970 <= aware.year < 2050:
        assert asn1_time(read_der(core.UTCTime(aware).dump())) == micros - aware.microsecond


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00+08:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00",
        "２026-01-01T00:00:00Z",
        None,
        5,
    ],
)
def test_times_refuse(text: object) -> None:
    with pytest.raises(ProblemError):
        parse_rfc3339(text)


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=40), st.data())
@settings(max_examples=60, deadline=None)
def test_proofs_against_the_recursive_definitions(leaves: list[bytes], data: st.DataObject) -> None:
    log = Log(KEY, leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = log.inclusion(index, len(leaves))
    assert inclusion_root(leaf_hash(leaves[index]), index, len(leaves), proof) == log.root()
    assert inclusion_root(leaf_hash(leaves[index]), index + len(leaves), len(leaves), proof) is None
    assert inclusion_root(leaf_hash(leaves[index]), index, len(leaves), [*proof, bytes(32)]) != log.root()
    assert inclusion_root(leaf_hash(leaves[index] + b"x"), index, len(leaves), proof) != log.root()
    assert earlier_root(index, len(leaves), proof) == (log.root(0, index) if index else None)
    old = data.draw(st.integers(1, len(leaves)))
    before, after = (old, log.root(0, old)), (len(leaves), log.root())
    growth = log.growth(old, len(leaves))
    assert growth_holds(before, after, growth)
    assert not growth_holds((old, bytes(32)), after, growth)
    assert not growth_holds(before, after, [*growth, bytes(32)])
    if old < len(leaves):
        assert not growth_holds(after, before, growth)
        assert not growth_holds(before, (len(leaves), bytes(32)), growth)


def test_an_error_speaks_both_languages() -> None:
    with pytest.raises(ProblemError) as caught:
        VerifierKey("x")
    assert caught.value.message("zh") != caught.value.message("en") == str(caught.value)
    assert (caught.value.code, caught.value.retryable) == ("verify.malformed", False)


def test_vkey_and_note() -> None:
    key = VerifierKey(KEY.vkey)
    assert Note(note(b"some\n\ntext\n", KEY)).holds(key)
    assert not Note(note(b"text\n", NoteKey("other"))).holds(key)
    forged = note(b"text\n", KEY).replace(b"text\n", b"Text\n")
    with pytest.raises(ProblemError):
        Note(forged).holds(key)
    witness = NoteKey("witness.example", kind=4)
    assert Note(note(b"text\n", KEY, witness)).holds(VerifierKey(witness.vkey))


@pytest.mark.parametrize(
    "text",
    [
        KEY.vkey + "A",
        KEY.vkey.replace("+", "+0", 1),
        "a b+" + KEY.vkey.partition("+")[2],
        "+" + KEY.vkey.partition("+")[2],
        KEY.vkey.rpartition("+")[0] + "+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
        "REPLACE-WITH-VKEY",
        "",
    ],
)
def test_vkey_refuses(text: str) -> None:
    with pytest.raises(ProblemError):
        VerifierKey(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"text\n\n",
        b"text\n",
        b"text\n\n- x AAAAAAA=\n",
        "text\n\n— x AAAA\n".encode(),
        "text\n\n— x AAAAAAA=".encode(),
        "text\r\n\n— x AAAAAAA=\n".encode(),
        b"\xff\n\n",
    ],
)
def test_note_refuses(raw: bytes) -> None:
    with pytest.raises(ProblemError):
        Note(raw)


@pytest.mark.parametrize("text", ["", "-1", "01", "1 ", "٣", "9223372036854775808", "1" * 30])
def test_decimal_refuses(text: str) -> None:
    with pytest.raises(ProblemError):
        read_decimal(text)


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/x",
        "a//b",
        "a/./b",
        "a/..",
        "C:\\x",
        "a\\b",
        "x\n",
        "x\u202egpj",
        " x",
        "x ",
        "x.",
        "",
        "e\u0301",
        "x" * 300,
        "a%41",
        "a\x7f",
    ],
)
def test_paths_refuse(path: str) -> None:
    with pytest.raises(ProblemError):
        check_paths([path])


def test_paths_accept_and_twins() -> None:
    check_paths(["data/截图 1.png", "data/a.b/c", ".hidden"])
    with pytest.raises(ProblemError):
        check_paths(["data/A", "data/a"])


def test_sums_round_and_refusals() -> None:
    good = {"a": "0" * 64, "b/页": "1" * 64}
    assert read_sums(write_sums(good), "x") == good
    line = b"0" * 64 + b"  a\n"
    for bad in (
        line[:-1],
        line * 2,
        b"A" + line[1:],
        line.replace(b"  ", b" *"),
        b"0" * 64 + b"  ../a\n",
        b"0" * 64 + b"  \xff\n",
        b"\n",
    ):
        with pytest.raises(ProblemError):
            read_sums(bad, "x")


def test_pem_round() -> None:
    data = pem(AUTHORITY.root, AUTHORITY.leaf)
    assert write_certificates(read_certificates(data)) == data
    assert [one.raw for one in read_certificates(b"Subject: x\r\n" + data.replace(b"\n", b"\r\n"))] == [
        AUTHORITY.root,
        AUTHORITY.leaf,
    ]
    with pytest.raises(ProblemError):
        read_certificates(data.replace(b"-----END", b"-----FIN"))
