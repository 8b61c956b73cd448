"""seal/seal.json: what the sealer states, strictly read."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.instants import parse_rfc3339
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.strictjson import Shape, parse_canonical

SEALED = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sm3.txt", "seal/seal.json")
_ULID = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
TOP_KEYS = (
    "capture", "case_ref", "clock", "host", "log", "payload", "prev", "salt", "schema", "seal_id", "sealed_at",
    "signer", "supersedes", "tsa_policy", "wacz",
)  # fmt: skip


def check_ulid(text: str) -> str:
    """Return a ULID (26 characters, first one 0-7), refusing anything else."""
    if len(text) != 26 or text[0] > "7" or not _ULID.issuperset(text):
        raise ProblemError("编号不是 ULID", "not a ULID")
    return text


def check_whole_time(value: object) -> int:
    """Return the microseconds of a time in whole seconds."""
    micros = parse_rfc3339(value)
    if len(str(value)) != 20:
        raise ProblemError("时间须为整秒", "times are in whole seconds")
    return micros


class SealRecord:
    """The facts of a seal.

    Attributes:
        seal_id: ULID of the seal.
        sealed_at: Time on the sealing computer's clock, RFC 3339; ``sealed_micros`` the same in microseconds.
        payload: {"bytes", "files", "sha256", "sm3"}.
        wacz_digest: SHA-256 of datapackage.json in data/capture.wacz, or None.
        signer_vkey: The key the sealer claims.
        log_origin: Log named at sealing, or None.
        tsa_k: Timestamps wanted; ``tsa_n`` authorities asked.
        url: The captured address, shortened for messages, "" when there is none; ``address`` the whole of it.
    """

    def __init__(self, data: bytes) -> None:
        top = Shape(parse_canonical(data), "seal.json", TOP_KEYS)
        if top.text("schema") != "bianwu/seal/1":
            raise ProblemError("不支持的 seal.json 版本", "unsupported version of seal.json")
        self.seal_id = check_ulid(top.text("seal_id"))
        self.sealed_at = top.text("sealed_at")
        self.sealed_micros = check_whole_time(self.sealed_at)
        self.case_ref = top.text("case_ref", 200)
        top.hexes("salt")
        self.url = str(top.mapping("capture").get("url", ""))[:2000]
        address = top.mapping("capture").get("url", "")
        self.address = address if isinstance(address, str) else ""
        for name in ("clock", "host"):
            top.mapping(name)
        for name in ("prev", "supersedes"):
            if top.values[name] is not None:
                top.hexes(name)
        self._read_parts(top)

    def _read_parts(self, top: Shape) -> None:
        payload = Shape(top.values["payload"], "payload", ("bytes", "files", "sha256", "sm3"))
        self.payload = payload.values
        payload.number("bytes")
        payload.number("files", 1)
        payload.hexes("sha256")
        payload.hexes("sm3")
        self.wacz_digest: str | None = None
        if top.values["wacz"] is not None:
            self.wacz_digest = Shape(top.values["wacz"], "wacz", ("datapackage_sha256",)).hexes("datapackage_sha256")
        signer = Shape(top.values["signer"], "signer", ("name", "vkey"))
        self.signer_name, self.signer_vkey = signer.text("name"), signer.text("vkey")
        self.log_origin: str | None = None
        if top.values["log"] is not None:
            self.log_origin = Shape(top.values["log"], "log", ("origin",)).text("origin")
        policy = Shape(top.values["tsa_policy"], "tsa_policy", ("k", "n", "names"))
        self.tsa_n = policy.number("n", 0, 99)
        self.tsa_k = policy.number("k", 0, self.tsa_n)
        if len(policy.array("names")) != self.tsa_n:
            raise ProblemError("tsa_policy 自相矛盾", "tsa_policy contradicts itself")

    @property
    def bag_info(self) -> bytes:
        """The only bag-info.txt this seal can have."""
        return (
            "Bag-Software-Agent: bianwu evidence_store; package format 1\n"
            f"Bagging-Date: {self.sealed_at[:10]}\n"
            f"External-Identifier: bianwu-{self.seal_id}\n"
            f"Internal-Sender-Identifier: {self.seal_id}\n"
            f"Payload-Oxum: {self.payload['bytes']}.{self.payload['files']}\n"
        ).encode()
