from hypothesis import given
from hypothesis import strategies as st

from caseapp.documents.blocks import Citation, FieldValue, Inlines, Text, plain
from caseapp.documents.sentences import IdMaker, cut, sentences


def words(*parts: str) -> list[str]:
    return [plain(one) for one in cut(tuple(Text(text=part) for part in parts), "zh")]


def test_full_stops_end_sentences() -> None:
    assert words("甲。乙！丙？丁") == ["甲。", "乙！", "丙？", "丁"]


def test_quotes_and_brackets_hold_together() -> None:
    assert words("他说：“甲。乙。”然后走了。（见附件。）完。") == ["他说：“甲。乙。”然后走了。", "（见附件。）完。"]


def test_several_marks_are_one_end() -> None:
    assert words("真的？！是。") == ["真的？！", "是。"]


def test_english_needs_a_space() -> None:
    content = (Text(text="See art. 1.2 and muhe-food.test. Then go."),)
    assert [plain(one) for one in cut(content, "en")] == ["See art.", "1.2 and muhe-food.test.", "Then go."]


def test_a_value_is_never_torn() -> None:
    content: Inlines = (Text(text="名称："), FieldValue(name="x", text="甲。乙。”丙"), Text(text="。完。"))
    assert [plain(one) for one in cut(content, "zh")] == ["名称：甲。乙。”丙。", "完。"]


def test_renumbering_changes_no_id() -> None:
    def one(label: str) -> str:
        cited = Citation(source="exhibit", target="证-2026-000001", label=label)
        return sentences((Text(text="甲（"), cited, Text(text="）。")), place="p", lang="zh", ids=IdMaker())[0].id

    assert one("证1-1") == one("证9-9")


def test_a_new_sentence_before_changes_no_id() -> None:
    old = sentences((Text(text="甲。乙。"),), place="p", lang="zh", ids=IdMaker())
    new = sentences((Text(text="新。甲。乙。"),), place="p", lang="zh", ids=IdMaker())
    assert [one.id for one in old] == [one.id for one in new[1:]]


def test_equal_sentences_get_distinct_ids() -> None:
    found = sentences((Text(text="同。同。同。"),), place="p", lang="zh", ids=IdMaker())
    assert len({one.id for one in found}) == 3


@given(st.text(max_size=200), st.sampled_from(["zh", "en"]))
def test_nothing_is_lost_but_spaces_between(text: str, lang: str) -> None:
    joined = "".join(plain(one) for one in cut((Text(text=text),), lang))
    assert joined.replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")
