"""An archived case is for reading: no use case changes anything in it; and what is in the example's case is 示例."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import caseapp.services as package
from caseapp import models
from caseapp.domain import workflow
from caseapp.domain.errors import CaseError
from caseapp.domain.permissions import Permission
from caseapp.models import (
    Base,
    Capture,
    Case,
    Correspondence,
    CounterNotice,
    DamageEvidence,
    DamageItem,
    Deadline,
    Dispatch,
    Document,
    DocumentVersion,
    EvidenceItem,
    Exhibit,
    Membership,
    Notice,
    NoticeItem,
    Party,
    Publication,
    Relief,
    Row,
    Task,
)  # fmt: skip
from caseapp.services import archiving, parties
from caseapp.services.archiving import CaseArchivedError
from caseapp.services.queries.granted import granted_in
from caseapp.services.work import Actor, Work, open_work, read_work
from tests.caseapp.conftest import LocalPorts, World

AT = datetime(2026, 8, 11, tzinfo=UTC)
HELD = (Party, Relief, Document, DocumentVersion, Notice, NoticeItem, CounterNotice, DamageItem, DamageEvidence,
        Exhibit, Deadline, Task, Dispatch, Publication, Correspondence, Capture)  # fmt: skip
"""What a case holds, each after what it needs."""
WORDS: dict[str, Any] = {
    "kind": "letter", "status": None, "direction": "received", "channel": "email", "role": "target", "head": "D1",
    "object_type": "cases", "unit": "day",
}  # fmt: skip
KINDS = {Deadline: "internal", Relief: "apology"}
READS = {
    "check_step", "deciders_of", "frozen_pdf", "take_bundle", "ask_bundle", "build_bundle", "plan_bundle", "blocks",
    "items_of", "custody_lines", "custody_words", "append_custody", "note_view", "link_of", "assess_damages",
    "ledger_facts", "exhibits_for", "prefilled", "latest_version", "read_file", "export_evidence", "held", "cited_in",
    "next_exhibit_no", "case_facts", "claim_facts", "exhibit_facts", "notice_facts", "post_facts", "statement_facts",
    "candidates", "extra_facts", "next_posts", "counter_notices", "own_capture", "members", "open_mandatory",
    "record_scrub", "last_scrub", "keeping_record", "filing_of",
    "verify_evidence", "record_verification", "live_picture", "frequency", "last_visit", "wait_until", "wake_next",
    "bars", "period_of", "derived_from", "held_cases", "open_disposal", "last_disposal", "lock_cases",
    "lock_item", "require_kept", "disposal_certificate", "drop_bundles", "hold_evidence", "hold_case", "tell_items",
    "original_away", "shares_of", "handovers_of", "export_custody", "login_free_at", "earlier_of",
    "copies_of", "original_of", "redaction_job", "standing_in",
}  # fmt: skip
"""What shows, verifies or exports, and a hold: it may go on, and changes nothing of what the case says."""

OTHERWISE = {
    "return_document", "retry_capture", "step_case", "record_check", "record_metrics", "record_item_refusal",
    "record_measure", "record_refusal", "extend_deadline", "meet_deadline", "meet_deadlines", "miss_deadline",
    "retry_dispatch", "start_document", "register_evidence", "step_evidence",
    "request_disposal", "approve_disposal", "refuse_disposal", "withdraw_disposal", "add_counter_evidence",
    "list_cited", "recheck", "take_step", "learn", "correct_publication", "retract_publication",
    "take_task_step", "want_stamps", "record_stamps", "advance_seal", "stamp_request", "sign_handover",
    "lend_login", "note_login_end", "register_copy",
}  # fmt: skip
"""Refused here for what was asked (the guard below them would refuse), or about what a case shares."""


def made(work: Work, model: type[Base], known: dict[str, str]) -> Any:
    """A row with all its table demands, pointing at the rows already made."""
    values: dict[str, Any] = {}
    for column in model.__table__.columns:
        target = next((key.column.table.name for key in column.foreign_keys), None)
        if target in known and target not in {"desks", "users"}:
            values[column.name] = known[target]
        elif target == "users" and not column.nullable:
            values[column.name] = known["users"]
        elif not column.nullable and column.default is None and column.name not in {"id", *SET_BY_WORK}:
            values[column.name] = KINDS[model] if column.name == "kind" and model in KINDS else filler(column)
    return work.add(model(**values))


SET_BY_WORK = {"created_at", "created_by", "updated_at", "updated_by", "desk_id", "version"}


def filler(column: Any) -> Any:
    if WORDS.get(column.name):
        return WORDS[column.name]
    if column.name.endswith("_at") or column.name == "at":
        return AT
    if column.name.endswith("_fen"):
        return Decimal(1)
    kind = getattr(column.type, "impl", column.type)
    python = getattr(kind, "python_type", str)
    return {int: 1, bool: False, dict: {}, list: [], Decimal: Decimal(1)}.get(python, "x")


def furnished(world: World, *, sample: bool = False) -> tuple[str, dict[type[Base], str]]:
    """A case with one of everything, put there by the house; keys of the rows."""
    lin = world.person("lin", "counsel")
    case_id = world.case((lin, "lead"), sample=sample)
    platform_id, post_id = world.platform(), world.post()
    keys: dict[type[Base], str] = {}

    def fill(work: Work) -> None:
        known = {"cases": case_id, "platforms": platform_id, "posts": post_id, "users": lin.user_id}
        item = work.add(EvidenceItem(no=work.next_no("evidence"), title="页面", obtained_at=AT))
        known["evidence_items"] = keys[EvidenceItem] = item.id
        for model in HELD:
            row = made(work, model, known)
            known[str(model.__tablename__)] = keys[model] = row.id
        keys[Membership] = work.session.scalars(select(Membership.id).where(Membership.case_id == case_id)).one()

    world.make(fill)
    keys[Case] = case_id
    return case_id, keys


def archive(world: World, case_id: str) -> None:
    world.make(lambda work: work.change(work.get(Case, case_id), status="archived", archived_at=work.now))


def use_cases() -> list[Any]:
    """Every function of the services that takes a unit of work and something a case holds."""
    held = {model.__name__ for model in (*HELD, Case, Membership, EvidenceItem)}
    found = []
    for info in pkgutil.iter_modules(package.__path__):
        if info.ispkg:
            continue
        module = importlib.import_module(f"caseapp.services.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            taken = [one.annotation for one in inspect.signature(function).parameters.values()]
            if function.__module__ == module.__name__ and not name.startswith("_") and taken[:1] == ["Work"]:
                found += [function] if held & set(taken[1:]) else []
    return found


def arguments(work: Work, function: Callable[..., Any], keys: dict[type[Base], str]) -> dict[str, Any]:
    """Something plausible for every argument it demands."""
    plain: dict[str, Any] = {
        "str": "x", "bool": True, "int": 1, "Decimal": Decimal(1), "datetime": AT, "dt.datetime": AT,
        "Path": Path("/x"),
    }  # fmt: skip
    values: dict[str, Any] = {}
    for one in list(inspect.signature(function).parameters.values())[1:]:
        if one.kind is one.VAR_KEYWORD or one.default is not one.empty:
            continue
        model = getattr(models, str(one.annotation), None)
        if isinstance(model, type) and issubclass(model, Base):
            key = keys.get(model)
            values[one.name] = work.session.get(model, key) if key else work.session.scalars(select(model)).first()
        else:
            values[one.name] = plain.get(str(one.annotation))
    return values


def snapshot(ports: LocalPorts, keys: dict[type[Base], str]) -> dict[str, list[Any]]:
    """Everything in the tables of what a case holds."""
    with ports.sessions() as session:
        return {
            str(model.__tablename__): [tuple(row) for row in session.execute(select(model.__table__))] for model in keys
        }


def test_no_use_case_changes_anything_in_an_archived_case(world: World, ports: LocalPorts) -> None:
    case_id, keys = furnished(world)
    archive(world, case_id)
    lin, before, other = world.person("lin"), snapshot(ports, keys), []
    asked = [one for one in use_cases() if one.__name__ not in READS]
    assert len(asked) > 60
    for function in asked:
        name = f"{function.__module__.rsplit('.', 1)[1]}.{function.__name__}"
        try:
            with open_work(ports, lin) as work:
                function(work, **arguments(work, function, keys))
        except CaseArchivedError:
            pass
        except (CaseError, AttributeError, TypeError, KeyError, ValueError) as problem:
            other.append((name, repr(problem)[:90]))
        else:
            other.append((name, "done"))
        assert snapshot(ports, keys) == before, name
    assert {name.split(".")[1] for name, _why in other} <= OTHERWISE, other


@pytest.mark.parametrize("model", [*HELD, Case, Membership, EvidenceItem], ids=lambda one: one.__name__)
def test_the_guard_lets_nobody_write_a_row_of_an_archived_case(
    world: World, ports: LocalPorts, model: type[Base]
) -> None:
    case_id, keys = furnished(world)
    archive(world, case_id)
    lin = world.person("lin")
    column = "title" if hasattr(model, "title") else "updated_by"
    with open_work(ports, lin) as work:
        setattr(work.session.get_one(model, keys[model]), column, "改")
        with pytest.raises(CaseArchivedError) as refused:
            work.session.flush()
        work.session.rollback()
    assert "已归档" in refused.value.message("zh")
    assert "archived" in refused.value.message("en")
    if model in HELD:
        known = {str(one.__tablename__): key for one, key in keys.items()} | {"users": lin.user_id}
        with ports.sessions() as session:
            known |= {"platforms": session.scalars(select(models.Platform.id)).one()}
            known |= {"posts": session.scalars(select(models.Post.id)).one()}
        with pytest.raises(CaseArchivedError), open_work(ports, lin) as work:
            made(work, model, known)


def test_an_archived_case_is_read_and_offers_nothing(world: World, ports: LocalPorts) -> None:
    case_id, keys = furnished(world)
    lin = world.person("lin")
    with read_work(ports, lin) as work:
        assert not work.permissions(work.get(Case, case_id)) <= archiving.READING
    archive(world, case_id)
    with read_work(ports, lin) as work:
        case, item = work.get(Case, case_id), work.get(DamageItem, keys[DamageItem])
        assert work.permissions(case) == granted_in(work, case_id)
        assert work.permissions(item) <= archiving.READING
        assert work.permissions(case)
        assert work.offers(workflow.DAMAGE_ITEM, item) == ()
        for action in {step.action for step in workflow.DAMAGE_ITEM.transitions}:  # the archive is named, not the state
            with pytest.raises(CaseArchivedError):
                work.transition(workflow.DAMAGE_ITEM, item, action, reason="理由")


def test_the_step_into_the_archive_itself_and_the_house_go_on(world: World, ports: LocalPorts) -> None:
    case_id, keys = furnished(world)
    with open_work(ports, world.person("lin")) as work:
        case = work.get(Case, case_id)
        work.change(case, status="archived", title="归档名称")
    archive(world, case_id)
    world.make(lambda work: work.change(work.get(DamageItem, keys[DamageItem]), title="房屋自己"))
    with open_work(ports, world.person("lin")) as work:  # how a check went is written down
        work.change(work.get(EvidenceItem, keys[EvidenceItem]), verified_at=AT)


def test_what_is_shared_with_an_open_case_is_not_shut(world: World, ports: LocalPorts) -> None:
    case_id, keys = furnished(world)
    archive(world, case_id)
    lin = world.person("lin")
    other = world.case((lin, "lead"))
    world.make(lambda work: work.add(Exhibit(case_id=other, evidence_id=keys[EvidenceItem], exhibit_no="证1-9")))
    with open_work(ports, lin) as work:
        work.change(work.get(EvidenceItem, keys[EvidenceItem]), title="新案也用")
        parties.name_party(work, work.get(Case, other), role="target", name="山石知野")


def test_what_anyone_adds_to_a_case_of_the_example_belongs_to_the_example(world: World, ports: LocalPorts) -> None:
    _case_id, keys = furnished(world, sample=True)
    lin: Actor = world.person("lin")
    marked = [model for model in HELD if issubclass(model, Row) and model is not Capture]
    with ports.sessions() as session:
        assert [model.__name__ for model in marked if not session.get_one(model, keys[model]).sample] == []
    with open_work(ports, lin) as work:
        work.require(Permission.CASE_EDIT, work.get(Case, keys[Case]))
        numbers = work.next_no("notice"), work.next_no("notice")
        assert work.add(models.Organization(name="示例公司", kind="customer")).sample
    with open_work(ports, lin) as work:
        assert work.next_no("notice") == numbers[0]  # the real register counts apart
