"""Attacks on payload, web archive and seal. The attacker has what the name says: nothing, or a stolen sealer's key."""

import io
import zipfile
from typing import Any

from tests.evidence_store.forge import Forge, NoteKey, wacz


def everything_again(forge: Forge, **changes: Any) -> None:
    """Recompute all that needs no key."""
    forge.manifests()
    forge.record(**changes)
    forge.lists()
    forge.tag_manifest()


def reseal(forge: Forge, **changes: Any) -> None:
    """Recompute and sign again with the (stolen) sealer's key, stamp honestly, keep the log's old answer."""
    everything_again(forge, **changes)
    forge.sign()
    forge.stamp()
    forge.tag_manifest()


# --- payload --------------------------------------------------------------------------------------
def edit_payload(forge: Forge) -> None:
    forge.put("data/text.txt", "他说的都是事实".encode())


def edit_with_manifests(forge: Forge) -> None:
    forge.put("data/text.txt", "他说的都是事实".encode())
    everything_again(forge)


def add_file(forge: Forge) -> None:
    forge.put("data/extra.txt", b"planted")


def add_with_manifests(forge: Forge) -> None:
    forge.put("data/extra.txt", b"planted")
    everything_again(forge)


def delete_file(forge: Forge) -> None:
    forge.forget("data/text.txt")


def delete_with_manifests(forge: Forge) -> None:
    forge.forget("data/text.txt")
    everything_again(forge)


def swap_files(forge: Forge) -> None:
    first, second = forge.get("data/text.txt"), forge.get("data/shots/1.png")
    forge.put("data/text.txt", second)
    forge.put("data/shots/1.png", first)


def truncate_last_bytes(forge: Forge) -> None:
    forge.put("data/shots/1.png", forge.get("data/shots/1.png")[:-64])


def list_in_one_manifest_only(forge: Forge) -> None:
    forge.put("data/extra.txt", b"planted")
    lines = forge.get("manifest-sm3.txt")
    forge.manifests()
    forge.put("manifest-sm3.txt", lines)
    forge.tag_manifest()


# --- web archive ----------------------------------------------------------------------------------
def plant_in_wacz(forge: Forge) -> None:
    forge.put("data/capture.wacz", wacz(unlisted={"archive/planted.warc": b"WARC/1.1\r\n"}))


def plant_in_wacz_with_manifests(forge: Forge) -> None:
    plant_in_wacz(forge)
    everything_again(forge)


def plant_in_wacz_by_sealer(forge: Forge) -> None:
    plant_in_wacz(forge)
    reseal(forge)


def edit_inside_wacz_by_sealer(forge: Forge) -> None:
    forge.put("data/capture.wacz", wacz().replace(b"WARC/1.1", b"WARC/1.0"))
    data = bytearray(wacz(extra={"x": b"AAAA"}))
    at = data.index(b"AAAA")
    data[at : at + 4] = b"BBBB"
    forge.put("data/capture.wacz", bytes(data))
    reseal(forge)


def bomb_inside_wacz(forge: Forge) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", bytes(8 << 20))
    forge.put("data/capture.wacz", out.getvalue())
    reseal(forge)


# --- seal -----------------------------------------------------------------------------------------
def back_date(forge: Forge) -> None:
    forge.record(sealed_at="2025-03-01T08:00:00Z")
    forge.lists()
    forge.tag_manifest()


def back_date_with_stolen_key(forge: Forge) -> None:
    back_date(forge)
    forge.sign()
    forge.tag_manifest()


def back_date_and_stamp_today(forge: Forge) -> None:
    forge.record(sealed_at="2026-01-05T08:00:00Z")
    forge.lists()
    forge.sign()
    forge.stamp()
    forge.tag_manifest()


def swap_sealer(forge: Forge) -> None:
    forge.sealer = NoteKey("attacker")
    reseal(forge)


def swap_sealer_same_name(forge: Forge) -> None:
    forge.sealer = NoteKey(forge.sealer.name, seed=9)
    reseal(forge)


def claim_trusted_sign_own(forge: Forge) -> None:
    forge.sign(NoteKey(forge.sealer.name, seed=9))
    forge.tag_manifest()


def no_signature_block(forge: Forge) -> None:
    forge.put("seal/seal.note", forge.get("seal/seal.note").rpartition(b"\xe2\x80\x94")[0])
    forge.tag_manifest()


def remove_note(forge: Forge) -> None:
    forge.forget("seal/seal.note")
    forge.tag_manifest()


def note_of_another_seal(forge: Forge) -> None:
    text = forge.get("seal.sha256").replace(b"a", b"b", 1) + b"sm3 " + b"0" * 64 + b"\n"
    forge.put("seal/seal.note", text + b"\n" + forge.sealer.line(text))
    forge.tag_manifest()


def seal_not_canonical(forge: Forge) -> None:
    forge.put("seal/seal.json", forge.get("seal/seal.json").replace(b":", b": ", 1))
    forge.lists()
    forge.sign()
    forge.stamp()
    forge.tag_manifest()


def seal_with_unknown_key(forge: Forge) -> None:
    reseal(forge, verified=True)


def seal_lists_one_file_less(forge: Forge) -> None:
    for name in ("seal.sha256", "seal.sm3"):
        forge.put(name, b"".join(forge.get(name).splitlines(keepends=True)[:-1]))
    forge.sign()
    forge.stamp()
    forge.tag_manifest()
