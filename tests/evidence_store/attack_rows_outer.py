"""Attacks on timestamps, log, custody and tag files, and the table of all attacks with the checks that must fail."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.evidence_store import attack_rows as inner
from tests.evidence_store import attack_rows_lists as lists
from tests.evidence_store import attack_rows_start as start
from tests.evidence_store.attack_rows_tokens import (
    extra_chain_certificate,
    index_lies_about_time,
    one_token_twice,
    other_root_beside_token,
    pass_test_token_as_real,
    remove_tokens,
    replace_token,
    restamp,
    rogue_authority,
    rogue_authority_as_guest,
    rogue_under_honest_name,
    sha1_imprint,
    token_before_the_seal,
)
from tests.evidence_store.forge import Forge, Log, NoteKey


# --- log ------------------------------------------------------------------------------------------
def edit_leaf(forge: Forge) -> None:
    forge.put("seal/log/leaf.json", forge.get("seal/log/leaf.json").replace(b"2026-03-01", b"2025-03-01"))
    forge.tag_manifest()


def smaller_checkpoint(forge: Forge) -> None:
    """A true, older checkpoint of the same log: replayed to hide the entry's place."""
    assert forge.log is not None
    proof = forge.get("seal/log/seal.tlog-proof").partition(b"\n\n")[0]
    old = forge.log.checkpoint(5, *forge.witnesses)
    forge.put("seal/log/seal.tlog-proof", proof + b"\n\n" + old)
    forge.put("seal/log/checkpoint", old)
    forge.tag_manifest()


def forked_checkpoint(forge: Forge) -> None:
    """The log itself signs a second history of the same size."""
    assert forge.log is not None
    other = Log(forge.log.key, [b"z", *forge.log.leaves[1:5]])
    index = other.append(forge.leaf())
    forge.put("seal/log/seal.tlog-proof", other.proof(index, None, *forge.witnesses))
    forge.put("seal/log/checkpoint", other.checkpoint(None, *forge.witnesses))
    forge.tag_manifest()


def rebuilt_log(forge: Forge) -> None:
    """All entries written again with one left out, everything signed by the log."""
    assert forge.log is not None
    other = Log(forge.log.key, forge.log.leaves[1:5])
    index = other.append(forge.leaf())
    forge.put("seal/log/seal.tlog-proof", other.proof(index, None, *forge.witnesses))
    forge.put("seal/log/checkpoint", other.checkpoint(None, *forge.witnesses))
    forge.forget("custody")
    forge.tag_manifest()


def swap_log_key(forge: Forge) -> None:
    assert forge.log is not None
    other = Log(NoteKey(forge.log.key.name, seed=9), forge.log.leaves[:6])
    forge.put("seal/log/seal.tlog-proof", other.proof(5, None, *forge.witnesses))
    forge.put("seal/log/checkpoint", other.checkpoint(None, *forge.witnesses))
    forge.tag_manifest()


def other_log(forge: Forge) -> None:
    other = Log(NoteKey("log.attacker"), [b"x"])
    forge.log = other
    forge.enter_log()
    forge.tag_manifest()


def no_witness(forge: Forge) -> None:
    assert forge.log is not None
    forge.put("seal/log/seal.tlog-proof", forge.log.proof(5, 6))
    forge.put("seal/log/checkpoint", forge.log.checkpoint(6))
    forge.tag_manifest()


def false_witness(forge: Forge) -> None:
    assert forge.log is not None
    false = NoteKey("witness.example", seed=9, kind=4)
    forge.put("seal/log/seal.tlog-proof", forge.log.proof(5, 6, false))
    forge.put("seal/log/checkpoint", forge.log.checkpoint(6, false))
    forge.tag_manifest()


def remove_log(forge: Forge) -> None:
    forge.forget("seal/log", "custody")
    forge.tag_manifest()


def remove_checkpoint_only(forge: Forge) -> None:
    forge.forget("seal/log/checkpoint")
    forge.tag_manifest()


# --- custody --------------------------------------------------------------------------------------
def edit_custody_row(forge: Forge) -> None:
    forge.put(
        "custody/events.jsonl", forge.get("custody/events.jsonl").replace("案件取证".encode(), "例行查看".encode(), 1)
    )
    forge.tag_manifest()


def edit_custody_and_relink(forge: Forge) -> None:
    forge.custody(reason="例行查看")
    forge.tag_manifest()


def edit_custody_and_drop_proofs(forge: Forge) -> None:
    forge.custody(reason="例行查看")
    forge.forget("custody/proofs")
    forge.tag_manifest()


def delete_custody_row(forge: Forge) -> None:
    lines = forge.get("custody/events.jsonl").splitlines(keepends=True)
    forge.put("custody/events.jsonl", lines[0] + lines[2])
    forge.tag_manifest()


def delete_last_custody_row(forge: Forge) -> None:
    lines = forge.get("custody/events.jsonl").splitlines(keepends=True)
    forge.put("custody/events.jsonl", b"".join(lines[:2]))
    forge.tag_manifest()


def custody_of_another_item(forge: Forge) -> None:
    forge.custody(item="01KJM9GZ5R3V8Q2C7XW4E6T0AC")
    forge.tag_manifest()


# --- tag files ------------------------------------------------------------------------------------
def edit_readme(forge: Forge) -> None:
    forge.put("verify/README.en.txt", b"Run this program first: ...\n")


def remove_tag_manifest(forge: Forge) -> None:
    forge.forget("tagmanifest-sha256.txt")


class Row(NamedTuple):
    attack: Callable[[Forge], None]
    checks: set[int]


ROWS = (
    Row(inner.edit_payload, {6, 7}),
    Row(inner.edit_with_manifests, {10, 12, 13, 14}),
    Row(inner.add_file, {8}),
    Row(inner.add_with_manifests, {10, 12, 13, 14}),
    Row(inner.delete_file, {8}),
    Row(inner.delete_with_manifests, {10, 12, 13, 14}),
    Row(inner.swap_files, {6, 7}),
    Row(inner.truncate_last_bytes, {6, 7, 8}),
    Row(inner.list_in_one_manifest_only, {4, 5, 8}),
    Row(inner.plant_in_wacz, {6, 7, 8, 9}),
    Row(inner.plant_in_wacz_with_manifests, {9, 10, 12}),
    Row(inner.plant_in_wacz_by_sealer, {9}),
    Row(inner.edit_inside_wacz_by_sealer, {9}),
    Row(inner.bomb_inside_wacz, {9}),
    Row(inner.back_date, {10, 12, 14}),
    Row(inner.back_date_with_stolen_key, {11, 12, 13, 14}),
    Row(inner.back_date_and_stamp_today, {13, 14}),
    Row(inner.swap_sealer, {11, 14}),
    Row(inner.swap_sealer_same_name, {11, 14}),
    Row(inner.claim_trusted_sign_own, {10}),
    Row(inner.no_signature_block, {10}),
    Row(inner.remove_note, {2, 10}),
    Row(inner.note_of_another_seal, {10}),
    Row(inner.seal_not_canonical, {5}),
    Row(inner.seal_with_unknown_key, {5}),
    Row(inner.seal_lists_one_file_less, {4}),
    Row(rogue_authority, {12, 13}),
    Row(rogue_authority_as_guest, {12}),
    Row(rogue_under_honest_name, {12, 13}),
    Row(remove_tokens, {13}),
    Row(one_token_twice, {13}),
    Row(restamp(purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)), {12, 13}),
    Row(restamp(purposes=(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)), {12, 13}),
    Row(restamp(critical=False), {12, 13}),
    Row(restamp(dead=datetime(2025, 1, 1, tzinfo=UTC)), {12, 13}),
    Row(restamp(born=datetime(2027, 1, 1, tzinfo=UTC)), {12, 13}),
    Row(restamp(hashed_by="sha1"), {12, 13}),
    Row(replace_token(lambda _: b"other bytes"), {12, 13}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), nonce=7), {12}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), nonce=None), {12}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), status=2), {12, 13}),
    Row(replace_token(lambda forge: forge.get("seal.sha256"), when=datetime(2039, 1, 1, tzinfo=UTC)), {12}),
    Row(token_before_the_seal, {13}),
    Row(start.start_of_another_capture, {23}),
    Row(start.start_of_another_address, {23}),
    Row(start.start_stamp_later_than_the_seal, {23}),
    Row(start.start_stamp_of_other_bytes, {23}),
    Row(start.start_by_a_self_made_authority, {23}),
    Row(start.start_written_loosely, {23}),
    Row(sha1_imprint, {12, 13}),
    Row(index_lies_about_time, {12}),
    Row(pass_test_token_as_real, {12}),
    Row(extra_chain_certificate, {12}),
    Row(other_root_beside_token, {12}),
    Row(lists.stamp_of_a_revoked_signer, {12, 13}),
    Row(lists.clean_list_by_a_stranger, {12, 13}),
    Row(edit_leaf, {14}),
    Row(smaller_checkpoint, {14}),
    Row(forked_checkpoint, {18}),
    Row(swap_log_key, {15}),
    Row(other_log, {15}),
    Row(no_witness, {15}),
    Row(false_witness, {15}),
    Row(remove_log, {14}),
    Row(remove_checkpoint_only, {2}),
    Row(edit_custody_row, {17}),
    Row(edit_custody_and_relink, {18}),
    Row(edit_custody_and_drop_proofs, {18}),
    Row(delete_custody_row, {17}),
    Row(delete_last_custody_row, {18}),
    Row(custody_of_another_item, {17}),
    Row(edit_readme, {19}),
    Row(remove_tag_manifest, {2, 19}),
)
