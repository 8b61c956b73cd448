"""The script's hands: time, removal, label, restore, refusal, relapse, publishing."""

from datetime import UTC, datetime

import pytest

from caseapp.demo.case_data import load_case
from caseapp.demo.errors import DemoSiteError
from caseapp.demo.site import LocalPlatforms
from tests.caseapp.demo.conftest import fetch

CASE = load_case()


@pytest.mark.parametrize("stage", ["day-1", "day-2", "day-4", "day-11", "relapse", "day-45"])
def test_posts_exist_from_their_publication_on(platforms: LocalPlatforms, stage: str) -> None:
    now = platforms.advance(stage)
    for post in CASE.posts:
        expected = 200 if post.published_at <= now else 404
        assert fetch(platforms, post.url).status == expected, post.no


def test_the_eight_of_the_notices_and_the_two_that_must_not_be_noticed_have_a_stage(platforms: LocalPlatforms) -> None:
    platforms.advance("relapse")
    for key in ("01", "03", "04", "05", "06", "11", "13", "14", "07", "08"):
        assert fetch(platforms, platforms.url(f"post-{key}")).status == 200


@pytest.mark.parametrize(
    "post", [post for post in CASE.posts if post.liveness == "removed_by_platform"], ids=lambda p: p.id
)
def test_removal_shows_the_words_of_the_case(platforms: LocalPlatforms, post: object) -> None:
    record = CASE.post(post.id)  # type: ignore[attr-defined]  # parametrised with DemoPost
    assert platforms.remove(record.id) == record.platform_words
    answer = fetch(platforms, record.url)
    assert record.platform_words in answer.text
    assert not record.text or record.text not in answer.text
    assert answer.status == (404 if record.platform == "plat-02" else 200)
    profile = f"https://weixun.test/{CASE.account(record.account).uid}"
    assert record.platform != "plat-01" or record.url.rpartition("/")[2] not in fetch(platforms, profile).text
    platforms.restore(record.id)
    assert record.text in fetch(platforms, record.url).text.replace('<span class="rest" hidden>', "")


def test_the_author_deletes_in_other_words(platforms: LocalPlatforms) -> None:
    assert platforms.remove("post-02", by="author") == "该内容已被作者删除"
    assert "该内容已被作者删除" in fetch(platforms, platforms.url("post-02")).text
    assert platforms.remove("帖-06") == "主题已被屏蔽"
    assert platforms.remove("post-06", "主题正在审核") == "主题正在审核"


def test_a_repost_says_that_its_original_is_gone(platforms: LocalPlatforms) -> None:
    assert "一批料掺三公斤" in fetch(platforms, platforms.url("post-02")).text
    words = platforms.remove("post-01")
    text = fetch(platforms, platforms.url("post-02")).text
    assert words in text
    assert "一批料掺三公斤" not in text


def test_label_and_edits(platforms: LocalPlatforms) -> None:
    url = platforms.url("post-13")
    platforms.advance("day-4")
    assert "编者注" not in fetch(platforms, url).text
    platforms.advance("day-11")
    text = fetch(platforms, url).text
    assert "编者注：企业方面称上述内容不实。" in text
    assert "被责令停产停业三十日并处罚款八十六万元" in text
    assert "编辑于 2026-08-15 16:52" in text
    words = platforms.label("post-13")
    assert words == CASE.post("post-13").platform_words
    assert words in fetch(platforms, url).text


def test_the_forum_author_replaced_the_whole_text(platforms: LocalPlatforms) -> None:
    platforms.advance("day-2")
    assert "エ业石虫昔" in fetch(platforms, platforms.url("post-06")).text
    platforms.advance("day-4")
    text = fetch(platforms, platforms.url("post-06")).text
    assert "エ业石虫昔" not in text
    assert "原文撤回" in text


def test_relapse_publishes_whatever_the_moment(platforms: LocalPlatforms) -> None:
    platforms.advance("day-4")
    assert fetch(platforms, platforms.url("post-14")).status == 404
    url = platforms.relapse("post-14")
    assert "之前那条被删了" in fetch(platforms, url).text
    platforms.reset()
    assert fetch(platforms, url).status == 404


def test_the_company_publishes_what_was_approved(platforms: LocalPlatforms) -> None:
    platforms.advance("day-2")
    assert fetch(platforms, "https://www.muhe-food.test/news/20260813").status == 404
    url = platforms.publish("pub-02", title="澄清声明<script>", paragraphs=("# 一", "事实如下。"))
    text = fetch(platforms, url).text
    assert "澄清声明&lt;script&gt;" in text
    assert "事实如下。" in text
    with pytest.raises(DemoSiteError):
        platforms.publish("pub-99", title="x", paragraphs=())


def test_unknown_names_are_refused(platforms: LocalPlatforms) -> None:
    for act in (platforms.remove, platforms.label, platforms.relapse, platforms.restore, platforms.url):
        with pytest.raises(DemoSiteError) as caught:
            act("post-99")
        assert caught.value.code == "demo.site"
        assert "post-99" in caught.value.message("zh")
    with pytest.raises(DemoSiteError):
        platforms.advance("day-99")
    with pytest.raises(DemoSiteError, match="followers"):
        platforms.set_metrics("post-01", followers=1)
    assert platforms.advance(datetime(2026, 8, 11, tzinfo=UTC)) == platforms.now
