"""Check 9: the web archive data/capture.wacz lists all it contains, and the seal names its list (WACZ 1.1.1)."""

from __future__ import annotations

from evidence_store.verifier.case import Case
from evidence_store.verifier.contents import listed
from evidence_store.verifier.digests import new_hash
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.strictjson import MAX_JSON, parse_json
from evidence_store.verifier.zips import Entry, read_entries, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_WACZ = "data/capture.wacz"
_LIST, _LIST_DIGEST = "datapackage.json", "datapackage-digest.json"


def _small_entry(file: BinaryIO, entries: dict[str, Entry], name: str) -> bytes:
    if name not in entries or entries[name].size > MAX_JSON:
        raise ProblemError(f"网页存档缺少 {name} 或其过大", f"the web archive lacks {name}, or it is too large")
    return b"".join(unpacked(file, entries[name]))


def _sha256(file: BinaryIO, entry: Entry) -> tuple[int, str]:
    running, size = new_hash("sha256"), 0
    for piece in unpacked(file, entry):
        running.update(piece)
        size += len(piece)
    return size, running.hexdigest()


def _resources(data: bytes) -> dict[str, tuple[object, object]]:
    value = parse_json(data, fractions=True)
    resources = value.get("resources") if isinstance(value, dict) else None
    found: dict[str, tuple[object, object]] = {}
    for one in resources if isinstance(resources, list) else []:
        path = one.get("path") if isinstance(one, dict) else None
        if not isinstance(path, str) or path in found:
            raise ProblemError("网页存档清单不合规", "the list of the web archive is malformed")
        found[path] = (one.get("bytes"), one.get("hash"))
    if not found:
        raise ProblemError("网页存档清单为空", "the list of the web archive is empty")
    return found


def check_web_archive(case: Case) -> None:
    """Check the list of the web archive against the seal, and the files against the list."""
    stated = case.seal.wacz_digest
    if _WACZ not in case.source.sizes:
        if stated is not None:
            raise ProblemError("封存记录提到网页存档，但文件不在", "the record names a web archive that is not there")
        case.passed(9, "本包没有网页存档", "this package has no web archive")
        return
    if stated is None:
        raise ProblemError("封存记录没有提到网页存档", "the record does not name the web archive")
    with case.source.open(_WACZ) as file:
        entries = {entry.name: entry for entry in read_entries(file)[0] if not entry.name.endswith("/")}
        if _sha256(file, entries[_LIST])[1] != stated if _LIST in entries else True:
            raise ProblemError("datapackage.json 与封存记录不符", "datapackage.json does not match the record")
        resources = _resources(_small_entry(file, entries, _LIST))
        _check_digest_file(file, entries, stated)
        wrong = []
        for path, (size, value) in resources.items():
            actual = _sha256(file, entries[path]) if path in entries else None
            if actual is None or type(size) is not int or (size, value) != (actual[0], "sha256:" + actual[1]):
                wrong.append(path)
        wrong += sorted(set(entries) - set(resources) - {_LIST, _LIST_DIGEST})
    if wrong:
        case.fail(9, f"清单与内容不符或未列入：{listed(wrong)}", f"not as listed, or unlisted: {listed(wrong)}")
    else:
        case.passed(9, f"{len(resources)} 个文件均与其清单一致", f"all {len(resources)} files agree with its list")


def _check_digest_file(file: BinaryIO, entries: dict[str, Entry], stated: str) -> None:
    if _LIST_DIGEST not in entries:
        return
    value = parse_json(_small_entry(file, entries, _LIST_DIGEST), fractions=True)
    if not isinstance(value, dict) or (value.get("path"), value.get("hash")) != (_LIST, "sha256:" + stated):
        raise ProblemError("datapackage-digest.json 不符", "datapackage-digest.json differs")
