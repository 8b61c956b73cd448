"""Checks 2 to 8, 19 and 20: the files are those that were sealed, all of them and no others."""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.case import Case
from evidence_store.verifier.digests import digest, new_hash
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.sealrecord import SEALED
from evidence_store.verifier.sums import read_sums, write_sums

_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALWAYS = (*SEALED, "seal.sha256", "seal.sm3", "seal/seal.note", "tagmanifest-sha256.txt")
VERIFY_FILES = tuple(
    "verify/" + name for name in ("README.en.txt", "README.zh-CN.txt", "trust.example.json", "verify.html", "verify.py")
)
LOG_FILES = ("seal/log/leaf.json", "seal/log/seal.tlog-proof", "seal/log/checkpoint")
OPTIONAL = ("seal/tsa/index.json", "seal/log/checkpoint.tsr", "custody/events.jsonl")
TSA_ENDS = (".tsq", ".tsr", "-chain.pem", "-roots.pem", ".crl")
_STEM = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LARGE = 8 << 20

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def listed(paths: list[str], most: int = 20) -> str:
    """Return paths for a message, shortened."""
    return ", ".join(path[:120] for path in paths[:most]) + (f" … (+{len(paths) - most})" if len(paths) > most else "")


def stamp_stem(path: str) -> str | None:
    """Return ``NN-name`` of a file of a timestamp group, or None when the path is not one."""
    for end in TSA_ENDS:
        stem = path[len("seal/tsa/") : -len(end)]
        if path.startswith("seal/tsa/") and path.endswith(end) and 4 <= len(stem) <= 35:
            number, name = stem[:2], stem[3:]
            if number.isascii() and number.isdigit() and number != "00" and stem[2] == "-":
                return stem if _STEM.issuperset(name) and name[0] != "-" else None
    return None


def check_structure(case: Case) -> None:
    """Check 2: required files are there and the top folder carries the seal's name."""
    sizes = case.source.sizes
    missing = [path for path in ALWAYS if path not in sizes]
    some = [path for path in LOG_FILES if path in sizes]
    if some and len(some) < len(LOG_FILES):
        missing += [path for path in LOG_FILES if path not in sizes]
    if not any(path.startswith("data/") for path in sizes):
        missing.append("data/")
    if missing:
        case.fail(2, f"缺少文件：{listed(missing)}", f"files missing: {listed(missing)}")
        return
    expected = f"bianwu-{case.seal.seal_id}"
    if case.source.folder not in ("", expected):
        case.fail(2, f"顶层文件夹应为 {expected}", f"the top folder should be {expected}")
        return
    case.passed(2, f"共 {len(sizes)} 个文件，名称安全，必需文件齐全", f"{len(sizes)} files, names safe, none missing")


def check_declaration(case: Case) -> None:
    """Check 3: bagit.txt and bag-info.txt are exactly what the seal record makes them."""
    wrong = [
        name for name, text in (("bagit.txt", _BAGIT), ("bag-info.txt", case.seal.bag_info)) if case.small(name) != text
    ]
    if wrong:
        case.fail(3, f"内容与格式规定不符：{listed(wrong)}", f"not as the format says: {listed(wrong)}")
    else:
        case.passed(3, "BagIt 1.0，声明与封存记录一致", "BagIt 1.0, agrees with the seal record")


def check_seal_lists(case: Case) -> None:
    """Check 4: seal.sha256 and seal.sm3 hold the digests of the five sealed files."""
    wrong = []
    for algorithm in ("sha256", "sm3"):
        path = "seal." + algorithm
        actual = {name: digest(algorithm, case.small(name, 128 << 20)).hex() for name in SEALED}
        stated = read_sums(case.small(path), path)
        if list(stated) != list(SEALED):
            raise ProblemError(f"{path} 应恰列五个文件", f"{path} must list exactly the five sealed files")
        wrong += [f"{path}: {name}" for name in SEALED if stated[name] != actual[name]]
    if wrong:
        case.fail(4, f"摘要不符：{listed(wrong)}", f"digests differ: {listed(wrong)}")
        return
    package_id = digest("sha256", case.small("seal.sha256")).hex()
    case.facts["package_id"] = package_id
    case.passed(4, f"五个封存文件的双摘要均一致；证据包编号 {package_id}", f"all five agree; package id {package_id}")


def check_record(case: Case) -> None:
    """Check 5: seal.json is well formed and agrees with the manifests."""
    seal = case.seal
    case.facts.update(seal_id=seal.seal_id, sealed_at=seal.sealed_at, case_ref=seal.case_ref, url=seal.url)
    wrong = [
        path
        for path, algorithm in (("manifest-sha256.txt", "sha256"), ("manifest-sm3.txt", "sm3"))
        if digest(algorithm, case.small(path, 128 << 20)).hex() != seal.payload[algorithm]
    ]
    if wrong:
        case.fail(5, f"封存记录与 {listed(wrong)} 不符", f"the record does not match {listed(wrong)}")
        return
    case.passed(
        5, f"封存编号 {seal.seal_id}，自述时间 {seal.sealed_at}", f"seal {seal.seal_id}, own clock {seal.sealed_at}"
    )


def _hash_file(case: Case, path: str) -> tuple[str, str]:
    """Read one file once and return its (SHA-256, SM3)."""
    sha256, sm3 = new_hash("sha256"), new_hash("sm3")
    second = _Beside(sm3.update) if case.source.sizes[path] > _LARGE else sm3.update
    for piece in case.source.pieces(path):
        second(piece)
        sha256.update(piece)
    if isinstance(second, _Beside):
        second.wait()
    return sha256.hexdigest(), sm3.hexdigest()


class _Beside:
    """Runs a digest beside everything else: hashlib lets go of the interpreter, and SM3 takes longest by far."""

    def __init__(self, update: Callable[[bytes], None]) -> None:
        from threading import Thread  # noqa: PLC0415 - only large files need it

        self._update, self._make = update, Thread
        self._running: Thread | None = None

    def __call__(self, piece: bytes) -> None:
        self.wait()
        self._running = self._make(target=self._update, args=(piece,))
        self._running.start()

    def wait(self) -> None:
        """Wait for the piece in hand."""
        if self._running is not None:
            self._running.join()


def check_payload(case: Case) -> None:
    """Checks 6, 7 and 8: every payload file has both its digests; none is missing, none is extra."""
    present = sorted((path for path in case.source.sizes if path.startswith("data/")), key=lambda path: path.encode())
    actual: dict[str, tuple[str, str]] = {}
    for path in present:
        try:
            actual[path] = _hash_file(case, path)
        except ProblemError as problem:
            case.fail(8, problem.zh, problem.en)
    for number, manifest in ((6, "manifest-sha256.txt"), (7, "manifest-sm3.txt")):
        try:
            stated = case.sums(manifest)
        except ProblemError as problem:
            case.fail(number, problem.zh, problem.en)
            continue
        wrong = [path for path in actual if path in stated and actual[path][number - 6] != stated[path]]
        if wrong:
            shown = listed(wrong)
            case.fail(number, f"内容被改动：{shown}", f"contents changed: {shown}")
        else:
            case.passed(number, f"{len(actual)} 个文件一致", f"{len(actual)} files agree")
    case.attempt(8, lambda one: _check_complete(one, present))


def _check_complete(case: Case, present: list[str]) -> None:
    first, second = case.sums("manifest-sha256.txt"), case.sums("manifest-sm3.txt")
    problems = [
        ("缺少文件", "missing", sorted((set(first) | set(second)) - set(present))),
        ("未列入清单的文件", "not listed", sorted(set(present) - set(first))),
        ("两份清单不一致", "the two manifests differ", sorted(set(first) ^ set(second))),
        ("清单列出 data/ 之外的文件", "listed outside data/", [path for path in first if not path.startswith("data/")]),
    ]
    found = [(zh, en, paths) for zh, en, paths in problems if paths]
    for zh, en, paths in found:
        case.fail(8, f"{zh}：{listed(paths)}", f"{en}: {listed(paths)}")
    size, payload = sum(case.source.sizes[path] for path in present), case.seal.payload
    if (size, len(present)) != (payload["bytes"], payload["files"]):
        case.fail(8, "文件数或总字节数与封存记录不符", "number of files or bytes differs from the seal record")
    elif not found:
        case.passed(
            8,
            f"{len(present)} 个文件，{size} 字节，无缺无多",
            f"{len(present)} files, {size} bytes, none missing or extra",
        )


def check_tag_files(case: Case) -> None:
    """Check 19: tagmanifest-sha256.txt lists every file outside data/ with its digest."""
    outside = sorted(
        (path for path in case.source.sizes if not path.startswith("data/")), key=lambda path: path.encode()
    )
    actual = {}
    for path in outside:
        if path != "tagmanifest-sha256.txt":
            actual[path] = case.sha256(path)
    stated = case.sums("tagmanifest-sha256.txt")
    wrong = sorted(path for path in set(actual) | set(stated) if actual.get(path) != stated.get(path))
    if wrong or case.small("tagmanifest-sha256.txt") != write_sums(actual):
        case.fail(19, f"不符：{listed(wrong)}", f"differ: {listed(wrong)}")
    else:
        case.passed(19, f"{len(actual)} 个附属文件一致", f"{len(actual)} tag files agree")


def check_foreign(case: Case) -> None:
    """Check 20: list what the format does not know, and say that nothing vouches for it."""
    known = {*ALWAYS, *LOG_FILES, *VERIFY_FILES, *OPTIONAL}
    foreign = [
        path
        for path in sorted(case.source.sizes)
        if not path.startswith("data/")
        and path not in known
        and stamp_stem(path) is None
        and not (path.startswith("custody/proofs/") and path.endswith(".tlog-proof"))
    ]
    if foreign:
        shown = listed(foreign)
        case.warn(20, f"封印不覆盖，不得采信：{shown}", f"not covered by the seal, do not rely on: {shown}")
        return
    case.passed(
        20,
        "没有格式之外的文件（verify/ 内的说明与程序不受封印保护，请从可信来源取得验证程序）",
        "none (what lies in verify/ is not vouched for: take the verifier from a source you trust)",
    )
