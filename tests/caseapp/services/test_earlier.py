"""Which capture a new visit is compared with: the first sealed one of the same post, like with like."""

from __future__ import annotations

from datetime import timedelta

from caseapp.models import EvidenceItem, Post
from caseapp.services.ports import EarlierCapture
from caseapp.services.queries.earlier import earlier_item
from tests.caseapp.services.house import URL, House, Seen

FIELD = {"name": "text", "value": "掺了三公斤", "raw": "掺了三公斤", "source": "hook", "path": "p"}


def asked(house: House) -> EarlierCapture | None:
    """What the last visit was told to compare with."""
    return house.camera.seen[-1].earlier


def test_every_later_visit_is_compared_with_the_first_sealed_one(house: House) -> None:
    post_id = house.post()
    house.look(post_id, Seen(outcome="login_wall"))
    first = house.look(post_id, Seen(text="原来的话", facts={"finished": "2026-08-10T13:00:00Z", "fields": [FIELD]}))
    assert asked(house) is None, "a wall is no earlier capture of the post"
    for text in ("改过的话", "又改的话"):
        house.clock.now += timedelta(hours=1)
        house.look(post_id, Seen(outcome="changed", text=text))
        found = asked(house)
        assert found is not None
        assert (found.text, found.seal_id, found.finished) == ("原来的话", first.seal_id, "2026-08-10T13:00:00Z")
        assert found.fields == [FIELD]
        assert house.read(Post, post_id).liveness == "changed"
    with house.work("zhou") as work:
        item = earlier_item(work, str(first.seal_id))
        assert item is not None
        assert item.text == "原来的话"
        assert earlier_item(work, "") is None
        assert earlier_item(work, "01ARZ3NDEKTSV4RRFFQ69G5FAV") is None


def test_another_post_or_an_address_without_one_is_compared_with_its_own(house: House) -> None:
    house.look(house.post())
    house.look(house.post("https://weixun.test/9900000101/PX2"))
    assert asked(house) is None
    for expected in (None, "页面"):
        house.camera.next.append(Seen(text="页面"))
        house.order(URL, "zhou", case_id=house.case_id)
        assert all(house.run_jobs())
        house.clock.now += timedelta(hours=1)
        found = asked(house)
        assert (found.text if found else None) == expected


def test_a_voided_item_is_compared_with_nothing(house: House) -> None:
    post_id = house.post()
    house.look(post_id)
    with house.ports.sessions() as session:
        item = session.query(EvidenceItem).filter_by(post_id=post_id).one()
        item.voided_at = house.clock.now
        session.commit()
    house.clock.now += timedelta(hours=1)
    house.look(post_id)
    assert asked(house) is None
