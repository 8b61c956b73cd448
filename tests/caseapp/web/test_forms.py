"""Forms: limits, amounts, Beijing times and choices, with messages in the person's language."""

from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField

from caseapp.web.forms import Form, choice, day, moment, money, text, tick
from tests.caseapp.web.conftest import Place


class Sample(Form):
    title = text("标题", limit=5, required=True)
    note = text("说明", limit=20, area=True)
    sum = money("金额")
    at = moment("时间")
    on = day("日期")
    kind = choice("种类", lambda: [("a", "甲"), ("b", "乙")])
    sure = tick("确认")


def read(place: Place, language: str = "zh", **values: str) -> Sample:
    with place.app().test_request_context(headers={"Cookie": f"bw_lang={language}"}):
        form = Sample(MultiDict({"title": "标题", **values}))
        form.validate()
        return form


def test_values_come_back_typed(place: Place) -> None:
    form = read(place, title=" 谣 言 ", sum="1,286，400.5", at="2026-11-16T18:00", on="2026-11-16", kind="b", sure="y")
    assert not form.errors
    assert (form.title.data, form.sum.data) == ("谣 言", Decimal("1286400.50"))
    assert form.at.data == datetime(2026, 11, 16, 10, tzinfo=UTC)
    assert (str(form.on.data), form.kind.data, form.sure.data) == ("2026-11-16", "b", True)
    assert 'value="2026-11-16T18:00"' in str(form.at())


def test_what_is_left_empty_is_nothing(place: Place) -> None:
    form = read(place, sum=" ", at="", on="", kind="")
    assert not form.errors
    assert (form.sum.data, form.at.data, form.on.data, form.note.data) == (None, None, None, "")


@pytest.mark.parametrize(
    ("field", "typed"),
    [("title", "六个字的标题"), ("title", "   "), ("sum", "1.234"), ("sum", "NaN"), ("sum", "1e400"), ("sum", "十元"),
     ("at", "昨天"), ("at", "2026-02-30T10:00"), ("at", "0001-01-01T00:00"), ("on", "2026-13-01"), ("kind", "c")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_in_both_languages(place: Place, field: str, typed: str) -> None:
    chinese, english = (read(place, language, **{field: typed}) for language in ("zh", "en"))
    assert list(chinese.errors) == list(english.errors) == [field]
    said, told = chinese.errors[field][0], english.errors[field][0]
    assert said != told
    assert told.isascii()
    assert chinese[field].raw_data == [typed]


@given(st.text(max_size=30))
def test_no_amount_breaks_the_form(typed: str) -> None:
    field = Sample(MultiDict({"title": "x", "sum": "1"})).sum
    try:
        field.process_formdata([typed])
    except ValueError:
        return
    assert field.data is None or field.data == field.data.quantize(Decimal("0.01"))


def test_no_field_hides_a_property_of_its_form() -> None:
    """A control called ``form`` or ``submit`` takes the place of the form's own property, and sending it fails."""
    import_module("caseapp.web.pages")
    taken = {"form", "submit", "reset", "elements", "action", "method", "target", "length", "children"}
    for kind in Form.__subclasses__():
        assert not taken & {name for name, value in vars(kind).items() if isinstance(value, UnboundField)}, kind
