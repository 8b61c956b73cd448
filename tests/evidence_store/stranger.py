"""A second verifier, written from docs/package-format.md alone: folder form, checks 3-8, 10, 11, 14, 15, 17-19.

It shares no code with ours and uses the standard library only; section numbers are those of the document.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

CHECKS = frozenset({3, 4, 5, 6, 7, 8, 10, 11, 14, 15, 17, 18, 19})
SEALED = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sm3.txt", "seal/seal.json")
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493


class BrokenError(Exception):
    """The package breaks the document."""


def need(true: object) -> None:
    if not true:
        raise BrokenError


def digest(name: str, data: bytes) -> str:
    return hashlib.new(name, data).hexdigest()


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# --- Ed25519 (RFC 8032) ----------------------------------------------------------------------------
def point(data: bytes) -> tuple[int, int]:
    y = int.from_bytes(data, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - square) % P == 0)
    return (P - x if x & 1 != data[31] >> 7 else x), y


def add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    (a, b), (c, d) = one, two
    both = D * a * b * c * d % P
    return (a * d + b * c) * pow(1 + both, P - 2, P) % P, (b * d + a * c) * pow(1 - both, P - 2, P) % P


def times(number: int, base: tuple[int, int]) -> tuple[int, int]:
    found = (0, 1)
    while number:
        found = add(found, base) if number & 1 else found
        base, number = add(base, base), number >> 1
    return found


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@cache
def signed(public: bytes, message: bytes, value: bytes) -> bool:
    need(len(value) == 64 and int.from_bytes(value[32:], "little") < ORDER)
    scalar = int.from_bytes(hashlib.sha512(value[:32] + public + message).digest(), "little") % ORDER
    right = add(point(value[:32]), times(scalar, point(public)))
    return times(int.from_bytes(value[32:], "little"), BASE) == right


# --- section 2: notes, keys, proofs ----------------------------------------------------------------
def vkey(text: str) -> tuple[str, bytes, int, bytes]:
    name, _, rest = text.partition("+")
    shown, _, encoded = rest.partition("+")
    data = base64.b64decode(encoded, validate=True)
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    need(key_id.hex() == shown)
    return name, key_id, data[0], data[1:]


def by(note: bytes, key: str) -> bool:
    """Whether a key signed a note; a wrong signature by it breaks the note."""
    text, _, lines = note.rpartition(b"\n\n")
    text += b"\n"
    name, key_id, kind, public = vkey(key)
    found = False
    for line in lines.decode().split("\n")[:-1]:
        dash, who, encoded = line.split(" ")
        value = base64.b64decode(encoded, validate=True)
        need(dash == "—")
        if (who, value[:4]) == (name, key_id):
            at, value = (int.from_bytes(value[4:12], "big"), value[12:]) if kind == 4 else (0, value[4:])
            message = b"cosignature/v1\ntime %d\n" % at + text if kind == 4 else text
            need(signed(public, message, value))
            found = True
    return found


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def included(entry: bytes, proof: bytes) -> tuple[dict[int, bytes], bytes]:
    """Return the roots a proof fixes (section 5) and its checkpoint when the entry is in that tree."""
    head, _, checkpoint = proof.partition(b"\n\n")
    first, second, *hashes = head.decode().split("\n")
    _, size, root = checkpoint.decode().split("\n")[:3]
    index, before = int(second.removeprefix("index ")), b""
    at, last, found = index, int(size) - 1, hashlib.sha256(b"\0" + entry).digest()
    need(first == "c2sp.org/tlog-proof@v1" and at <= last)
    for sibling in (base64.b64decode(one) for one in hashes):
        need(last)
        left = at & 1 or at == last
        found = node(sibling, found) if left else node(found, sibling)
        if left:
            before = node(sibling, before) if before else sibling
        while left and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    need(last == 0 and found == base64.b64decode(root))
    return ({int(size): found, index: before} if before else {int(size): found}), checkpoint


class Stranger:
    """One package, one trust file."""

    def __init__(self, root: Path, trust: dict[str, Any]) -> None:
        self.root, self.trust, self.roots = root, trust, dict[int, bytes]()
        files = sorted(
            (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()), key=str.encode
        )
        self.data = [path for path in files if path.startswith("data/")]
        self.tags = [path for path in files if path not in self.data and path != "tagmanifest-sha256.txt"]

    def failed(self) -> set[int]:
        """Return the numbers of the checks that fail, of those it knows."""
        found = set()
        for number in sorted(CHECKS):
            check: Callable[[], None] = getattr(self, f"check_{number}")
            try:
                check()
            except (BrokenError, OSError, ValueError, KeyError, IndexError):
                found.add(number)
        return found

    def get(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def seal(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.get("seal/seal.json"))
        need(canonical(value) == self.get("seal/seal.json"))
        return value

    def lines(self, name: str, paths: list[str] | tuple[str, ...]) -> bytes:
        return "".join(f"{digest(name, self.get(path))}  {path}\n" for path in paths).encode()

    def listed(self, name: str) -> dict[str, str]:
        rows = [line.split("  ", 1) for line in self.get(f"manifest-{name}.txt").decode().splitlines()]
        return {path: value for value, path in rows}

    def check_3(self) -> None:
        one = self.seal()
        need(self.get("bagit.txt") == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        oxum = f"{one['payload']['bytes']}.{one['payload']['files']}"
        text = (
            "Bag-Software-Agent: bianwu evidence_store; package format 1\n"
            f"Bagging-Date: {one['sealed_at'][:10]}\nExternal-Identifier: bianwu-{one['seal_id']}\n"
            f"Internal-Sender-Identifier: {one['seal_id']}\nPayload-Oxum: {oxum}\n"
        )
        need(self.get("bag-info.txt") == text.encode())

    def check_4(self) -> None:
        for name in ("sha256", "sm3"):
            need(self.get(f"seal.{name}") == self.lines(name, SEALED))

    def check_5(self) -> None:
        one = self.seal()["payload"]
        for name in ("sha256", "sm3"):
            need(digest(name, self.get(f"manifest-{name}.txt")) == one[name])

    def check_6(self, name: str = "sha256") -> None:
        need(
            all(digest(name, self.get(path)) == value for path, value in self.listed(name).items() if path in self.data)
        )

    def check_7(self) -> None:
        self.check_6("sm3")

    def check_8(self) -> None:
        one, sizes = self.seal()["payload"], [len(self.get(path)) for path in self.data]
        need(list(self.listed("sha256")) == self.data == list(self.listed("sm3")))
        need((one["files"], one["bytes"]) == (len(sizes), sum(sizes)))

    def check_10(self) -> None:
        note, signer = self.get("seal/seal.note"), self.seal()["signer"]
        text = self.get("seal.sha256") + f"sm3 {digest('sm3', self.get('seal.sm3'))}\n\n".encode()
        need(note.startswith(text) and vkey(signer["vkey"])[0] == signer["name"] and by(note, signer["vkey"]))

    def check_11(self) -> None:
        one = self.seal()
        rows = [row for row in self.trust["sealers"] if row["vkey"] == one["signer"]["vkey"]]
        need(any((row["not_before"] or "") <= one["sealed_at"] <= (row["not_after"] or "9") for row in rows))

    def proven(self, entry: bytes, proof: bytes) -> bytes:
        roots, checkpoint = included(entry, proof)
        need(all(self.roots.setdefault(size, root) == root for size, root in roots.items()))
        return checkpoint

    def leaf(self, kind: str, at: str, ref: str, data: tuple[bytes, bytes]) -> bytes:
        first, second = digest("sha256", data[0]), digest("sm3", data[1])
        return canonical({"at": at, "h256": first, "hsm3": second, "ref": ref, "t": kind, "v": 1})

    def check_14(self) -> None:
        one, entry = self.seal(), self.get("seal/log/leaf.json")
        need(
            entry
            == self.leaf("seal", one["sealed_at"], one["seal_id"], (self.get("seal.sha256"), self.get("seal.sm3")))
        )
        need(self.proven(entry, self.get("seal/log/seal.tlog-proof")) == self.get("seal/log/checkpoint"))

    def check_15(self) -> None:
        if not (self.root / "seal/log/checkpoint").exists():
            return  # check 14 or 2 says so
        head = self.get("seal/log/checkpoint")
        need(self.seal()["log"]["origin"] == head.decode().split("\n")[0])
        need(by(head, self.trust["log"]["vkey"]))
        need(sum(by(head, key) for key in self.trust["witnesses"]) >= self.trust["quorum"])

    def events(self) -> list[bytes]:
        path = self.root / "custody/events.jsonl"
        return path.read_bytes().split(b"\n")[:-1] if path.exists() else []

    def check_17(self) -> None:
        before = "0" * 64
        need(self.events() or not list(self.root.glob("custody/proofs/*")))
        for number, line in enumerate(self.events()):
            one = json.loads(line)
            need(canonical(one) == line and (one["seq"], one["prev"]) == (number, before))
            need(one["item"] == self.seal()["seal_id"])
            before = digest("sha256", line)

    def check_18(self) -> None:
        try:
            self.check_17()
        except (BrokenError, ValueError, KeyError):
            return  # not judged: there is no chain to judge
        proofs = {path.name: path.read_bytes() for path in self.root.glob("custody/proofs/*")}
        for line in self.events():
            one = json.loads(line)
            proof = proofs.pop(f"{one['seq']:06d}-{one['event_id']}.tlog-proof", None)
            need(proof is not None or one["type"] == "view")
            if proof is not None:
                head = self.proven(self.leaf("custody", one["at"], one["event_id"], (line, line)), proof)
                need(by(head, self.trust["log"]["vkey"]))
        need(not proofs)

    def check_19(self) -> None:
        need(self.get("tagmanifest-sha256.txt") == self.lines("sha256", self.tags))
