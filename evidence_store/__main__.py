"""python -m evidence_store seal|verify|fsck: evidence packages without the case manager.

Exit codes. seal: 0 sealed, 3 sealed but a time stamp asked for is missing. verify: 0 PASS, 1 FAIL, 2 UNTRUSTED-KEYS or
nothing to judge. fsck: 0 sound, 1 problems. All: 2 wrong arguments, 4 refused or failed.
"""

import argparse
import json
import platform
import re
import secrets
import ssl
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from evidence_store import (
    EvidenceError,
    EvidenceStore,
    Package,
    SealFacts,
    Signer,
    StampReport,
    TimestampAuthority,
    Trust,
    TrustedKey,
    TrustedRoot,
    VerifierKey,
    new_ulid,
    open_authority,
    render_text,
    seal,
    stamp,
    verify,
)
from evidence_store.backends import Backend, open_backend
from evidence_store.collect import collect
from evidence_store.digests import sha256_hex
from evidence_store.errors import FactsRefusedError, KeyFileError, TrustFileError
from evidence_store.failures import ObjectMissingError
from evidence_store.files import storage_errors
from evidence_store.trust import TrustedMinimum
from evidence_store.vault import is_marked
from evidence_store.vault.errors import KeysLockedError

_REFUSED: Final = 4
_NOT_STAMPED: Final = 3
_KEYS: Final = Path(".config") / "bianwu"


def _say(zh: str, en: str) -> None:
    print(f"{zh}\n{en}", file=sys.stderr)


def _key(path: Path | None, role: str) -> Signer:
    """Return the key of a file, made on first use."""
    try:
        file = path or Path.home() / _KEYS / f"{role}.key"
    except RuntimeError as error:
        raise KeyFileError(f"--key / --log-key: {error}") from error
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        signer = Signer.generate(f"bianwu-{role}-{secrets.token_hex(4)}")
        signer.save(file)
        _say(f"已生成新密钥：{file}（请妥善备份，勿外传）", f"New key: {file} (back it up, keep it private)")
    return Signer.load(file)


def _authorities(urls: Sequence[str], roots: Sequence[Path]) -> list[TimestampAuthority]:
    if urls and len(roots) not in (1, len(urls)):
        raise FactsRefusedError("--tsa needs --roots: one for all, or one for each in the same order")
    found = []
    for number, given in enumerate(urls):
        name, equals, url = given.partition("=")
        if not equals or "/" in name:
            url = given
            name = re.sub("[^a-z0-9]+", "-", url.partition("://")[2].partition("/")[0].lower()).strip("-")[:32] or "tsa"
        found.append(open_authority(name, url, roots[number if len(roots) > 1 else 0]))
    return found


def _facts(arguments: argparse.Namespace, originals: dict[str, str], names: list[str], origin: str | None) -> SealFacts:
    return SealFacts(
        seal_id=new_ulid(),
        case_ref=arguments.case,
        sealed_at=datetime.now(UTC),
        capture={"source": "files", "original_names": originals},
        host={"os": platform.platform(), "python": platform.python_version()},
        clock={"state": "unchecked"},
        tsa_policy={"k": min(1, len(names)), "n": len(names), "names": names},
        log_origin=origin,
    )


def _run_seal(arguments: argparse.Namespace) -> int:
    files, originals = collect(arguments.paths)
    authorities = _authorities(arguments.tsa, arguments.roots)
    signer = _key(arguments.key, "sealer")
    log_signer = _key(arguments.log_key, "log") if arguments.store else None
    facts = _facts(arguments, originals, [one.name for one in authorities], log_signer.name if log_signer else None)
    output: Path = arguments.output
    if log_signer is None:
        package = seal(files, facts, signer, output)
        report, path, index = stamp(package, authorities), package.path, None
    else:
        store = EvidenceStore(_plain(arguments.store), log_signer=log_signer)
        with tempfile.TemporaryDirectory(prefix="bianwu-") as draft:
            package = seal(files, facts, signer, Path(draft))
            report = stamp(package, authorities)
            index = store.admit(package).log_index
        path = store.export(package.package_id, output)
    if arguments.trust_out is not None:
        _trust(signer, log_signer, report).save(arguments.trust_out)
    _tell_seal(arguments, package, report, {"package": str(path), "log_index": index, "vkey": signer.verifier_key})
    return _NOT_STAMPED if any(outcome.error for outcome in report.outcomes) else 0


def _trust(signer: Signer, log_signer: Signer | None, report: StampReport) -> Trust:
    roots = tuple(
        TrustedRoot(one.name, sha256_hex(ssl.PEM_cert_to_DER_cert(one.roots_pem.decode("ascii"))), one.test)
        for one in report.stamps
    )
    return Trust(
        sealers=(TrustedKey(signer.verifier_key),),
        log=None if log_signer is None else log_signer.verifier_key,
        roots=roots,
        minimums=(TrustedMinimum(min(1, len(roots))),),
    )


def _tell_seal(arguments: argparse.Namespace, package: Package, report: StampReport, more: dict[str, Any]) -> None:
    for outcome in report.outcomes:
        if outcome.error is not None:
            _say(outcome.error.message("zh"), outcome.error.message("en"))
    if arguments.json:
        stamps = [{"name": one.name, "gen_time": one.gen_time.isoformat(), "test": one.test} for one in report.stamps]
        facts = {"ok": True, "seal_id": package.seal_id, "package_id": package.package_id, "time": report.state}
        print(json.dumps(facts | more | {"stamps": stamps, "test": report.is_test}, ensure_ascii=False))
        return
    state = {"self-timed": "仅自述时间", "stamped": "已加时间戳", "complete": "时间戳齐全"}[report.state]
    test = "（测试时间戳，无证明力）" if report.is_test else ""
    print(f"已封存 sealed: {more['package']}\n证据包编号 package id: {package.package_id}")
    print(f"时间 time: {state}{test} {report.state}{' (TEST, no evidential value)' if report.is_test else ''}")
    print(f"封存方公钥 verifier key: {more['vkey']}")


def _run_verify(arguments: argparse.Namespace) -> int:
    trust = None if arguments.trust is None else Trust.load(arguments.trust)
    report = verify(arguments.package, trust, against=arguments.against)
    print(json.dumps(report.to_json(), ensure_ascii=False) if arguments.json else render_text(report))
    return {"PASS": 0, "FAIL": 1}.get(report.verdict, 2)


def _log_key(arguments: argparse.Namespace) -> tuple[VerifierKey, list[VerifierKey]]:
    if arguments.vkey is not None:
        return VerifierKey.parse(arguments.vkey), []
    if arguments.trust is not None:
        trust = Trust.load(arguments.trust)
        if trust.log is None:
            raise TrustFileError(f"{arguments.trust}: names no log")
        return VerifierKey.parse(trust.log), [VerifierKey.parse(key) for key in trust.earlier_log_keys]
    return _key(arguments.log_key, "log").key, []


def _plain(folder: Path) -> Backend:
    """Open a store, but an encrypted one: this command has no keys, and must neither add plain bytes nor cry damage."""
    place = open_backend(folder)
    if is_marked(place):
        raise KeysLockedError(f"{folder}: bianwu fsck")
    return place


def _run_fsck(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.store
    if not (folder / "log").is_dir():
        raise ObjectMissingError(f"{folder}: 不是证据库 not an evidence store")
    key, old = _log_key(arguments)
    report = EvidenceStore(_plain(folder), log_signer=key, old_log_keys=old).fsck()
    if arguments.json:
        problems = [{"where": one.where, "code": one.error.code, "zh": one.error.message("zh"),
                     "en": one.error.message("en")} for one in report.problems]  # fmt: skip
        counts = {"packages": report.packages, "leaves": report.leaves, "blobs": report.blobs}
        print(json.dumps({"ok": report.ok, **counts, "problems": problems, "orphans": report.orphans}))
    else:
        for problem in report.problems:
            print(f"问题 problem: {problem.where}\n  {problem.error.message('zh')}\n  {problem.error.message('en')}")
        for orphan in report.orphans:
            print(f"遗留（无害）orphan (harmless): {orphan}")
        print(f"证据包 packages {report.packages} · 日志条目 leaves {report.leaves} · 对象 objects {report.blobs}")
        print("完好 sound" if report.ok else f"发现 {len(report.problems)} 个问题 problems found")
    return 0 if report.ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evidence_store", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True)

    one = commands.add_parser("seal", help="封存文件 seal files into a package")
    one.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="文件或文件夹 files or folders")
    one.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="输出目录 where the package goes")
    one.add_argument("--key", type=Path, help="封存密钥，首次使用时生成 sealing key, made on first use")
    one.add_argument("--case", default="", metavar="REF", help="案件代号（不含个人信息）opaque case reference")
    one.add_argument("--tsa", action="append", default=[], metavar="[NAME=]URL", help="时间戳机构 RFC 3161 authority")
    one.add_argument("--roots", action="append", default=[], type=Path, metavar="PEM", help="其根证书 its roots")
    one.add_argument("--store", type=Path, metavar="DIR", help="同时存入证据库并记日志 also keep and log it in a store")
    one.add_argument("--log-key", type=Path, help="日志密钥 the store's log key")
    one.add_argument("--trust-out", type=Path, metavar="FILE", help="另写信任文件 write trust.json to hand over")
    one.set_defaults(run=_run_seal)

    two = commands.add_parser("verify", help="验证证据包 verify a package")
    two.add_argument("package", type=Path)
    two.add_argument("--trust", type=Path, metavar="FILE", help="另行取得的 trust.json, received separately")
    two.add_argument("--against", type=Path, metavar="CHECKPOINT", help="见证过的检查点 a witnessed head")
    two.set_defaults(run=_run_verify)

    three = commands.add_parser("fsck", help="检查整个证据库 check a whole store")
    three.add_argument("store", type=Path)
    three.add_argument("--vkey", help="日志公钥 the log's verifier key")
    three.add_argument("--trust", type=Path, metavar="FILE", help="含日志公钥的 trust.json")
    three.add_argument("--log-key", type=Path, help="日志密钥 the log's key file")
    three.set_defaults(run=_run_fsck)
    for command in (one, two, three):
        command.add_argument("--json", action="store_true", help="机器可读输出 machine-readable output")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = _parser().parse_args(words)
    try:
        code: int = _guarded(arguments)
    except EvidenceError as error:
        _say(error.message("zh"), error.message("en"))
        return 2 if arguments.run is _run_verify else _REFUSED
    return code


def _guarded(arguments: argparse.Namespace) -> int:
    try:
        code: int = arguments.run(arguments)
    except OSError as error:
        with storage_errors(error.filename or "evidence_store"):
            raise
    return code


if __name__ == "__main__":
    sys.exit(main())
