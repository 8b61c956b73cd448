"""Hop 10: the damages ledger reaches the case's figures to the fen; the bundle verifies outside the application."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from caseapp.demo.acts.evidence import SETTLEMENT_FILE
from caseapp.demo.case_data import data_file
from caseapp.demo.case_records import DemoDamage
from caseapp.demo.player import CHIEF, LEAD, HopResult, Player
from caseapp.domain import workflow
from caseapp.models import DamageItem
from caseapp.services.bundles import build_bundle
from caseapp.services.damage_sales import set_sales
from caseapp.services.damages import add_damage, assess_damages, evidence_damage
from caseapp.services.work import Work

BUNDLE = "case-bundle.zip"
SALES_REPORT = "证5-4"
"""The export of daily sales with the auditor's explanation."""
VERIFY_SECONDS = 300


def keep_the_ledger(player: Player, result: HopResult) -> None:
    """Enter every row with its exhibits, let a second person review it, claim it, and compare the sums."""
    for record in player.plan.case.damage_items:
        with player.work(LEAD) as work:
            row = _add(player, work, record)
            evidence_damage(work, row)
            key = row.id
        with player.work(CHIEF) as work:
            work.transition(workflow.DAMAGE_ITEM, work.get(DamageItem, key), "review")
        with player.work(LEAD) as work:
            work.transition(workflow.DAMAGE_ITEM, work.get(DamageItem, key), "claim")
        result.ids.append(record.id)
    show_the_sales(player)
    with player.work(LEAD) as work:
        totals, stated = assess_damages(work, player.case(work)), player.plan.case.damage_totals
    same = (
        totals.by_head["D1"] == stated.d1
        and totals.by_head["D5"] == stated.d5
        and totals.by_head["D6"] == stated.d6
        and totals.without_costs == stated.without_reasonable_costs
        and totals.with_costs == stated.with_reasonable_costs
        and totals.ledger_total == stated.ledger_total
    )
    player.check(same, f"损失台账与案情不符：{totals.with_costs}", f"the ledger differs: {totals.with_costs}")
    player.tell("step", f"请求总额 {totals.with_costs:,} 元，一分不差", f"claimed: CNY {totals.with_costs:,}")


def show_the_sales(player: Player) -> None:
    """Draw what was not sold: a study for an expert to sign, checked by a second person, in no total."""
    stated = json.loads(data_file("damages.json").read_text("utf-8"))["d2"]
    with player.work(LEAD) as work:
        row = add_damage(
            work,
            player.case(work),
            head="D2",
            title="脆穗燕麦圈销量下降（测算）",
            amount=Decimal(stated["did"]),
            evidence=[player.evidence(work, SALES_REPORT)],
            counted=False,
            confidence="computed",
            period_from=date.fromisoformat(stated["period_affected"][0]),
            period_to=date.fromisoformat(stated["period_affected"][1]),
            formula=f"{Decimal(stated['did_gap']):,} × 归因系数 {stated['coef']}（{stated['signed_by']}）",
        )
        series = data_file(stated["csv"]).read_text("utf-8-sig")
        found = set_sales(work, row, series, row.period_from or date.min, figure="margin")
        evidence_damage(work, row)
        key = row.id
    player.check(
        str(found.gap) == stated["did_gap"], f"销量缺口与案情不符：{found.gap}", f"the gap differs: {found.gap}"
    )
    with player.work(CHIEF) as work:
        work.transition(workflow.DAMAGE_ITEM, work.get(DamageItem, key), "review")


def _add(player: Player, work: Work, record: DemoDamage) -> DamageItem:
    refs = record.evidence if record.scope == "suit" else (SETTLEMENT_FILE,)
    evidence = [player.evidence(work, ref) for ref in refs]
    formula = f"{record.gross:,} − {record.avoided:,}" if record.gross is not None else "凭票"
    return add_damage(
        work,
        player.case(work),
        head=record.head,
        title=record.title,
        amount=record.amount,
        scope=record.scope,
        gross=record.gross,
        avoided=record.avoided,
        evidence=evidence,
        formula=formula,
        causation=record.cause,
        papers=record.doc,
    )


def bundle_and_verify(player: Player, result: HopResult, trust: Path) -> None:
    """Write the case bundle and verify every package in it with the verifier the bundle itself carries."""
    path = player.out / BUNDLE
    with player.work(LEAD) as work:
        bundle = build_bundle(work, player.case(work), path, reason="示例：生成案卷")
        result.sha256.append(bundle.facts.sha256)
    player.check(
        hashlib.sha256(path.read_bytes()).hexdigest() == bundle.facts.sha256,
        "案卷摘要不符",
        "the bundle's digest differs",
    )
    with tempfile.TemporaryDirectory(prefix="bianwu-demo-bundle-") as folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        place = Path(folder)
        _check_sums(player, place)
        verifier = next(place.rglob("verify.py"))
        packages = sorted({file.parent.parent for file in place.rglob("seal/seal.json")})
        player.check(packages, "案卷里没有证据包", "there is no package in the bundle")
        for done, package in enumerate(packages, 1):
            verdict = run_verifier(verifier, package, trust)
            player.check(verdict == "PASS", f"{package.name} 独立校验未通过：{verdict}", f"{package.name}: {verdict}")
            player.tell("step", f"{package.name} 独立校验通过", package.name, done=done, total=len(packages))
            result.ids.append(package.name)


def _check_sums(player: Player, place: Path) -> None:
    for line in (place / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        real = hashlib.sha256((place / name).read_bytes()).hexdigest()
        player.check(real == digest, f"案卷文件 {name} 摘要不符", f"{name} in the bundle differs")


def run_verifier(verifier: Path, package: Path, trust: Path) -> str:
    """Run the stand-alone verifier in a fresh Python without any installed package; returns its verdict."""
    command = [sys.executable, "-I", "-S", str(verifier), str(package), "--trust", str(trust), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=VERIFY_SECONDS, check=False)
    try:
        return str(json.loads(done.stdout)["verdict"])
    except (ValueError, KeyError):
        return f"exit {done.returncode}"
