"""What the database promises by itself, whatever a program forgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from caseapp.domain.errors import InvalidInputError, MissingBeforeError, NoticeBarredError
from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT
from caseapp.models import (
    Approval,
    Base,
    Case,
    DamageEvidence,
    DamageItem,
    Document,
    DocumentVersion,
    EvidenceItem,
    MetricSnapshot,
    Notice,
    NoticeEvent,
    NoticeItem,
    Post,
    new_id,
)  # fmt: skip
from caseapp.models.triggers import APPEND_ONLY, DETAILS
from caseapp.services.work import Work, open_work, system_actor
from tests.caseapp.conftest import LocalPorts, World

SYSTEM = system_actor("test")


def notice(world: World, **values: Any) -> str:
    case_id, platform_id = world.case(), world.platform()

    def maker(work: Work) -> str:
        own = {"no": work.next_no("notice"), "case_id": case_id, "platform_id": platform_id}
        return work.add(Notice(**{**own, **values})).id

    return str(world.make(maker))


@pytest.mark.parametrize("verdict", POST_VERDICT.keys)
def test_only_genuine_complaints_and_fair_comment_are_barred_from_notices(
    world: World, ports: LocalPorts, verdict: str
) -> None:
    key = notice(world)
    post = world.post(verdict=verdict, verdict_reason="理由", triaged_by="anna")

    def put() -> None:
        with open_work(ports, SYSTEM) as work:
            work.session.execute(
                insert(NoticeItem).values(
                    notice_id=key,
                    post_id=post,
                    created_at=work.now,
                    created_by="x",
                    updated_at=work.now,
                    updated_by="x",
                )
            )

    if verdict in BARRED_VERDICTS:
        with pytest.raises(NoticeBarredError):
            put()
    else:
        put()


def test_an_item_cannot_be_turned_to_a_barred_post_nor_its_notice_go_out(world: World, ports: LocalPorts) -> None:
    key = notice(world)
    good, barred = world.post(), world.post(verdict="fair_comment", verdict_reason="有据批评", triaged_by="anna")
    item = world.make(lambda work: work.add(NoticeItem(notice_id=key, post_id=good)).id)
    with pytest.raises(NoticeBarredError), open_work(ports, SYSTEM) as work:
        work.session.execute(update(NoticeItem).where(NoticeItem.id == item).values(post_id=barred))
    with open_work(ports, SYSTEM) as work:
        values = {"verdict": "genuine_complaint", "verdict_reason": "订单已核实", "triaged_by": "anna"}
        work.session.execute(update(Post).where(Post.id == good).values(**values))
    for status in ("authorised", "submitted"):
        with pytest.raises(NoticeBarredError), open_work(ports, SYSTEM) as work:
            work.session.execute(update(Notice).where(Notice.id == key).values(status=status, authorised_by="bo"))


def test_a_post_stands_once_in_each_attempt(world: World, ports: LocalPorts) -> None:
    post = world.post()
    first, second = notice(world), None
    world.make(lambda work: work.add(NoticeItem(notice_id=first, post_id=post)))
    second = world.make(
        lambda work: (
            work.add(
                Notice(
                    no=work.next_no("notice"),
                    case_id=work.session.get_one(Notice, first).case_id,
                    platform_id=work.session.get_one(Notice, first).platform_id,
                    attempt_no=2,
                    previous_id=first,
                )
            ).id
        )
    )
    with pytest.raises(Exception, match="already-exists"), open_work(ports, SYSTEM) as work:
        work.add(NoticeItem(notice_id=second, post_id=post, attempt_no=1))
    world.make(lambda work: work.add(NoticeItem(notice_id=second, post_id=post, attempt_no=2)))


def _event(world: World, _ports: LocalPorts) -> Any:
    key = notice(world)
    return world.make(
        lambda work: work.add(
            NoticeEvent(notice_id=key, seq=1, at=work.now, event="submitted", recorded_at=work.now, recorded_by="x")
        )
    )


def _metric(world: World, _ports: LocalPorts) -> Any:
    post = world.post()
    return world.make(lambda work: work.add(MetricSnapshot(post_id=post, at=work.now, views=38200)))


def _version(world: World, **values: Any) -> Any:
    case_id = world.case()

    def maker(work: Work) -> Any:
        paper = work.add(Document(no=work.next_no("document"), case_id=case_id, kind="infringement_notice", title="函"))
        own = {"n": 1, "author_id": "anna", "template_version": "1", "model": {"blocks": []}, "text_digest": "a" * 64}
        return work.add(DocumentVersion(document_id=paper.id, **{**own, **values}))

    return world.make(maker)


def _approval(world: World, _ports: LocalPorts) -> Any:
    version, person = _version(world), world.person("bo", "approver")
    return world.make(
        lambda work: work.add(
            Approval(
                version_id=version.id,
                step=1,
                author_id="anna",
                approver_id=person.user_id,
                decision="approved",
                approved_digest="b" * 64,
                at=work.now,
            )
        )
    )


@pytest.mark.parametrize("maker", [_event, _metric, _approval])
def test_records_only_grow(world: World, ports: LocalPorts, maker: Any) -> None:
    row = maker(world, ports)
    model = type(row)
    assert model.__tablename__ in APPEND_ONLY
    changes = {NoticeEvent: {"text": "改"}, MetricSnapshot: {"views": 1}, Approval: {"comment": "改"}}[model]
    for statement in (update(model).values(**changes), delete(model)):
        with pytest.raises(IntegrityError, match="append-only"), ports.engine.begin() as connection:
            connection.execute(statement)
    if ports.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), ports.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {model.__tablename__} CASCADE"))


def test_an_author_cannot_approve_even_by_hand(world: World, ports: LocalPorts) -> None:
    version, anna = _version(world), world.person("anna", "counsel")
    with pytest.raises(Exception, match="second-person-required"), open_work(ports, SYSTEM) as work:
        work.add(
            Approval(
                version_id=version.id,
                step=1,
                author_id=anna.user_id,
                approver_id=anna.user_id,
                decision="approved",
                approved_digest="b" * 64,
                at=work.now,
            )
        )


def test_text_is_fixed_once_in_review_and_digest_once_approved(world: World, ports: LocalPorts) -> None:
    version = _version(world, status="in_review")
    for values in ({"text_digest": "c" * 64}, {"model": {"blocks": ["改"]}}, {"author_id": "bo"}):
        with pytest.raises(IntegrityError, match="append-only"), ports.engine.begin() as connection:
            connection.execute(update(DocumentVersion).values(**values))
    with ports.engine.begin() as connection:
        connection.execute(update(DocumentVersion).values(approved_digest="d" * 64))
        connection.execute(update(DocumentVersion).values(status="approved", approved_by="bo"))
    with pytest.raises(IntegrityError, match="append-only"), ports.engine.begin() as connection:
        connection.execute(update(DocumentVersion).values(approved_digest="e" * 64))
    assert version.id


def test_damage_leaves_draft_only_with_evidence(world: World, ports: LocalPorts) -> None:
    case_id = world.case()
    item = world.make(
        lambda work: work.add(DamageItem(case_id=case_id, head="D5", title="公证费", amount_fen=Decimal("3200.00"))).id
    )
    with pytest.raises(MissingBeforeError), open_work(ports, SYSTEM) as work:
        work.session.execute(update(DamageItem).where(DamageItem.id == item).values(status="evidenced"))
    with open_work(ports, SYSTEM) as work:
        paper = work.add(EvidenceItem(no=work.next_no("evidence"), title="发票", kind="finance", obtained_at=work.now))
        work.add(DamageEvidence(damage_id=item, evidence_id=paper.id))
        work.session.execute(update(DamageItem).where(DamageItem.id == item).values(status="evidenced"))


def test_money_is_exact_and_checked(world: World, ports: LocalPorts) -> None:
    case_id = world.case()
    with open_work(ports, SYSTEM) as work:
        own = {"case_id": case_id, "head": "D1", "title": "取消订单", "gross_fen": Decimal("46800.00")}
        work.add(DamageItem(**own, avoided_fen=Decimal("32292.00"), amount_fen=Decimal("14508.00")))
    with ports.sessions() as session:
        assert session.scalars(select(DamageItem)).one().amount_fen == Decimal("14508.00")
        assert session.scalar(text("SELECT amount_fen FROM damage_items")) == 1450800
    with pytest.raises(InvalidInputError, match="net"), open_work(ports, SYSTEM) as work:
        work.add(DamageItem(**own, avoided_fen=Decimal("32292.00"), amount_fen=Decimal("14508.01")))
    for wrong in (Decimal("1.001"), Decimal("NaN"), 1.5):
        with pytest.raises((InvalidInputError, StatementError)), open_work(ports, SYSTEM) as work:
            work.add(DamageItem(case_id=case_id, head="D1", title="x", amount_fen=wrong))


def test_times_are_utc_and_naive_ones_refused(world: World, ports: LocalPorts) -> None:
    shanghai = datetime(2026, 8, 11, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    key = world.case(opened_at=shanghai)
    with ports.sessions() as session:
        assert session.get_one(Case, key).opened_at == datetime(2026, 8, 11, 4, 0, tzinfo=UTC)
        assert session.get_one(Case, key).opened_at.tzinfo is UTC
    with pytest.raises((InvalidInputError, StatementError)):
        world.case(opened_at=shanghai.replace(tzinfo=None))


def test_chinese_json_is_stored_as_itself(world: World, ports: LocalPorts) -> None:
    post = world.post()
    world.make(lambda work: work.add(MetricSnapshot(post_id=post, at=work.now, raw={"浏览": "1.2万"})))
    with ports.sessions() as session:
        found = session.scalars(select(MetricSnapshot).where(MetricSnapshot.raw["浏览"].as_string() == "1.2万")).one()
    assert found.raw == {"浏览": "1.2万"}


def test_ids_sort_by_age_and_details_are_apart() -> None:
    made = [new_id() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(len(key) == 26 for key in made)
    assert {"audit_details", "custody_details"} == set(DETAILS) <= set(Base.metadata.tables)


def test_the_engine_is_set_as_the_stack_says(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                     for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
            assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}
        else:
            assert connection.exec_driver_sql("SHOW server_encoding").scalar() == "UTF8"
