"""Tokens that must not count, and odd ones that must: one table over adapter, OpenSSL, library, verify.py, verify.html.

`said` is the reason the three verifiers give alike ("" when they accept); `openssl` what the second engine says of the
token alone (None: beyond it); `taken` the error the adapter refuses with when it is offered (None: taken in).
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple

import pytest
from asn1crypto import core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from gmssl.sm2 import CryptSM2

from evidence_store import Rfc3161Authority
from evidence_store.errors import EvidenceError, TokenFormatError
from evidence_store.failures import (
    AuthorityUnreachableError,
    ClockDisagreesError,
    TokenMismatchError,
    TokenRevokedError,
    TokenUntrustedError,
)
from evidence_store.trust import Trust
from evidence_store.verifier.digests import digest
from evidence_store.verifier_html import build_engine
from evidence_store.verify import OpenSslEngine, verify
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import SEALED_AT, Forge, pem
from tests.evidence_store.test_verify_html_engine import node

GOOD = Authority("one")
SM = Authority("one", "sm2", "sm3")
SELF_MADE = Authority("one", embed_root=True)
WHEN = SEALED_AT + timedelta(seconds=20, milliseconds=120)  # as `Forge.stamp` writes into its first index line
NONCE = 0x1122334455667701


def of(root: Authority = GOOD, **flaws: Any) -> Authority:
    """An authority below an honest root, with a flaw."""
    made = Authority("one", kind=flaws.pop("kind", root.kind), root_key=root.root_key, **flaws)
    made.root = root.root
    return made


class Bare(Authority):
    """It leaves its certificates out of its tokens."""

    @property
    def certificates(self) -> list[bytes]:
        return []


def bare() -> Authority:
    made = Bare("one", root_key=GOOD.root_key)
    made.root = GOOD.root
    return made


def two_signers(response: bytes) -> bytes:
    parsed = tsp.TimeStampResp.load(response)
    signed = parsed["time_stamp_token"]["content"]
    signed["signer_infos"] = [signed["signer_infos"][0], signed["signer_infos"][0]]
    answer: bytes = parsed.dump(force=True)
    return answer


def ber(response: bytes) -> bytes:
    """The same in BER: indefinite length outside."""
    inner = core.load(response).contents
    return b"\x30\x80" + inner + b"\0\0"


def flipped(response: bytes) -> bytes:
    return response[:-1] + bytes([response[-1] ^ 1])


def crl(
    issuer: Authority = GOOD, *, revoked: datetime | None = None, reason: str = "superseded", days: int = 30
) -> bytes:
    """The list of an authority's root; `revoked`: when it revoked the signer of `KNOWN`."""
    name = x509.load_der_x509_certificate(GOOD.root).subject
    builder = x509.CertificateRevocationListBuilder().issuer_name(name)
    builder = builder.last_update(SEALED_AT - timedelta(days=40)).next_update(SEALED_AT + timedelta(days=days))
    if revoked is not None:
        serial = x509.load_der_x509_certificate(GOOD.leaf).serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked)
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Row(NamedTuple):
    """One token. See the module for `said`, `openssl` and `taken`."""

    name: str
    said: str
    openssl: bool | None
    taken: type[EvidenceError] | None
    authority: Authority = GOOD
    stamp: Mapping[str, Any] = MappingProxyType({})
    change: Callable[[bytes], bytes] = lambda response: response
    root: Authority = GOOD
    lists: bytes = b""
    warned: str = "no current revocation list"


FAR = WHEN + timedelta(days=8)
BEFORE, AFTER = SEALED_AT - timedelta(days=1), SEALED_AT + timedelta(days=1)
EXPIRED = of(dead=SEALED_AT - timedelta(days=1))
WRONG_USE, LOOSE_USE = of(purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)), of(critical=False)
TABLE = (
    Row("good", "", True, None),
    Row("expired", "certificate not valid at that time", False, TokenUntrustedError, EXPIRED),
    Row("wrong EKU", "not dedicated to timestamping", False, TokenUntrustedError, WRONG_USE),
    Row("EKU not critical", "not dedicated to timestamping", False, TokenUntrustedError, LOOSE_USE),
    Row("wrong imprint", "about other bytes", False, TokenMismatchError, stamp={"data": b"other"}),
    Row("wrong nonce", "request and response differ", True, TokenMismatchError, stamp={"nonce": 5}),
    Row("future genTime", "more than 7 days after", True, ClockDisagreesError, stamp={"when": FAR}),
    Row("SHA-1 imprint", "relies on SHA-1", True, TokenFormatError, stamp={"imprint": "sha1"}),
    Row("SHA-1 signature", "relies on SHA-1", True, TokenFormatError, of(hashed_by="sha1")),
    Row("missing chain", "no certificate of its signer", False, TokenUntrustedError, bare()),
    Row("self-made with its own root", "does not lead to a trusted root", False, TokenUntrustedError, SELF_MADE),
    Row("stray certificate", "", True, None, of(stray=(SM.leaf,))),
    Row("trailing bytes", "bytes after the end", False, TokenFormatError, change=lambda response: response + b"\0"),
    Row("BER", "indefinite or oversized length", False, TokenFormatError, change=ber),
    Row("two signers", "elements where 1 to 1 belong", False, TokenFormatError, change=two_signers),
    Row("SM3 imprint", "", None, None, SM, {"imprint": "sm3"}, root=SM),
    Row("SM3 imprint of other bytes", "about other bytes", None, TokenMismatchError, SM,
        {"imprint": "sm3", "data": b"other"}, root=SM),
    Row("SM2 signature", "", None, None, SM, root=SM),
    Row("SM2 signature spoiled", "signature does not verify", False, TokenUntrustedError, SM, change=flipped, root=SM),
    Row("listed as good", "", True, None, lists=crl(), warned=""),
    Row("revoked before", "certificate revoked at that time", True, TokenRevokedError, lists=crl(revoked=BEFORE)),
    Row("revoked later, superseded", "", True, None, lists=crl(revoked=AFTER), warned=""),
    Row("revoked later, key compromised", "certificate revoked at that time", True, TokenRevokedError,
        lists=crl(revoked=AFTER, reason="keyCompromise")),
    Row("list that ran out", "", True, None, lists=crl(days=-1)),
    Row("list of a stranger", "not signed by the issuer it names", True, TokenRevokedError, lists=crl(SELF_MADE)),
)  # fmt: skip


PAGE_HEAD = """
## Tokens

One token a row, in `tests/evidence_store/test_token_table.py`: what the adapter does when an authority offers it, what
OpenSSL (`rfc3161-client`) says of it alone, and the reason the library, verify.py and verify.html give alike.

| token | offered | OpenSSL | in a package |
|---|---|---|---|
"""
VERDICTS = {True: "accepts", False: "refuses", None: "cannot judge"}


def page_part() -> str:
    """The table as docs/attack-table.md shows it."""
    rows = [
        f"| {row.name} | {'taken' if row.taken is None else row.taken.__name__} | {VERDICTS[row.openssl]} | "
        f"{row.said or ('counts; WARN: ' + row.warned if row.warned else 'counts')} |\n"
        for row in TABLE
    ]
    return PAGE_HEAD + "".join(rows)


def test_the_page_shows_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "attack-table.md"
    assert page.read_text(encoding="utf-8").endswith(page_part())


def build(row: Row, root: Path) -> tuple[Forge, bytes, bytes]:
    """A package whose one token is the row's; returns its request and response too."""
    imprint = row.stamp.get("imprint", "sha256")
    settings: dict[str, Any] = {"log": None, "events": None, "imprint": imprint}
    forge = Forge(root, files={"a.txt": b"x"}, authorities=[row.root], **settings).build()
    asked = {"data": forge.get("seal.sha256"), "when": WHEN, "nonce": NONCE, **row.stamp}
    request = row.root.request(forge.get("seal.sha256"), nonce=NONCE, imprint=imprint)
    response = row.change(row.authority.stamp(asked.pop("data"), asked.pop("when"), **asked))
    forge.put_stamp(1, row.authority, response, request)
    forge.put("seal/tsa/01-one-roots.pem", pem(row.root.root))
    index = json.loads(forge.get("seal/tsa/index.json"))
    try:
        info = tsp.TimeStampResp.load(response)["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        index["stamps"][0]["serial"] = str(info["serial_number"].native)
    except ValueError:
        pass
    forge.put("seal/tsa/index.json", json.dumps(index, sort_keys=True, separators=(",", ":")).encode())
    if row.lists:
        forge.put("seal/tsa/01-one.crl", row.lists)
    forge.tag_manifest()
    return forge, request, response


def offered(row: Row, forge: Forge, request: bytes, response: bytes) -> EvidenceError | None:
    """What the adapter says to the token when an authority answers with it."""

    def fetch(url: str) -> bytes:
        raise AuthorityUnreachableError(url)

    adapter = Rfc3161Authority("one", "http://127.0.0.1:9/", pem(row.root.root), fetch=fetch)
    if row.lists:  # no address in these certificates: the lists are handed over as if one had been asked
        collected = row.lists
        adapter._revocation = lambda chain, at: _judged(chain, at, collected)  # type: ignore[method-assign]
    try:
        adapter.check(forge.get("seal.sha256"), request, response, NONCE, received_at=WHEN)
    except EvidenceError as error:
        return error
    return None


def _judged(chain: list[Any], at: int, collected: bytes) -> bytes:
    from evidence_store.verifier.problem import ProblemError
    from evidence_store.verifier.revocation import check_revocation, read_lists

    try:
        check_revocation(chain, read_lists(collected), at)
    except ProblemError as error:
        raise TokenRevokedError(str(error)) from error
    return collected


def lines(checks: list[Any]) -> list[tuple[Any, ...]]:
    return [(one["number"], one["status"], one["detail_zh"], one["detail_en"]) for one in checks if one["number"] != 22]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, single: ModuleType) -> dict[str, tuple[Any, ...]]:
    """Every row through every judge; verify.html's own engine runs once for all."""
    folder, found, jobs = tmp_path_factory.mktemp("tokens"), {}, []
    for number, row in enumerate(TABLE):
        forge, request, response = build(row, folder / str(number))
        trust = json.dumps(forge.trust()).encode()
        ours = verify(forge.root, Trust.parse(trust)).to_json()
        theirs = single.run_checks(str(forge.root), single.TrustFile(trust), None, None).to_json()
        packed = base64.b64encode(forge.zip(folder / f"{number}.zip").read_bytes()).decode()
        jobs.append(("verify", {"what": packed, "trust": base64.b64encode(trust).decode()}))
        name = row.stamp.get("imprint", "sha256")
        opinion = OpenSslEngine().token(response, digest(name, forge.get("seal.sha256")), [row.root.root])[0]
        found[row.name] = (ours, theirs, opinion, offered(row, forge, request, response))
    (folder / "engine.js").write_text(build_engine(), encoding="utf-8")
    for row, html in zip(TABLE, node(folder / "engine.js", jobs), strict=True):
        found[row.name] = (*found[row.name], html)
    return found


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_token(row: Row, judged: dict[str, tuple[Any, ...]]) -> None:
    ours, theirs, opinion, error, html = judged[row.name]
    assert lines(ours["checks"]) == lines(theirs["checks"]) == lines(html["checks"])
    failed = [one["detail_en"] for one in ours["checks"] if one["status"] == "FAIL" and one["number"] in {12, 13}]
    assert bool(failed) == bool(row.said), failed
    assert not row.said or any(row.said in one for one in failed), failed
    assert [one["detail_en"] for one in ours["checks"] if one["status"] == "FAIL" and one["number"] == 22] == []
    if not row.said:
        warned = [one["detail_en"] for one in ours["checks"] if one["status"] == "WARN" and one["number"] == 12]
        assert bool(warned) == bool(row.warned)
        assert not row.warned or row.warned in warned[0]
    assert opinion is row.openssl
    assert (None if error is None else type(error)) is row.taken, error


def test_gmssl_says_the_same_of_the_sm2_token() -> None:
    """The row's signature taken out by asn1crypto and judged by a library that shares no code with ours."""
    for change, holds in ((lambda response: response, True), (flipped, False)):
        response = change(SM.stamp(b"seal", WHEN, nonce=NONCE, imprint="sm3"))
        signer = tsp.TimeStampResp.load(response)["time_stamp_token"]["content"]["signer_infos"][0]
        signed = signer["signed_attrs"].untag().dump()
        pair = core.SequenceOf.load(signer["signature"].native, spec=core.Integer)
        theirs = CryptSM2(f"{SM.leaf_key.secret:064x}", SM.leaf_key.public[1:].hex())
        text = f"{pair[0].native:064x}{pair[1].native:064x}"
        assert theirs.verify_with_sm3(text, signed) is holds
