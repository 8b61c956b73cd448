"""C2SP signed notes, verifier keys, checkpoints, cosignatures and tlog proofs: text formats, strictly read."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

from evidence_store.verifier.digests import digest
from evidence_store.verifier.edwards import verify_ed25519
from evidence_store.verifier.problem import ProblemError

ED25519, COSIGNATURE = 0x01, 0x04
_MOST_SIGNATURES = 100
MAX_NOTE = 1 << 20
_MOST_HASHES = 64
_PROOF_HEADER = "c2sp.org/tlog-proof@v1"


def bad_note(zh: str, en: str) -> ProblemError:
    """Return the error for a note, key, checkpoint or proof that breaks its format."""
    return ProblemError("签名文本格式不合规：" + zh, "signed note format: " + en)


def read_base64(text: str) -> bytes:
    """Read canonical standard base64 with padding."""
    try:
        data = a2b_base64(text.encode("ascii"))
    except (Error, ValueError):
        raise bad_note("base64 损坏", "damaged base64") from None
    if b2a_base64(data, newline=False).decode() != text:
        raise bad_note("base64 不是规范写法", "base64 is not canonical")
    return data


def read_decimal(text: str) -> int:
    """Read a decimal number without leading zeros, below 2^63."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or (text[0] == "0" and text != "0"):
        raise bad_note("数字写法不合规", "bad number")
    if int(text) >= 1 << 63:
        raise bad_note("数字过大", "number too large")
    return int(text)


def _good_name(name: str) -> bool:
    return 1 <= len(name) <= 128 and name.isprintable() and not any(mark.isspace() or mark == "+" for mark in name)


class VerifierKey:
    """A public key in the vkey form ``name+keyid+base64(type, key)``.

    Attributes:
        name: Key name; a log's key name is its origin.
        kind: 1 for Ed25519 note signatures, 4 for cosignature/v1.
        public: 32 bytes.
        key_id: First four bytes of SHA-256(name, LF, kind, public).
        text: The vkey as given.
    """

    __slots__ = ("key_id", "kind", "name", "public", "text")

    def __init__(self, text: str) -> None:
        pieces = text.split("+", 2)
        if len(pieces) != 3 or not _good_name(pieces[0]):
            raise bad_note("公钥（vkey）写法不合规", "bad verifier key")
        data = read_base64(pieces[2])
        if len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
            raise bad_note("不支持的公钥（vkey）类型", "unsupported verifier key type")
        self.text, self.name, self.kind, self.public = text, pieces[0], data[0], data[1:]
        self.key_id = digest("sha256", self.name.encode() + b"\n" + data)[:4]
        if pieces[1] != self.key_id.hex():
            raise bad_note("公钥（vkey）编号与公钥不符", "verifier key id does not match the key")


class Note:
    """A signed note.

    Attributes:
        text: The signed text with its last LF, as bytes.
        signatures: (key name, key id, signature bytes) in order.
    """

    __slots__ = ("signatures", "text")

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_NOTE:
            raise bad_note("过大", "too large")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise bad_note("不是 UTF-8", "not UTF-8") from None
        if any(ord(mark) < 0x20 and mark != "\n" for mark in whole):
            raise bad_note("含控制字符", "control characters")
        split = whole.rfind("\n\n")
        if split < 0 or not whole.endswith("\n"):
            raise bad_note("没有签名部分", "no signature block")
        self.text = whole[: split + 1].encode()
        lines = whole[split + 2 : -1].split("\n")
        if not 1 <= len(lines) <= _MOST_SIGNATURES:
            raise bad_note("签名行数不合规", "bad number of signatures")
        self.signatures = [self._read_line(line) for line in lines]

    @staticmethod
    def _read_line(line: str) -> tuple[str, bytes, bytes]:
        pieces = line.split(" ")
        if len(pieces) != 3 or pieces[0] != "—" or not _good_name(pieces[1]):
            raise bad_note("签名行写法不合规", "bad signature line")
        data = read_base64(pieces[2])
        if len(data) < 5:
            raise bad_note("签名过短", "signature too short")
        return pieces[1], data[:4], data[4:]

    def statement(self, key: VerifierKey, signature: bytes) -> tuple[bytes, bytes]:
        """Return (message, Ed25519 signature) that ``key`` must have signed, for either kind of key."""
        if key.kind == ED25519:
            return self.text, signature
        if len(signature) != 72:
            raise bad_note("见证签名长度不合规", "bad cosignature length")
        stamp = int.from_bytes(signature[:8], "big")
        return b"cosignature/v1\ntime %d\n" % stamp + self.text, signature[8:]

    def signed_by(self, key: VerifierKey) -> list[tuple[bytes, bytes]]:
        """Return the (message, signature) pairs this note carries for ``key``, unchecked."""
        mine = [found for name, key_id, found in self.signatures if (name, key_id) == (key.name, key.key_id)]
        return [self.statement(key, signature) for signature in mine]

    def holds(self, key: VerifierKey) -> bool:
        """Tell whether ``key`` signed this note; a wrong signature by it is an error, not a False.

        Raises:
            ProblemError: When a signature that claims to be by ``key`` does not verify.
        """
        pairs = self.signed_by(key)
        for message, signature in pairs:
            if not verify_ed25519(key.public, signature, message):
                raise ProblemError(f"{key.name} 的签名无效", f"signature by {key.name} does not verify")
        return bool(pairs)


class Checkpoint:
    """A C2SP tlog-checkpoint.

    Attributes:
        note: The signed note.
        origin: Name of the log.
        size: Number of leaves.
        root: 32-byte root hash.
    """

    __slots__ = ("note", "origin", "root", "size")

    def __init__(self, data: bytes) -> None:
        self.note = Note(data)
        lines = self.note.text.decode().split("\n")
        if len(lines) != 4 or not lines[0]:
            raise bad_note("检查点应恰为三行", "a checkpoint has exactly three lines")
        self.origin, self.size, self.root = lines[0], read_decimal(lines[1]), read_base64(lines[2])
        if len(self.root) != 32:
            raise bad_note("根哈希长度不合规", "bad root hash length")


def _read_hashes(lines: list[str]) -> list[bytes]:
    hashes = [read_base64(line) for line in lines]
    if len(hashes) > _MOST_HASHES or any(len(one) != 32 for one in hashes):
        raise bad_note("证明中的哈希不合规", "bad hashes in a proof")
    return hashes


def _split_proof(data: bytes) -> tuple[list[str], bytes]:
    head, mark, rest = data.partition(b"\n\n")
    if not mark or len(data) > MAX_NOTE:
        raise bad_note("证明不完整", "incomplete proof")
    try:
        return head.decode("ascii").split("\n"), rest
    except UnicodeDecodeError:
        raise bad_note("证明含非 ASCII 字符", "proof is not ASCII") from None


class InclusionFile:
    """A C2SP tlog-proof@v1 without an extra line.

    Attributes:
        index: Position of the leaf.
        hashes: Inclusion proof, leaf upwards.
        checkpoint_bytes: The checkpoint as it stands in the file.
    """

    __slots__ = ("checkpoint_bytes", "hashes", "index")

    def __init__(self, data: bytes) -> None:
        lines, self.checkpoint_bytes = _split_proof(data)
        if len(lines) < 2 or lines[0] != _PROOF_HEADER or not lines[1].startswith("index "):
            raise bad_note("不是 tlog-proof@v1", "not a tlog-proof@v1")
        self.index = read_decimal(lines[1][6:])
        self.hashes = _read_hashes(lines[2:])


class GrowthFile:
    """The body of a C2SP tlog-witness add-checkpoint request: a newer checkpoint and the proof that it only grew.

    Attributes:
        old_size: Size of the older tree.
        hashes: Consistency proof.
        checkpoint_bytes: The newer checkpoint.
    """

    __slots__ = ("checkpoint_bytes", "hashes", "old_size")

    def __init__(self, data: bytes) -> None:
        lines, self.checkpoint_bytes = _split_proof(data)
        if not lines[0].startswith("old "):
            raise bad_note("缺少 old 行", "no old line")
        self.old_size = read_decimal(lines[0][4:])
        self.hashes = _read_hashes(lines[1:])
