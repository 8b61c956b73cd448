"""SM2 and SM3 beside gmssl, which shares no code with us: each side accepts what the other made and refuses changes."""

import random

from asn1crypto import cms, core, tsp
from gmssl.sm2 import CryptSM2, default_ecc_table
from gmssl.sm3 import sm3_hash

from evidence_store.verifier.curves import SM2, verify_sm2
from evidence_store.verifier.digests import PureSm3, digest
from tests.evidence_store.authorities import Authority, Sm2Key
from tests.evidence_store.forge import SEALED_AT

ORDER = int(default_ecc_table["n"], 16)


def their(key: Sm2Key) -> CryptSM2:
    return CryptSM2(f"{key.secret:064x}", key.public[1:].hex())


def key_of(rng: random.Random) -> Sm2Key:
    """A key whose first coordinate gmssl does not mistake for the mark of an uncompressed point."""
    while (key := Sm2Key(rng.randrange(1, ORDER - 1))).public[1] == 4:
        pass
    return key


def test_same_curve() -> None:
    assert {name: int(default_ecc_table[name], 16) for name in "pbn"} == {"p": SM2.p, "b": SM2.b, "n": SM2.n}
    assert default_ecc_table["g"].lower() == "".join(f"{one:064x}" for one in SM2.g)


def test_sm3_of_every_length() -> None:
    rng = random.Random(5)
    for length in (*range(130), 1000):
        data = rng.randbytes(length)
        pure = PureSm3()
        pure.update(data)
        assert sm3_hash(list(data)) == digest("sm3", data).hex() == pure.hexdigest()


def test_we_accept_what_they_sign() -> None:
    rng = random.Random(6)
    for number in range(6):
        key, message = key_of(rng), rng.randbytes(20 * number)
        signed = their(key).sign_with_sm3(message, f"{rng.randrange(1, ORDER):064x}")
        pair = core.SequenceOf([int(signed[:64], 16), int(signed[64:], 16)], spec=core.Integer).dump()
        assert verify_sm2(key.public, pair, message)
        assert not verify_sm2(key.public, pair, message + b"x")
        assert not verify_sm2(key_of(rng).public, pair, message)


def raw(signature: bytes) -> str:
    pair = core.SequenceOf.load(signature, spec=core.Integer)
    return f"{int(pair[0]):064x}{int(pair[1]):064x}"


def test_they_accept_what_our_test_authority_signs() -> None:
    """The fixtures of every SM2 test stand on the same ground as the outside world."""
    rng = random.Random(7)
    for number in range(6):
        key, message = key_of(rng), rng.randbytes(30 * number)
        signed = raw(key.sign(message))
        assert their(key).verify_with_sm3(signed, message)
        assert not their(key).verify_with_sm3(signed, message + b"x")


def test_they_accept_a_whole_token() -> None:
    """The signature of an SM2 timestamp token, taken out of its CMS by asn1crypto and judged by gmssl."""
    authority = Authority("sm2", "sm2", "sm3")
    response = tsp.TimeStampResp.load(authority.stamp(b"seal", SEALED_AT, nonce=1, imprint="sm3"))
    signer = response["time_stamp_token"]["content"]["signer_infos"][0]
    attributes = cms.CMSAttributes.load(b"\x31" + signer["signed_attrs"].dump()[1:]).dump()
    key = authority.leaf_key
    if key.public[1] != 4:
        assert their(key).verify_with_sm3(raw(signer["signature"].native), attributes)
        assert not their(key).verify_with_sm3(raw(signer["signature"].native), attributes + b"x")
