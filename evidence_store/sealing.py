"""Sealing: files in, a package folder out, complete and durable or not there at all."""

import secrets
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evidence_store import layout
from evidence_store.companions import companion_files
from evidence_store.digests import sha256_hex, sm3_hex
from evidence_store.errors import CanonicalJsonError, FactsRefusedError, FileRefusedError
from evidence_store.files import OS_PORT, FilePort
from evidence_store.folders import FolderWriter, new_folder
from evidence_store.manifest import canonical_json, digest_list
from evidence_store.moments import moment
from evidence_store.package import SCHEMA, Package, PackageFile, SealFacts, check_facts
from evidence_store.seals import note_text
from evidence_store.signing import Signer

_BAGIT: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_AGENT: Final = "bianwu evidence_store; package format 1"
_MAX_DATAPACKAGE: Final = 64 << 20


def seal(
    files: Mapping[str, Path], facts: SealFacts, signer: Signer, destination: Path, *, port: FilePort = OS_PORT
) -> Package:
    """Seal copies of files into the new folder `destination/bianwu-<seal_id>`.

    The folder appears under its name complete and durable, or not at all.

    Args:
        files: Name below `data/` → file to copy.
        facts: What the seal records.
        signer: The sealing key.
        destination: An existing folder, or one to create.
        port: File operations; tests pass one that fails.

    Raises:
        InputError: A name, file or fact that cannot be sealed, or the destination is taken.
        StorageError: It cannot be written.
    """
    names = layout.check_paths(files)
    if not names:
        raise FileRefusedError("no file to seal")
    for name in names:
        layout.check_path(layout.DATA + name)
    target = destination / layout.folder_name(check_facts(facts).seal_id)
    with new_folder(target, port) as writer:
        package = _write_package(writer, {name: files[name] for name in names}, facts, signer)
    return Package(target, facts.seal_id, *package)


def _write_package(
    writer: FolderWriter, files: Mapping[str, Path], facts: SealFacts, signer: Signer
) -> tuple[str, tuple[PackageFile, ...], Mapping[str, Any]]:
    found: list[PackageFile] = []
    for name, source in files.items():
        path = layout.DATA + name
        digests = writer.copy(path, source)
        found.append(PackageFile(path, digests.size, digests.sha256, digests.sm3))
    texts = {
        layout.MANIFEST_SHA256: digest_list((item.path, item.sha256) for item in found),
        layout.MANIFEST_SM3: digest_list((item.path, item.sm3) for item in found),
    }
    record = _seal_record(facts, signer, found, texts, writer.folder)
    texts[layout.BAGIT] = _BAGIT
    texts[layout.BAG_INFO] = _bag_info(facts, found)
    texts[layout.SEAL_JSON] = _canonical(record)
    stamped = digest_list((name, sha256_hex(texts[name])) for name in layout.SEALED)
    second = digest_list((name, sm3_hex(texts[name])) for name in layout.SEALED)
    texts[layout.SEAL_SHA256], texts[layout.SEAL_SM3] = stamped, second
    texts[layout.SEAL_NOTE] = signer.sign_note(note_text(stamped, second))
    texts.update(companion_files())
    texts[layout.TAGMANIFEST] = digest_list((name, sha256_hex(text)) for name, text in texts.items())
    for name, text in texts.items():
        writer.text(name, text)
    return sha256_hex(stamped), tuple(found), record


def _canonical(record: Mapping[str, Any]) -> bytes:
    try:
        return canonical_json(record)
    except CanonicalJsonError as error:
        raise FactsRefusedError(error.detail) from error


def _bag_info(facts: SealFacts, files: list[PackageFile]) -> bytes:
    lines = (
        f"Bag-Software-Agent: {_AGENT}",
        f"Bagging-Date: {moment(facts.sealed_at)[:10]}",
        f"External-Identifier: {layout.folder_name(facts.seal_id)}",
        f"Internal-Sender-Identifier: {facts.seal_id}",
        f"Payload-Oxum: {sum(item.size for item in files)}.{len(files)}",
    )
    return "".join(line + "\n" for line in lines).encode()


def _seal_record(
    facts: SealFacts, signer: Signer, files: list[PackageFile], texts: Mapping[str, bytes], folder: Path
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "seal_id": facts.seal_id,
        "case_ref": facts.case_ref,
        "salt": secrets.token_hex(32),
        "sealed_at": moment(facts.sealed_at),
        "clock": facts.clock,
        "payload": {
            "bytes": sum(item.size for item in files),
            "files": len(files),
            "sha256": sha256_hex(texts[layout.MANIFEST_SHA256]),
            "sm3": sm3_hex(texts[layout.MANIFEST_SM3]),
        },
        "wacz": _wacz(files, folder),
        "capture": facts.capture,
        "host": facts.host,
        "signer": {"name": signer.name, "vkey": signer.verifier_key},
        "log": None if facts.log_origin is None else {"origin": facts.log_origin},
        "tsa_policy": facts.tsa_policy,
        "supersedes": facts.supersedes,
        "prev": facts.prev,
    }


def _wacz(files: list[PackageFile], folder: Path) -> dict[str, str] | None:
    """Return the digest of the capture's own inventory, or None when there is no web archive."""
    if not any(item.path == layout.WACZ for item in files):
        return None
    try:
        with zipfile.ZipFile(folder / layout.WACZ) as archive, archive.open("datapackage.json") as file:
            data = file.read(_MAX_DATAPACKAGE + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, EOFError, RuntimeError) as error:
        raise FileRefusedError(f"{layout.WACZ}: not a web archive ({error})") from error
    except OSError as error:
        raise FileRefusedError(f"{layout.WACZ}: {error.strerror}") from error
    if len(data) > _MAX_DATAPACKAGE:
        raise FileRefusedError(f"{layout.WACZ}: datapackage.json is larger than {_MAX_DATAPACKAGE} bytes")
    return {"datapackage_sha256": sha256_hex(data)}
