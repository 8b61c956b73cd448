from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from caseapp.domain import workflow
from caseapp.domain.errors import (
    AlreadyExistsError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    SecondPersonRequiredError,
    StaleVersionError,
)
from caseapp.domain.events import Event
from caseapp.domain.permissions import Permission
from caseapp.models import AuditDetail, AuditEvent, Case, Desk, Platform, Task
from caseapp.services.audit import erase_detail, verify_chain
from caseapp.services.work import open_work, read_work, system_actor
from tests.caseapp.conftest import LocalPorts, World


def test_clean_exit_commits_stamps_and_audits(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    with open_work(ports, lin) as work:
        task = work.add(Task(title="联系消费者"))
        work.record(Event.ROW_CREATED, task, after={"title": task.title})
    assert task.created_by == lin.user_id
    assert task.desk_id == world.desk_id
    with ports.sessions() as session:
        event = session.scalars(select(AuditEvent)).one()
        detail = session.get(AuditDetail, event.id)
        assert (event.seq, event.action, event.object_id) == (1, "row.created", task.id)
        assert detail is not None
        assert "联系消费者" in str(detail.body)
        assert verify_chain(session).intact


def test_error_rolls_back_rows_audit_and_later(world: World, ports: LocalPorts) -> None:
    ran: list[str] = []

    def fail() -> None:
        with open_work(ports, world.person("su", "pr")) as work:
            task = work.add(Task(title="x"))
            work.record(Event.ROW_CREATED, task)
            work.after_commit(lambda: ran.append("x"))
            work.require(Permission.USER_MANAGE)

    with pytest.raises(PermissionDeniedError):
        fail()
    with ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 0
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0
    assert not ran


def test_after_commit_runs_when_the_row_is_there(world: World, ports: LocalPorts) -> None:
    seen: list[int | None] = []

    def look() -> None:
        with ports.sessions() as session:
            seen.append(session.scalar(select(func.count()).select_from(Task)))

    with open_work(ports, world.person("lin", "counsel")) as work:
        work.add(Task(title="x"))
        work.after_commit(look)
    assert seen == [1]


def test_stale_version_is_refused_at_both_gates(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    key = world.case((lin, "lead"))
    with pytest.raises(StaleVersionError), open_work(ports, lin) as work:
        work.change(work.get(Case, key), title="新", seen_version=7)

    def late_edit() -> None:
        with open_work(ports, lin) as work:
            case = work.get(Case, key)
            bump = update(Case).where(Case.id == key).values(version=9)
            work.session.execute(bump, execution_options={"synchronize_session": False})
            case.title = "旧页面的修改"

    with pytest.raises(StaleVersionError):
        late_edit()
    with open_work(ports, lin) as work:
        assert work.get(Case, key).title == "苜禾案"


def test_four_eyes_on_a_case_is_kept_by_service_and_database(world: World, ports: LocalPorts) -> None:
    lin, han = world.person("lin", "counsel"), world.person("han", "counsel")
    key = world.case((lin, "lead"), (han, "approver"))
    with open_work(ports, lin) as work:
        work.change(work.get(Case, key), close_reason="判决履行完毕", close_requested_by=lin.user_id)
        assert "close" not in {step.action for step in work.offers(workflow.CASE, work.get(Case, key))}
    with pytest.raises(SecondPersonRequiredError), open_work(ports, lin) as work:
        work.transition(workflow.CASE, work.get(Case, key), "close")
    closed = update(Case).where(Case.id == key).values(status="closed", closed_by=lin.user_id)
    with pytest.raises(SecondPersonRequiredError), open_work(ports, lin) as work:
        work.session.execute(closed)
    with open_work(ports, han) as work:
        work.transition(workflow.CASE, work.get(Case, key), "close")
        assert work.get(Case, key).closed_by == han.user_id


def test_database_refuses_unknown_state_and_twin_number(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    key = world.case((lin, "lead"))
    with pytest.raises(InvalidInputError, match="ck_cases_status"), open_work(ports, lin) as work:
        work.session.execute(update(Case).where(Case.id == key).values(status="bogus"))
    with pytest.raises(AlreadyExistsError) as twin, open_work(ports, lin) as work:
        work.add(Case(no="案-2026-0001", title="又一个"))
    assert "案件" in twin.value.message()


def test_void_needs_a_reason_and_keeps_the_row(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    with open_work(ports, lin) as work:
        task = work.add(Task(title="x"))
    with pytest.raises(ReasonRequiredError), open_work(ports, lin) as work:
        work.void(work.get(Task, task.id), " ")
    with open_work(ports, lin) as work:
        work.void(work.get(Task, task.id), "登记错误")
    with ports.sessions() as session:
        assert session.get_one(Task, task.id).void_reason == "登记错误"


def test_numbers_run_without_gaps_and_the_example_apart(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    with open_work(ports, lin) as work:
        assert [work.next_no("evidence"), work.next_no("evidence")] == ["证-2026-000001", "证-2026-000002"]
    with pytest.raises(PermissionDeniedError), open_work(ports, lin) as work:
        work.require(Permission.USER_MANAGE if work.next_no("evidence").endswith("3") else Permission.SELF_EDIT)
    with open_work(ports, lin, sample=True) as work:
        assert work.next_no("evidence") == "证-2026-000001"
        assert work.add(Task(title="示例任务")).sample
    with open_work(ports, lin) as work:
        assert work.next_no("evidence") == "证-2026-000003"


def test_read_work_reads_and_leaves_nothing(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    key = world.case((lin, "lead"))
    with read_work(ports, lin) as work:
        assert work.get(Case, key).title == "苜禾案"
        assert work.get_no(Case, "案-2026-0001").id == key
        with pytest.raises(NotFoundError):
            work.get_no(Case, "案-2026-0002")


def test_readers_are_not_held_up_by_a_writer(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    key = world.case((lin, "lead"))
    with open_work(ports, lin) as work:
        work.add(Task(title="x"))
        with ThreadPoolExecutor(1) as pool:

            def read() -> str:
                with read_work(ports, lin) as other:
                    return other.get(Case, key).title

            assert pool.submit(read).result(timeout=5) == "苜禾案"


def test_two_hundred_concurrent_writers_all_succeed(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    gate = threading.Barrier(8)

    def write(worker: int) -> int:
        gate.wait()
        for turn in range(25):
            with open_work(ports, lin) as work:
                task = work.add(Task(title=f"{worker}-{turn} {work.next_no('task')}"))
                work.record(Event.ROW_CREATED, task)
        return 25

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 200
    with ports.sessions() as session:
        titles = list(session.scalars(select(Task.title)))
        report = verify_chain(session)
    assert sorted(title.split()[1] for title in titles) == [f"任-2026-{n:04d}" for n in range(1, 201)]
    assert report.intact
    assert report.events == 200


def test_tampered_audit_is_found_and_the_table_only_grows(world: World, ports: LocalPorts) -> None:
    lin = world.person("lin", "counsel")
    key = world.case((lin, "lead"))
    for title in ("甲", "乙", "丙"):
        with open_work(ports, lin) as work:
            work.change(work.get(Case, key), title=title)
    for statement in ("UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events", "DELETE FROM audit_details",
                      "UPDATE audit_details SET body = '{}'"):  # fmt: skip
        with pytest.raises(IntegrityError, match="append-only"), ports.engine.begin() as connection:
            connection.execute(text(statement))
    _without_triggers(ports, "UPDATE audit_events SET actor_id = 'someone' WHERE seq = 2")
    with ports.sessions() as session:
        assert [(fault.seq, fault.code) for fault in verify_chain(session).faults] == [(2, "altered")]
    _without_triggers(ports, "DELETE FROM audit_details WHERE event_id = (SELECT id FROM audit_events WHERE seq = 3)")
    with ports.sessions() as session:
        found = [(fault.seq, fault.code) for fault in verify_chain(session).faults]
    assert found == [(2, "altered"), (3, "detail-missing")]


def _without_triggers(ports: LocalPorts, statement: str) -> None:
    """Do what an attacker with full rights could do."""
    with ports.engine.begin() as connection:
        if ports.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement))
            return
        table = statement.split()[1] if statement.startswith("UPDATE") else statement.split()[2]
        names = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"), {"table": table}
        ).all()
        for name, _sql in names:
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(statement))
        for _name, sql in names:
            connection.execute(text(sql))


def test_erasing_a_detail_keeps_the_chain_valid(world: World, ports: LocalPorts) -> None:
    lin, han = world.person("lin", "counsel"), world.person("han", "approver")
    key = world.case((lin, "lead"))
    with open_work(ports, lin) as work:
        work.change(work.get(Case, key), title="含个人信息的标题")
    with ports.sessions() as session:
        event = session.scalars(select(AuditEvent)).one()
    with pytest.raises(PermissionDeniedError), open_work(ports, lin) as work:
        erase_detail(work, event.id, basis="个人信息保护法第四十七条")
    with pytest.raises(ReasonRequiredError), open_work(ports, han) as work:
        erase_detail(work, event.id, basis="")
    with open_work(ports, han) as work:
        erase_detail(work, event.id, basis="个人信息保护法第四十七条")
    with ports.sessions() as session:
        report = verify_chain(session)
        detail = session.get_one(AuditDetail, event.id)
    assert report.intact
    assert (report.events, report.erased) == (2, 1)
    assert detail.body is None
    assert detail.salt is None
    with pytest.raises(NotFoundError), open_work(ports, han) as work:
        erase_detail(work, event.id, basis="再来一次")


def test_hostile_text_enters_the_trail_and_verifies(world: World, ports: LocalPorts) -> None:
    with open_work(ports, world.person("lin", "counsel")) as work:
        task = work.add(Task(title="x"))
        work.record(
            Event.ROW_CREATED, task, after={"t": "a\x00b\ud800c\u202e", "n": 2**53 + 1}, reason="'; DROP TABLE--"
        )
    with ports.sessions() as session:
        assert verify_chain(session).intact


def test_registers_are_shared_in_the_desk_only(world: World, ports: LocalPorts) -> None:
    world.platform()
    with open_work(ports, system_actor("test")) as work:
        elsewhere = work.add(Desk(name="子公司法务部")).id
    for person, found in ((world.person("lin", "counsel"), 1), (world.person("wu", "counsel", desk_id=elsewhere), 0)):
        with read_work(ports, person) as work:
            assert len(work.session.scalars(work.visible(select(Platform), Platform)).all()) == found


def test_core_insert_without_work_is_still_held_by_checks(ports: LocalPorts) -> None:
    with pytest.raises(IntegrityError), ports.engine.begin() as connection:
        connection.execute(insert(Task).values(id="x", title="t", status="nonsense", created_by="u", updated_by="u"))
