"""Forms with named fields, limits and messages in the person's language (WTForms).

::

    class NewIncident(Form):
        title = text(N_("标题"), limit=300, required=True)

    form = NewIncident(request.form)
    if not form.validate():
        return render_template(..., form=form), 422

A template shows a field with ``ui.field(form.title)`` and what a service refused with ``ui.problems(form)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import wtforms
from wtforms import validators
from wtforms.form import BaseForm
from wtforms.i18n import get_translations
from wtforms.widgets import TextInput

from caseapp.domain.errors import CaseError
from caseapp.web.filters import BEIJING, lang_of
from caseapp.web.i18n import N_, _, language

YUAN_DIGITS = 14
FEN = Decimal("0.01")
TOO_LONG = N_("最多 %(n)d 个字，现在 %(now)d 个。")
NEEDED = N_("请填写。")
NO_AMOUNT = N_("请填写金额，例如 86400.00，最多两位小数。")
NO_TIME = N_("请按北京时间填写，例如 2026-11-16 18:00。")
NO_CHOICE = N_("请从列出的选项中选一个。")
TIME_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


class Form(wtforms.Form):
    """A form; labels and messages are translated where they are shown."""

    class Meta:
        """WTForms' own messages in the language of the request."""

        def get_translations(self, _form: wtforms.Form) -> Any:
            """Return the catalogue of that language."""
            return get_translations([language()])

    def refuse(self, error: CaseError) -> None:
        """Show what a service refused above the fields."""
        self.form_errors.append(error.message(language()))


class _Sized:
    """Refuses a text longer than the column that keeps it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.field_flags = {"maxlength": limit}

    def __call__(self, _form: wtforms.Form, field: wtforms.Field) -> None:
        now = len(field.data or "")
        if now > self.limit:
            raise validators.ValidationError(_(TOO_LONG, n=self.limit, now=now))


def _needed(*, required: bool) -> list[Callable[..., None]]:
    class Needed(validators.InputRequired):
        def __call__(self, form: BaseForm, field: wtforms.Field) -> None:  # noqa: ARG002 - WTForms names it
            if not (field.raw_data and str(field.raw_data[0]).strip()):
                field.errors = []
                raise validators.StopValidation(_(NEEDED))

    return [Needed()] if required else [validators.Optional()]


def strip(value: str | None) -> str:
    """Return a text without space around it."""
    return (value or "").strip()


def text(label: str, *, limit: int, required: bool = False, area: bool = False, **more: Any) -> wtforms.StringField:
    """A text of at most ``limit`` characters; ``area`` makes it several lines."""
    kind = wtforms.TextAreaField if area else wtforms.StringField
    return kind(label, validators=[*_needed(required=required), _Sized(limit)], filters=[strip], **more)


class MoneyField(wtforms.Field):
    """An amount in yuan, read as ``Decimal`` with two places (fen); never a float."""

    widget = TextInput()
    data: Decimal | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; thousands separators are accepted."""
        typed = (valuelist[0] if valuelist else "").strip().replace(",", "").replace("，", "")
        if not typed:
            self.data = None
            return
        try:
            amount = Decimal(typed)
        except InvalidOperation:
            raise ValueError(_(NO_AMOUNT)) from None
        if not amount.is_finite() or abs(amount) >= 10**YUAN_DIGITS or amount != amount.quantize(FEN):
            raise ValueError(_(NO_AMOUNT))
        self.data = amount.quantize(FEN)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "" if self.data is None else str(self.data)


def money(label: str, *, required: bool = False, **more: Any) -> MoneyField:
    """An amount in yuan."""
    return MoneyField(label, validators=_needed(required=required), render_kw={"inputmode": "decimal"}, **more)


class BeijingTimeField(wtforms.Field):
    """A moment typed in Beijing time, read as an aware UTC ``datetime``."""

    widget = TextInput()
    data: datetime | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what a date-time input or a person wrote."""
        typed = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not typed:
            return
        for form in TIME_FORMATS:
            try:
                self.data = datetime.strptime(typed, form).replace(tzinfo=BEIJING).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
            return
        raise ValueError(_(NO_TIME))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.astimezone(BEIJING):%Y-%m-%dT%H:%M}" if self.data else ""


def moment(label: str, *, required: bool = False, **more: Any) -> BeijingTimeField:
    """A moment in Beijing time."""
    return BeijingTimeField(label, validators=_needed(required=required), render_kw={"type": "datetime-local"}, **more)


def day(label: str, *, required: bool = False, **more: Any) -> wtforms.DateField:
    """A calendar day."""
    return wtforms.DateField(label, validators=_needed(required=required), **more)


def choice(
    label: str, choices: Callable[[], Iterable[tuple[str, str]]], *, required: bool = False, **more: Any
) -> wtforms.SelectField:
    """One of ``choices()`` (key and word), asked when the form is made; not ``required``: an empty one comes first."""

    def offered() -> list[tuple[str, str]]:
        return [*([] if required else [("", "")]), *choices()]

    def shown() -> list[tuple[str, str, dict[str, str]]]:
        return [(key, word, {"lang": "zh-Hans"} if lang_of(word) else {}) for key, word in offered()]

    class Choice(wtforms.SelectField):
        def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 - WTForms names it
            if self.data not in {key for key, _word in offered()} and self.data is not None:
                raise validators.ValidationError(_(NO_CHOICE))

    return Choice(label, choices=shown, validators=_needed(required=required), **more)


def tick(label: str, **more: Any) -> wtforms.BooleanField:
    """A box to tick."""
    return wtforms.BooleanField(label, **more)


def chosen_day(value: date | None) -> str:
    """Return a day as a date input wants it."""
    return value.isoformat() if value else ""
