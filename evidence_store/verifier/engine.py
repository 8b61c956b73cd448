"""Runs the numbered checks over one package: the one list both the library and verify.py follow."""

from __future__ import annotations

from evidence_store.verifier.case import Case, SecondEngine
from evidence_store.verifier.contents import (
    check_declaration,
    check_foreign,
    check_payload,
    check_record,
    check_seal_lists,
    check_structure,
    check_tag_files,
)
from evidence_store.verifier.custodychain import check_custody
from evidence_store.verifier.loginclusion import check_against, check_head, check_log
from evidence_store.verifier.origin import check_signature, check_signer, check_trust
from evidence_store.verifier.problem import ProblemError
from evidence_store.verifier.report import FAIL, Check, Report
from evidence_store.verifier.sources import UnusableError, open_source
from evidence_store.verifier.starting import check_start
from evidence_store.verifier.timing import check_checkpoint_stamp, check_timestamps
from evidence_store.verifier.trustfile import TrustFile
from evidence_store.verifier.webarchive import check_web_archive


def _check_engines(case: Case) -> None:
    """Check 22: the second engine came to the same result on every signature it can judge."""
    if case.second is None:
        return
    for zh, en in case.disputes:
        case.fail(22, f"结论不一致：{zh}", f"they disagree on: {en}")
    if not case.disputes:
        alone = f"；另有 {case.unjudged} 项只有本引擎能判断" if case.unjudged else ""
        alone_en = f"; {case.unjudged} more only ours can judge" if case.unjudged else ""
        case.passed(22, f"{case.judged} 项签名结论相同{alone}", f"same result on {case.judged} signatures{alone_en}")


# (number a failure is written under, check)
CHECKS = (
    (1, check_trust),
    (2, check_structure),
    (3, check_declaration),
    (4, check_seal_lists),
    (5, check_record),
    (8, check_payload),
    (9, check_web_archive),
    (10, check_signature),
    (11, check_signer),
    (12, check_timestamps),
    (14, check_log),
    (15, check_head),
    (16, check_checkpoint_stamp),
    (23, check_start),
    (17, check_custody),
    (19, check_tag_files),
    (20, check_foreign),
    (21, check_against),
    (22, _check_engines),
)


def run_checks(path: str, trust: TrustFile | None, against: bytes | None, second: SecondEngine | None) -> Report:
    """Verify a package and report everything that is wrong with it.

    Args:
        path: Folder or ZIP.
        trust: Whom the reader believes; without it the verdict is never PASS.
        against: Bytes of a witnessed checkpoint, or of an add-checkpoint body, or None.
        second: A second engine to compare with, or None.

    Raises:
        UnusableError: When there is nothing at ``path`` that could be read.
    """
    try:
        source = open_source(path)
    except UnusableError:
        raise
    except ProblemError as problem:
        return Report([Check(2, FAIL, problem.zh, problem.en)], trusted=trust is not None, facts={})
    case = Case(source, trust, against, second)
    try:
        for number, check in CHECKS:
            case.attempt(number, check)
    finally:
        source.close()
    return Report(sorted(case.rows, key=lambda row: row.number), trusted=trust is not None, facts=case.facts)
