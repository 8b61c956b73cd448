"""Check 23: timestamps taken before the visit, which show that the package was made after them."""

from __future__ import annotations

from evidence_store.verifier.case import Case
from evidence_store.verifier.digests import digest
from evidence_store.verifier.instants import MINUTE, show_time
from evidence_store.verifier.pem import read_certificates
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.strictjson import Shape, parse_canonical
from evidence_store.verifier.timing import Stamp, judge_token
from evidence_store.verifier.tokens import MAX_TOKEN

START_FOLDER = "data/start/"
START_KEYS = ("at", "checkpoint", "nonce", "schema", "seal_id", "url_sha256")
_START_SLACK = 5 * MINUTE


def check_start(case: Case) -> None:
    """Judge every timestamp over the statement of the beginning; without a statement there is nothing to say."""
    path = START_FOLDER + "statement.json"
    if path not in case.source.sizes:
        return
    statement = case.small(path)
    _check_statement(case, statement)
    stamps: list[Stamp] = []
    for name in sorted(case.source.sizes):
        if not name.startswith(START_FOLDER) or not name.endswith(".tsr"):
            continue
        label = name[len(START_FOLDER) : -len(".tsr")]
        try:
            stamps.append(_judge_start(case, label, statement))
        except ProblemError as problem:
            case.fail(23, f"{label}：{problem.zh}", f"{label}: {problem.en}")
    _conclude_start(case, stamps)


def _check_statement(case: Case, statement: bytes) -> None:
    """The statement is about this seal and this address."""
    top = Shape(parse_canonical(statement), "statement.json", START_KEYS)
    if top.text("schema") != "bianwu/start/1":
        raise ProblemError("不支持的开始声明版本", "unsupported version of the statement of the beginning")
    top.hexes("nonce")
    top.text("at")
    top.text("checkpoint")
    about_url = digest("sha256", case.seal.address.encode("utf-8")).hex()
    if top.text("seal_id") != case.seal.seal_id or top.hexes("url_sha256") != about_url:
        raise ProblemError("开始声明不是为本次取证作的", "the statement of the beginning is about another capture")


def _judge_start(case: Case, label: str, statement: bytes) -> Stamp:
    base = START_FOLDER + label
    packaged = read_certificates(case.small(base + "-roots.pem")) if base + "-roots.pem" in case.source.sizes else []
    stamp = judge_token(case, label, case.small(base + ".tsr", MAX_TOKEN), statement, packaged)
    if stamp.token.gen_time > case.seal.sealed_micros + _START_SLACK:
        raise ProblemError("开始时间戳晚于封存时间", "the timestamp of the beginning is later than the sealing")
    return stamp


def _conclude_start(case: Case, stamps: list[Stamp]) -> None:
    """Say after which moment the package was made: it holds that moment's timestamp, which nobody can foretell."""
    if not stamps:
        case.warn(
            23, "访问前没有可用的时间戳，不早于何时未获证明", "no timestamp before the visit: no not-before proof"
        )
        return
    real = [one for one in stamps if not one.test]
    shown = show_time(max(one.token.gen_time for one in real or stamps))
    if not real:
        case.warn(23, f"测试时间戳，不能证明开始时间（{shown}）", f"test timestamp, proves no beginning ({shown})")
    elif case.trust is None:
        case.warn(23, f"如果根证书可信，则本包不早于 {shown}", f"made no earlier than {shown}, if the root is trusted")
    else:
        case.facts["not_before"] = shown
        case.passed(23, f"本包不早于 {shown}：内含此刻的时间戳", f"made no earlier than {shown}: it holds that stamp")
