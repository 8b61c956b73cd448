"""取证报告: cleanliness check, court criteria and foreseen objections of one capture, as report.json and report.pdf.

The PDF is printed by the browser that made the capture, from a page of ours without scripts or network.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from importlib import resources
from string import Template
from typing import Any

from capture.criteria import cover
from capture.findings import Answer, Criterion, Record
from capture.grade import REASONS
from capture.models import StepRecord
from capture.objections import Objection, foresee
from capture.run import Run

MARKS = {"ok": "✓", "failed": "✗", "not_applicable": "—", "unknown": "?", "not_done": "○"}
COVERED = {
    "has": ("有", "has"),
    "partly": ("部分", "partly"),
    "lacks": ("缺", "lacks"),
    "later": ("由封存或单位补足", "added later"),
    "not_applicable": ("不适用", "n/a"),
}
GRADES = {
    "self_made": ("自证", "self-made"),
    "rechecked": ("复核", "re-checked"),
    "two_sources": ("双源印证", "two sources"),
    "witnessed": ("见证", "witnessed"),
    "demo": ("演示", "demonstration"),
}
ITEM_MOST = 90


def record_of(
    run: Run, *, state: str, missing: Sequence[str], steps: Iterable[StepRecord], facts: Mapping[str, Any]
) -> Record:
    """Return what the rules look at."""
    notes = {
        **run.notes,
        "screenshot_cut": run.cuts.get("screenshot", ""),
        "redactions": len(run.recording.redactions) if run.recording is not None else 0,
    }
    return Record(
        state=state,
        missing=tuple(missing),
        facts=facts,
        notes=notes,
        items={item["id"]: item["verdict"] for item in items_of(run)},
        files=frozenset((*run.files, "report.json", "report.pdf", "capture.json")),
        fields=frozenset(field.name for field in run.fields),
        steps={step.name: step.state for step in steps},
    )


def items_of(run: Run) -> list[dict[str, Any]]:
    """Return the items of the cleanliness check, and the second visit judged by how it ended."""
    path = run.files.get("environment.json")
    items: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["items"] if path is not None else []
    agreed = run.second is not None and not run.second.differs
    verdict = "not_done" if not run.second_state else "ok" if agreed else "failed"
    detail = ", ".join(run.second.differs) if run.second is not None else ""
    words = {"zh": "另作独立的第二遍访问，所见一致", "en": "an independent second visit saw the same"}
    return [*items, {"id": "second_pass", "verdict": verdict, "detail": detail, **words}]


async def write(run: Run, record: Record, steps: Sequence[StepRecord]) -> str:
    """Write report.json and report.pdf."""
    covered, objections = cover(record), foresee(record)
    document = {
        "schema": "bianwu/capture-report/1",
        "url": run.request.url,
        "url_final": run.url_final,
        "state": record.state,
        "missing": list(record.missing),
        "grade": record.facts["grade"],
        "items": items_of(run),
        "criteria": [_criterion_json(run, criterion, answer) for criterion, answer in covered],
        "objections": [asdict(objection) for objection in objections],
        "files": {name: _digest(run, name) for name in sorted(run.files)},
    }
    run.keep("report.json", json.dumps(document, ensure_ascii=False, indent=1))
    run.keep("report.pdf", await run.browser.print_html(page(run, record, steps, covered, objections)))
    gaps = sum(answer.verdict in ("lacks", "partly") for _, answer in covered)
    return f"{gaps} gaps, {len(objections)} objections"


def _criterion_json(run: Run, criterion: Criterion, answer: Answer) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "sources": list(criterion.sources),
        "zh": criterion.zh,
        "en": criterion.en,
        "answer": {**asdict(answer), "files": {name: _digest(run, name) for name in answer.files}},
    }


def _digest(run: Run, name: str) -> str:
    path = run.files.get(name)
    if path is None:
        return ""  # written after this report, or it is this report
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def page(
    run: Run,
    record: Record,
    steps: Sequence[StepRecord],
    covered: Sequence[tuple[Criterion, Answer]],
    objections: Sequence[Objection],
) -> str:
    """Return the report as one HTML page; every value in it is escaped."""
    frame = Template(resources.files("capture").joinpath("scripts", "report.html").read_text(encoding="utf-8"))
    facts = record.facts
    return frame.substitute(
        url=escape(str(facts["url"])),
        url_final=escape(str(facts["url_final"])),
        title=escape(run.title or "—"),
        started=escape(str(facts["started"])),
        finished=escape(str(facts["finished"])),
        actor=escape(str(facts["actor"]) or "—"),
        ip=escape(str(facts["ip"]) or "—"),
        certificate=escape(str(facts["tls_cert_sha256"]) or "—"),
        verdict=escape(str(facts["tls_verdict"]) or "—"),
        status=escape(str(facts["http_status"])),
        state=escape(record.state),
        missing=escape("、".join(record.missing) or "—"),
        grade=escape(" ".join(GRADES[record.grade])),
        reasons="".join(f"<li>{_both(*REASONS[code])}</li>" for code in facts["grade"]["reasons"]),
        tool=escape(f"{facts['tool']} · Chromium {facts['versions']['chromium']}"),
        items="".join(_item(item) for item in items_of(run)),
        criteria="".join(_row(run, criterion, answer) for criterion, answer in covered),
        objections="".join(_objection(objection) for objection in objections) or "<tr><td colspan=3>—</td></tr>",
        steps="".join(_step(step) for step in steps),
    )


def _both(zh: str, en: str) -> str:
    return f"{escape(zh)} <small lang=en>{escape(en)}</small>" if en else escape(zh)


def _item(item: Mapping[str, Any]) -> str:
    mark = MARKS.get(str(item["verdict"]), "?")
    detail = str(item["detail"])[:ITEM_MOST]
    words = _both(str(item["zh"]), str(item["en"]))
    return f"<tr class={escape(str(item['verdict']))}><td>{mark}</td><td>{words}</td><td>{escape(detail)}</td></tr>"


def _row(run: Run, criterion: Criterion, answer: Answer) -> str:
    files = "<br>".join(f"{escape(name)} <small>{_digest(run, name)[:12]}</small>" for name in answer.files)
    cure = f"<br>→ {_both(answer.cure_zh, answer.cure_en)}" if answer.cure_zh else ""
    asked = f"{_both(criterion.zh, criterion.en)}<br><small>{escape('、'.join(criterion.sources))}</small>"
    cells = (asked, _both(*COVERED[answer.verdict]), _both(answer.zh, answer.en) + cure, files)
    return f"<tr class={answer.verdict}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _objection(objection: Objection) -> str:
    answer = (
        _both(objection.answer_zh, objection.answer_en) if objection.answer_zh else "无 <small lang=en>none</small>"
    )
    cure = _both(objection.cure_zh, objection.cure_en) if objection.cure_zh else "—"
    return f"<tr><td>{_both(objection.zh, objection.en)}</td><td>{answer}</td><td>{cure}</td></tr>"


def _step(step: StepRecord) -> str:
    mark = {"done": "✓", "failed": "✗", "skipped": "—"}[step.state]
    return f"<li>{mark} {escape(step.name)} <small>{step.seconds:.2f} s</small></li>"
