"""Attacks on the beginning's timestamps, each by a sealer who seals what is false; and an honest beginning."""

from datetime import timedelta
from typing import Any

from tests.evidence_store.attack_rows import reseal
from tests.evidence_store.authorities import Authority
from tests.evidence_store.forge import SEAL_ID, SEALED_AT, Forge, canonical, pem, sha256, zulu
from tests.evidence_store.judging import HONEST

BEFORE = SEALED_AT - timedelta(seconds=40)


def statement(**changes: Any) -> bytes:
    return canonical({
        "schema": "bianwu/start/1", "seal_id": SEAL_ID, "url_sha256": sha256(b"https://weixun.test/p/1"),
        "nonce": "5c" * 32, "at": zulu(BEFORE), "checkpoint": "", **changes,
    })  # fmt: skip


def begin(
    forge: Forge, said: bytes, *, by: Authority = HONEST, when: Any = BEFORE, stamped: bytes | None = None
) -> None:
    """Lay a beginning into a package and seal it."""
    forge.put("data/start/statement.json", said)
    forge.put(f"data/start/01-{by.name}.tsr", by.stamp(said if stamped is None else stamped, when, nonce=9))
    forge.put(f"data/start/01-{by.name}-roots.pem", pem(by.root))
    reseal(forge)


def honest_start(forge: Forge) -> None:
    begin(forge, statement())


def start_of_another_capture(forge: Forge) -> None:
    begin(forge, statement(seal_id="01KJM9GZ5R3V8Q2C7XW4E6T0AC"))


def start_of_another_address(forge: Forge) -> None:
    begin(forge, statement(url_sha256=sha256(b"https://weixun.test/p/2")))


def start_stamp_later_than_the_seal(forge: Forge) -> None:
    begin(forge, statement(), when=SEALED_AT + timedelta(minutes=9))


def start_stamp_of_other_bytes(forge: Forge) -> None:
    begin(forge, statement(), stamped=statement(nonce="5d" * 32))


def start_by_a_self_made_authority(forge: Forge) -> None:
    begin(forge, statement(), by=Authority("rogue"))


def start_written_loosely(forge: Forge) -> None:
    begin(forge, statement().replace(b',"nonce"', b', "nonce"'))
