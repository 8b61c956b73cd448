"""Hops 1 to 5: ordered once, captured, sealed, registered; failures in words; a lost lease writes nothing."""

from __future__ import annotations

import contextlib
import errno
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from capture.errors import BrowserFailedError, MissingBrowserError
from caseapp import jobs
from caseapp.domain.errors import InvalidInputError, NotFoundError, ReasonRequiredError, WorkflowRefusedError
from caseapp.models import AuditEvent, Capture, CustodyEvent, EvidenceItem, Incident, Job, Post
from caseapp.services import captures, links
from caseapp.services.captures import cancel_capture, canonical_url, request_capture, retry_capture
from caseapp.services.intake import take_in
from caseapp.services.jobs import LEASE, Lease, LeaseLostError, sweep_jobs, take_job
from caseapp.services.storable import storable
from caseapp.services.work import open_work, system_actor
from evidence_store import EvidenceStore, Package, Signer, stamp
from evidence_store.backends.local import LocalBackend
from evidence_store.failures import DiskFullError
from evidence_store.files import FilePort
from tests.caseapp.services.house import QUOTE, URL, House, Seen, stranger


def quiet(_step: str, _done: int, _total: int) -> None:
    """No progress shown."""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  HTTPS://WeiXun.test/a?b=C#d ", "https://weixun.test/a?b=C"),
        ("http://weixun.test", "http://weixun.test/"),
        ("https://WEIXUN.test:8443/A", "https://weixun.test:8443/A"),
    ],
)
def test_an_address_in_its_one_form(written: str, kept: str) -> None:
    assert canonical_url(written) == kept
    assert canonical_url(kept) == kept


@pytest.mark.parametrize(
    "wrong", ["", "weixun.test/a", "ftp://weixun.test/", "file:///etc/passwd", "https://", "javascript:alert(1)",
              "https://[::1", "https://weixun.test/\x00", "https://weixun.test/" + "a" * 9000],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        canonical_url(wrong)
    assert "http" in refused.value.message("zh")
    assert "http" in refused.value.message("en")


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert canonical_url(canonical_url(text)) == canonical_url(text)


def test_the_same_open_order_is_one_and_a_finished_one_is_another(house: House) -> None:
    first = house.order()
    assert house.order(URL + "#comments") == first
    assert house.order(login="zhou") != first
    assert house.order(purpose="verify_takedown") != first
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 3
    house.run_jobs()
    assert house.order() != first


def test_a_refused_address_leaves_nothing(house: House) -> None:
    with pytest.raises(InvalidInputError):
        house.order("https://private.test/")
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Capture)) == 0


def test_an_order_cannot_be_tied_to_what_one_may_not_see(house: House) -> None:
    post_id = house.rumor()
    notice_id, _version = house.notice(post_id)
    with house.ports.sessions() as session:
        item_id = session.execute(select(captures.NoticeItem.id)).scalar_one()
    for actor in (house["outside"], stranger(house)):
        for link in ({"post_id": post_id}, {"case_id": house.case_id}, {"notice_item_id": item_id}):
            with pytest.raises(NotFoundError), open_work(house.ports, actor) as work:
                request_capture(work, URL, **link)
    other = house.post(URL + "x")
    with pytest.raises(InvalidInputError), house.work("zhou") as work:
        request_capture(work, URL, post_id=other, notice_item_id=item_id)
    assert notice_id


def test_a_capture_becomes_sealed_logged_stamped_evidence_with_its_trail(house: House, tmp_path: Path) -> None:
    post_id = house.post()
    row = house.look(post_id, Seen(facts={"fields": [{"name": "likes", "raw": "1.2万"}]}))
    assert (row.status, row.result, row.outcome, row.attempt) == ("done", "COMPLETE", "live", 1)
    with house.work("zhou") as work:
        item = work.session.scalars(select(EvidenceItem)).one()
        assert work.sees(item)
        assert (item.no, item.package_id, item.seal_id) == ("证-2026-000001", row.package_id, row.seal_id)
        assert (item.seal_state, item.stamps, item.test_stamps, item.capture_id) == ("stamped", 1, 1, row.id)
        assert item.stamped_at is not None
        assert abs(item.stamped_at - house.clock.now) < timedelta(minutes=1)
        before = {name for name in item.files if name.startswith("start/")}
        assert {"start/statement.json", "start/01-test-tsa.tsr"} <= before
        assert set(item.files) - before == {"text.txt", "page.pdf"}
        assert work.get(Post, post_id).liveness == "live"
        actions = set(work.session.scalars(select(AuditEvent.action)))
    assert {"capture.requested", "capture.start", "capture.finish", "evidence.registered", "post.captured",
            "post.see", "metric.recorded"} <= actions  # fmt: skip
    assert house.ports.store.read_file(row.package_id, "data/text.txt").decode().startswith(QUOTE)
    assert list((tmp_path / "captures").rglob("*")) == []
    assert house.job(row.id).status == "done"


def test_each_of_the_first_five_hops_repeated_changes_nothing(house: House) -> None:
    post_id = house.post()
    row = house.look(post_id)
    job = house.job(row.id)
    assert not jobs.perform(house.ports, job.id)
    with open_work(house.ports, system_actor("capture")) as work:
        capture = work.session.get_one(Capture, row.id)
        known = work.session.scalars(select(EvidenceItem)).one()
        sealed = _sealed_again(house, str(row.package_id))
        before = work.session.scalar(select(func.count()).select_from(CustodyEvent))
        assert captures.register_evidence(work, capture, sealed).id == known.id
        assert work.session.scalar(select(func.count()).select_from(CustodyEvent)) == before
        assert work.session.scalar(select(func.count()).select_from(EvidenceItem)) == 1
    with house.work("gao") as work:
        incident = work.add(Incident(no=work.next_no("incident"), title="x", detected_at=work.now))
        first = links.link_post(work, work.get(Post, post_id), incident)
        assert links.link_post(work, work.get(Post, post_id), incident) is first


def _sealed_again(house: House, package_id: str) -> Any:
    """What admitting the same package once more returns."""
    folder = house.ports.store.export(package_id, house.folder / "again", as_zip=False)
    package = Package.open(folder)
    receipt = house.ports.store.admit(package)
    return captures.Sealed(package, receipt, stamp(package, (), now=house.clock()))


@pytest.mark.parametrize("outcome", ["login_wall", "captcha", "error", "rate_limited"])
def test_a_page_that_is_not_the_post_is_recorded_and_never_sealed(house: House, outcome: str) -> None:
    post_id = house.post()
    row = house.look(post_id, Seen(outcome=outcome, words="请先登录"))
    assert (row.status, row.outcome, row.outcome_words, row.package_id) == ("done", outcome, "请先登录", None)
    assert house.read(Post, post_id).liveness == "unknown"
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(EvidenceItem)) == 0


def test_a_partial_result_says_what_is_missing(house: House) -> None:
    row = house.look(house.post(), Seen(state="PARTIAL", missing=("page.mhtml",)))
    assert (row.result, row.missing) == ("PARTIAL", ["page.mhtml"])
    assert row.package_id


def test_a_hostile_page_fits_both_databases(house: House) -> None:
    facts = {"fields": [{"name": "likes", "raw": "9" * 40 + "亿"}], "number": 3}
    row = house.look(house.post(), Seen(title="谣\x00言", text="a\x00b\ud800c", words="\x00", facts=facts))
    assert (row.title, row.text) == ("谣␀言", "a␀b?c")
    assert row.facts["fields"][0]["raw"].startswith("999")


TEXTS = st.text(max_size=6) | st.characters(categories=["Cs"])


@given(st.recursive(st.none() | st.floats() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
                    max_leaves=8))  # fmt: skip
def test_everything_storable_is_plain_json_without_nul(value: Any) -> None:
    kept = json.dumps(storable(value), ensure_ascii=False, allow_nan=False).encode()
    assert b"\\u0000" not in kept


def test_a_failure_is_recorded_in_both_languages_and_tried_again(house: House) -> None:
    house.camera.next = [BrowserFailedError("x"), BrowserFailedError("x")]
    key = house.order(post_id=house.post())
    retryable = BrowserFailedError.retryable
    assert house.run_jobs() == [False]
    row, job = house.read(Capture, key), house.job(key)
    assert row.error_code == job.error_code == BrowserFailedError.code
    assert row.error_zh
    assert row.error_en
    assert (row.status, job.status) == (("queued", "queued") if retryable else ("done", "failed"))


def test_a_disk_that_recovers_is_tried_again_and_ends_well(house: House) -> None:
    house.camera.next = [OSError(errno.ENOSPC, "No space left on device")]
    key = house.order(post_id=house.post())
    assert house.run_jobs() == [False]
    row, job = house.read(Capture, key), house.job(key)
    assert (row.status, job.status, job.error_code, row.error_code) == ("queued", "queued", "disk-full", "disk-full")
    assert "磁盘" in row.error_zh
    assert "disk" in row.error_en
    house.clock.now += timedelta(minutes=1)
    assert jobs.perform(house.ports, job.id)
    row = house.read(Capture, key)
    assert (row.status, row.result, row.attempt, row.error_code) == ("done", "COMPLETE", 2, None)


def test_what_cannot_succeed_is_not_repeated_and_a_retry_is_a_new_order(house: House) -> None:
    house.camera.next = [MissingBrowserError("chromium")]
    post_id = house.post()
    key = house.order(post_id=post_id)
    assert house.run_jobs() == [False]
    row = house.read(Capture, key)
    assert (row.status, row.result, row.outcome, house.job(key).status) == ("done", "FAILED", "error", "failed")
    assert house.read(Post, post_id).liveness == "unknown"
    with house.work("gao") as work:
        again = retry_capture(work, work.get(Capture, key))
        assert (again.retry_of_id, again.post_id) == (key, post_id)
        assert retry_capture(work, work.get(Capture, key)).id == again.id
    assert house.run_jobs() == [True]
    assert house.read(Capture, key).result == "FAILED"


def test_something_unforeseen_is_recorded_too(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.camera.next = [ZeroDivisionError()]
    key = house.order()
    assert house.run_jobs() == [False]
    assert house.read(Capture, key).error_code == "unforeseen"
    assert "ZeroDivisionError" in caplog.text


def take(house: House, key: str) -> Lease:
    with open_work(house.ports, system_actor("worker")) as work:
        lease = take_job(work, house.job(key).id, "one")
    assert lease is not None
    return lease


def lose(house: House, _order: Any = None) -> None:
    """The lease runs out and the sweep gives the job back."""
    house.clock.now += LEASE + timedelta(seconds=1)
    with open_work(house.ports, system_actor("scheduler")) as work:
        sweep_jobs(work)


def test_a_lease_lost_in_the_middle_writes_nothing(house: House) -> None:
    key = house.order(post_id=house.post())
    lease = take(house, key)
    house.camera.before = lambda order: lose(house, order)
    with pytest.raises(LeaseLostError):
        captures.perform_capture(house.ports, lease, quiet)
    house.camera.before = None
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(EvidenceItem)) == 0
    assert house.read(Capture, key).package_id is None
    assert jobs.perform(house.ports, lease.job_id)
    row = house.read(Capture, key)
    assert (row.status, row.attempt) == ("done", 2)
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(EvidenceItem)) == 1


def test_a_worker_overtaken_while_it_worked_reports_no_failure(house: House, caplog: pytest.LogCaptureFixture) -> None:
    key = house.order(post_id=house.post())

    def overtaken(order: Any) -> None:
        house.camera.before = None
        lose(house)
        assert jobs.perform(house.ports, house.job(key).id)

    house.camera.before = overtaken
    assert not jobs.perform(house.ports, house.job(key).id)
    assert "another worker has it" in caplog.text
    row = house.read(Capture, key)
    assert (row.status, row.result, row.error_code, house.job(key).status) == ("done", "COMPLETE", None, "done")


def test_an_overtaken_worker_that_fails_changes_nothing_either(house: House, caplog: pytest.LogCaptureFixture) -> None:
    key = house.order()

    def overtaken(_order: Any) -> None:
        house.camera.before = None
        lose(house)
        assert jobs.perform(house.ports, house.job(key).id)
        raise MissingBrowserError("late")

    house.camera.before = overtaken
    assert not jobs.perform(house.ports, house.job(key).id)
    assert "after another worker took it" in caplog.text
    assert house.read(Capture, key).error_code is None


def test_a_cancelled_order_ends_and_its_worker_writes_nothing(house: House) -> None:
    key = house.order()
    with pytest.raises(ReasonRequiredError), house.work("gao") as work:
        cancel_capture(work, work.get(Capture, key), reason=" ")
    house.camera.before = lambda _order: cancel(house, key)
    assert house.run_jobs() == [False]
    row = house.read(Capture, key)
    assert (row.status, row.package_id, house.job(key).status) == ("cancelled", None, "cancelled")
    with pytest.raises(WorkflowRefusedError):
        cancel(house, key)


def cancel(house: House, key: str) -> None:
    with house.work("gao") as work:
        cancel_capture(work, work.get(Capture, key), reason="重复")


def test_a_cancelled_order_with_a_job_left_over_is_not_run(house: House) -> None:
    key = house.order()
    with house.work("gao") as work:
        work.transition(captures.workflow.CAPTURE, work.get(Capture, key), "cancel", reason="重复")
    assert house.run_jobs() == [True]
    assert house.camera.seen == []


def test_a_capture_that_ends_well_leaves_nothing_of_an_attempt_that_died(house: House) -> None:
    key = house.order()
    dead = house.ports.captures_dir / key / "0"
    dead.mkdir(parents=True)
    (dead / "half.warc").write_bytes(b"x")
    assert house.run_jobs() == [True]
    assert not dead.parent.exists()


def test_a_capture_given_up_for_good_says_so(house: House) -> None:
    key = house.order()
    for _ in range(3):
        lease = take(house, key)
        with open_work(house.ports, system_actor("capture")) as work:
            row = work.session.get_one(Capture, key)
            if row.status == "queued":
                work.transition(captures.workflow.CAPTURE, row, "start")
        lose(house)
    assert lease.attempt == 3
    jobs.tick(house.ports)
    row = house.read(Capture, key)
    assert (row.status, row.result, row.error_code) == ("done", "FAILED", "worker-lost")
    assert "重新发起" in row.error_zh
    jobs.tick(house.ports)
    assert house.order() != key


class FullDisk(FilePort):
    """A disk that takes so many writes and then has no room."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, descriptor: int, data: bytes) -> None:
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(descriptor, data)


@pytest.mark.parametrize("room", [0, 1, 4, 9, 14])
def test_a_full_disk_leaves_nothing_half_written_and_the_next_run_succeeds(
    house: House, tmp_path: Path, room: int
) -> None:
    key = house.order(post_id=house.post())
    log_key = Signer.generate("log-small")
    good, small = EvidenceStore(tmp_path / "small", log_signer=log_key), FullDisk(room)
    house.ports.store = EvidenceStore(LocalBackend(tmp_path / "small", port=small), log_signer=log_key)
    assert house.run_jobs() == [False]
    row = house.read(Capture, key)
    assert (row.status, row.error_code, row.package_id) == ("queued", DiskFullError.code, None)
    assert (house.job(key).error_zh, house.job(key).error_en) == (row.error_zh, row.error_en)
    assert list((tmp_path / "captures").rglob("*")) == []
    with house.ports.sessions() as session:
        assert session.scalar(select(func.count()).select_from(EvidenceItem)) == 0
    small.room = 10_000
    house.clock.now += timedelta(minutes=1)
    assert jobs.perform(house.ports, house.job(key).id)
    assert house.read(Capture, key).package_id in set(good.packages())
    assert good.fsck().ok


def test_a_refused_certificate_is_sealed_as_a_refusal_and_never_as_the_post(house: House) -> None:
    post_id = house.post()
    house.camera.next.append(Seen(state="FAILED", outcome="tls_failure", title=None, text=None))
    row = house.look(post_id)
    with house.ports.sessions() as session:
        item = session.scalars(select(EvidenceItem).where(EvidenceItem.capture_id == row.id)).one()
        assert item.title.startswith("拒绝访问记录（证书无效）：")
        assert (row.result, item.package_id) == ("FAILED", row.package_id)
    assert house.read(Post, post_id).liveness == "unknown"
    assert house.read(Post, post_id).first_captured_at is None
    with house.work("gao") as work:
        assert take_in(work, house.read(Post, post_id).canonical_url).ordered == 1, "it was not captured yet"
