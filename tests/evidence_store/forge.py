"""A second, independent writer of evidence packages: honest ones, and every forgery an attacker could attempt.

It follows docs/package-format.md from the text alone and imports nothing of the library, so that a common mistake of
writer and verifier would show.
"""

import base64
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.evidence_store.authorities import TEST_POLICY, Authority

SEALED_AT = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)
SEAL_ID = "01KJM9GZ5R3V8Q2C7XW4E6T0AB"
SEALED = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sm3.txt", "seal/seal.json")
TAGMANIFEST = "tagmanifest-sha256.txt"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sm3(data: bytes) -> str:
    return hashlib.new("sm3", data).hexdigest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class NoteKey:
    """An Ed25519 key that signs C2SP notes, or cosigns checkpoints as a witness (kind 4)."""

    def __init__(self, name: str, seed: int = 0, kind: int = 1, *, secret: str | None = None) -> None:
        self.name, self.kind = name, kind
        made_of = secret or f"{name}{seed}"
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(made_of.encode()).digest())
        public = bytes([kind]) + self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{base64.b64encode(public).decode()}"

    def line(self, text: bytes, when: int = 1_772_352_060) -> bytes:
        if self.kind == 1:
            signature = self.private.sign(text)
        else:
            signature = when.to_bytes(8, "big") + self.private.sign(b"cosignature/v1\ntime %d\n" % when + text)
        return f"— {self.name} {base64.b64encode(self.key_id + signature).decode()}\n".encode()


def note(text: bytes, *keys: NoteKey) -> bytes:
    return text + b"\n" + b"".join(key.line(text) for key in keys)


class Log:
    """A small RFC 6962 log kept as a list of leaves; proofs by the recursive definitions."""

    def __init__(self, key: NoteKey, leaves: Sequence[bytes] = ()) -> None:
        self.key, self.leaves = key, list(leaves)

    def append(self, leaf: bytes) -> int:
        self.leaves.append(leaf)
        return len(self.leaves) - 1

    def root(self, first: int = 0, last: int | None = None) -> bytes:
        last = len(self.leaves) if last is None else last
        if last - first == 0:
            return hashlib.sha256(b"").digest()
        if last - first == 1:
            return hashlib.sha256(b"\x00" + self.leaves[first]).digest()
        split = first + self._split(last - first)
        return hashlib.sha256(b"\x01" + self.root(first, split) + self.root(split, last)).digest()

    @staticmethod
    def _split(count: int) -> int:
        return 1 << ((count - 1).bit_length() - 1)

    def inclusion(self, index: int, size: int, first: int = 0) -> list[bytes]:
        if size == 1:
            return []
        split = self._split(size)
        if index < split:
            return [*self.inclusion(index, split, first), self.root(first + split, first + size)]
        return [*self.inclusion(index - split, size - split, first + split), self.root(first, first + split)]

    def growth(self, old: int, size: int) -> list[bytes]:
        return self._subproof(old, 0, size, whole=True)

    def _subproof(self, old: int, first: int, size: int, *, whole: bool) -> list[bytes]:
        if old == size:
            return [] if whole else [self.root(first, first + size)]
        split = self._split(size)
        if old <= split:
            return [*self._subproof(old, first, split, whole=whole), self.root(first + split, first + size)]
        deeper = self._subproof(old - split, first + split, size - split, whole=False)
        return [*deeper, self.root(first, first + split)]

    def checkpoint(self, size: int | None = None, *cosigners: NoteKey) -> bytes:
        size = len(self.leaves) if size is None else size
        text = f"{self.key.name}\n{size}\n{base64.b64encode(self.root(0, size)).decode()}\n".encode()
        return note(text, self.key, *cosigners)

    def proof(self, index: int, size: int | None = None, *cosigners: NoteKey) -> bytes:
        size = len(self.leaves) if size is None else size
        lines = "".join(base64.b64encode(one).decode() + "\n" for one in self.inclusion(index, size))
        return f"c2sp.org/tlog-proof@v1\nindex {index}\n{lines}\n".encode() + self.checkpoint(size, *cosigners)

    def growth_file(self, old: int) -> bytes:
        lines = "".join(base64.b64encode(one).decode() + "\n" for one in self.growth(old, len(self.leaves)))
        return f"old {old}\n{lines}\n".encode() + self.checkpoint()


def wacz(extra: Mapping[str, bytes] = {}, unlisted: Mapping[str, bytes] = {}) -> bytes:
    """A small WACZ: stored archive, deflated pages, and a list of both."""
    members = {
        "archive/data.warc": b"WARC/1.1\r\n\r\n" * 20,
        "pages/pages.jsonl": b'{"format":"json-pages-1.0"}\n' * 8,
        **extra,
    }
    resources = [{"name": n, "path": n, "hash": "sha256:" + sha256(d), "bytes": len(d)} for n, d in members.items()]
    package = json.dumps({"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}).encode()
    listing = {"path": "datapackage.json", "hash": "sha256:" + sha256(package)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {**members, **unlisted}.items():
            method = zipfile.ZIP_DEFLATED if name.startswith("pages/") else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), data, method)
        archive.writestr(zipfile.ZipInfo("datapackage.json"), package)
        archive.writestr(zipfile.ZipInfo("datapackage-digest.json"), json.dumps(listing))
    return out.getvalue()


def datapackage_digest(archive: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return sha256(opened.read("datapackage.json"))


@dataclass
class Forge:
    """Everything that makes one package. Change what you like, then call the steps again that should follow it.

    Attributes:
        root: Folder of the package.
        files: Payload, path below data/ -> bytes.
        sealer: Key that signs the seal.
        log: The log, already holding other leaves.
        authorities: Who stamps.
        witnesses: Who cosigns the checkpoint.
        events: Custody events written at the end; None for none.
    """

    root: Path
    files: dict[str, bytes] = field(default_factory=dict)
    sealer: NoteKey = field(default_factory=lambda: NoteKey("sealer.example/desk-1"))
    log: Log | None = field(
        default_factory=lambda: Log(NoteKey("log.example/evidence"), [b"a", b"b", b"c", b"d", b"e"])
    )
    authorities: list[Authority] = field(default_factory=list)
    witnesses: list[NoteKey] = field(default_factory=list)
    sealed_at: datetime = SEALED_AT
    stamp_after: timedelta = timedelta(seconds=20)
    imprint: str = "sha256"
    events: int | None = 3

    def put(self, path: str, data: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def get(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def build(self) -> "Forge":
        """Write the whole package."""
        for name, data in self.files.items():
            self.put(f"data/{name}", data)
        self.manifests()
        self.record()
        self.lists()
        self.sign()
        self.stamp()
        self.enter_log()
        self.custody()
        for name in ("README.zh-CN.txt", "README.en.txt", "trust.example.json"):
            self.put(f"verify/{name}", f"{name}\n".encode())
        self.tag_manifest()
        return self

    def payload(self) -> dict[str, bytes]:
        found = {
            p.relative_to(self.root).as_posix(): p.read_bytes() for p in (self.root / "data").rglob("*") if p.is_file()
        }
        return dict(sorted(found.items(), key=lambda pair: pair[0].encode()))

    def manifests(self) -> None:
        payload = self.payload()
        self.put("manifest-sha256.txt", "".join(f"{sha256(data)}  {path}\n" for path, data in payload.items()).encode())
        self.put("manifest-sm3.txt", "".join(f"{sm3(data)}  {path}\n" for path, data in payload.items()).encode())

    def record(self, **changes: Any) -> None:
        """bagit.txt, bag-info.txt and seal.json; ``changes`` replace members of seal.json."""
        payload = self.payload()
        size = sum(map(len, payload.values()))
        archive, names = payload.get("data/capture.wacz"), [authority.name for authority in self.authorities]
        value = {
            "schema": "bianwu/seal/1", "seal_id": SEAL_ID, "case_ref": "case-7", "salt": "ab" * 32,
            "sealed_at": zulu(self.sealed_at), "clock": {"state": "unchecked"},
            "payload": {"bytes": size, "files": len(payload), "sha256": sha256(self.get("manifest-sha256.txt")),
                        "sm3": sm3(self.get("manifest-sm3.txt"))},
            "wacz": {"datapackage_sha256": datapackage_digest(archive)} if archive else None,
            "capture": {"url": "https://weixun.test/p/1", "http_status": 200}, "host": {"os": "Debian 12"},
            "signer": {"name": self.sealer.name, "vkey": self.sealer.vkey},
            "log": {"origin": self.log.key.name} if self.log else None,
            "tsa_policy": {"k": min(1, len(names)), "n": len(names), "names": names},
            "supersedes": None, "prev": None, **changes,
        }  # fmt: skip
        self.put("seal/seal.json", canonical(value))
        self.put("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        lines = (
            "Bag-Software-Agent: bianwu evidence_store; package format 1", f"Bagging-Date: {value['sealed_at'][:10]}",
            f"External-Identifier: bianwu-{SEAL_ID}", f"Internal-Sender-Identifier: {SEAL_ID}",
            f"Payload-Oxum: {size}.{len(payload)}",
        )  # fmt: skip
        self.put("bag-info.txt", "".join(line + "\n" for line in lines).encode())

    def lists(self) -> None:
        for name, hashed in (("seal.sha256", sha256), ("seal.sm3", sm3)):
            self.put(name, "".join(f"{hashed(self.get(path))}  {path}\n" for path in SEALED).encode())

    def sign(self, *keys: NoteKey) -> None:
        text = self.get("seal.sha256") + f"sm3 {sm3(self.get('seal.sm3'))}\n".encode()
        self.put("seal/seal.note", note(text, *(keys or (self.sealer,))))

    def stamp(self) -> None:
        data, stamps = self.get("seal.sha256"), []
        for number, authority in enumerate(self.authorities, 1):
            when, nonce = (
                self.sealed_at + self.stamp_after + timedelta(milliseconds=120 * number),
                0x1122334455667700 + number,
            )
            response = authority.stamp(data, when, nonce=nonce, imprint=self.imprint)
            self.put_stamp(number, authority, response, authority.request(data, nonce=nonce, imprint=self.imprint))
            stamps.append(self._index_line(number, authority, response, when, nonce))
        if stamps:
            self.put("seal/tsa/index.json", canonical({"schema": "bianwu/tsa-index/1", "stamps": stamps}))

    def put_stamp(self, number: int, authority: Authority, response: bytes, request: bytes) -> None:
        stem = f"seal/tsa/{number:02d}-{authority.name}"
        self.put(stem + ".tsr", response)
        self.put(stem + ".tsq", request)
        self.put(stem + "-chain.pem", pem(*authority.certificates))
        self.put(stem + "-roots.pem", pem(authority.root))

    def _index_line(
        self, number: int, authority: Authority, response: bytes, when: datetime, nonce: int
    ) -> dict[str, Any]:
        from asn1crypto import tsp

        info = tsp.TimeStampResp.load(response)["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        return {
            "gen_time": zulu(when), "imprint": self.imprint, "kind": "rfc3161-http", "n": number,
            "name": authority.name,
            "nonce": f"{nonce:016x}", "policy": authority.policy, "received_at": zulu(when),
            "serial": str(info["serial_number"].native), "stamped": "seal.sha256",
            "test": authority.policy == TEST_POLICY,
        }  # fmt: skip

    def leaf(self) -> bytes:
        seal = json.loads(self.get("seal/seal.json"))
        return canonical({
            "at": seal["sealed_at"], "h256": sha256(self.get("seal.sha256")), "hsm3": sm3(self.get("seal.sm3")),
            "ref": SEAL_ID, "t": "seal", "v": 1,
        })  # fmt: skip

    def enter_log(self) -> None:
        if self.log is None:
            return
        index = self.log.append(self.leaf())
        self.put("seal/log/leaf.json", self.leaf())
        self.put("seal/log/seal.tlog-proof", self.log.proof(index, None, *self.witnesses))
        self.put("seal/log/checkpoint", self.log.checkpoint(None, *self.witnesses))

    def custody(self, **changes: Any) -> None:
        """Write the events and their proofs; ``changes`` alter the first event, the rest of the chain follows it."""
        if self.events is None:
            return
        lines, before, shift = [], "0" * 64, {"capture": -30, "seal": 0, "export": 3600}
        for seq, kind in enumerate(list(shift)[: self.events]):
            event = {
                "event_id": f"01KJM9GZ5R3V8Q2C7XW4E6T{seq:03d}", "item": SEAL_ID, "seq": seq, "prev": before,
                "type": kind,
                "at": zulu(self.sealed_at + timedelta(seconds=shift[kind])),
                "agent": {"id": "u1", "role": "officer", "auth": "password"},
                "instrument": {"tool": "bianwu", "version": "0.1.0", "host": "desk"},
                "object": [{"path": "seal.sha256", "sha256": sha256(self.get("seal.sha256"))}],
                "reason": "案件取证", "legal_basis": "", "outcome": "ok", "salt": f"{seq:032x}",
                **(changes if seq == 0 else {}),
            }  # fmt: skip
            lines.append(canonical(event))
            before = sha256(lines[-1])
        self.put("custody/events.jsonl", b"".join(line + b"\n" for line in lines))
        if self.log is not None and not changes:
            self._prove_events(self.log, lines)

    def _prove_events(self, log: Log, lines: list[bytes]) -> None:
        for line in lines:
            event = json.loads(line)
            leaf = {
                "at": event["at"],
                "h256": sha256(line),
                "hsm3": sm3(line),
                "ref": event["event_id"],
                "t": "custody",
                "v": 1,
            }
            index = log.append(canonical(leaf))
            self.put(f"custody/proofs/{event['seq']:06d}-{event['event_id']}.tlog-proof", log.proof(index))

    def tag_manifest(self) -> None:
        outside = sorted(
            (p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file() and not p.is_symlink()),
            key=str.encode,
        )
        tags = [path for path in outside if not path.startswith("data/") and path != TAGMANIFEST]
        self.put(TAGMANIFEST, "".join(f"{sha256(self.get(path))}  {path}\n" for path in tags).encode())

    def forget(self, *paths: str) -> None:
        """Delete files or folders of the package."""
        for path in paths:
            target = self.root / path
            shutil.rmtree(target) if target.is_dir() else target.unlink()

    def trust(self, **changes: Any) -> dict[str, Any]:
        """The honest trust.json for this package."""
        return {
            "schema": "bianwu/trust/1",
            "log": {"vkey": self.log.key.vkey, "old": []} if self.log else None,
            "sealers": [
                {
                    "vkey": self.sealer.vkey,
                    "holder": "测试席位",
                    "not_before": "2026-01-01T00:00:00Z",
                    "not_after": None,
                }
            ],
            "witnesses": [key.vkey for key in self.witnesses],
            "quorum": len(self.witnesses),
            "tsa_roots": [{"name": a.name, "sha256": a.root_sha256, "test": False} for a in self.authorities],
            "min_tokens": len(self.authorities),
            **changes,
        }

    def zip(self, target: Path) -> Path:
        """The ZIP form."""
        return write_zip(target, {f"bianwu-{SEAL_ID}/{path}": data for path, data in self.everything().items()})

    def everything(self) -> dict[str, bytes]:
        return {p.relative_to(self.root).as_posix(): p.read_bytes() for p in self.root.rglob("*") if p.is_file()}


def pem(*certificates: bytes) -> bytes:
    blocks = []
    for der in certificates:
        text = base64.b64encode(der).decode()
        lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        blocks.append(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    return "".join(blocks).encode()


def zip_entry(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, mode << 16
    return info


def write_zip(target: Path, entries: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries, key=str.encode):
            archive.writestr(zip_entry(name), entries[name])
    return target
