"""Every text of the pages has English, and the chosen language stays."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from caseapp.models import User
from tests.caseapp.web.house import Browser, Place
from tools.messages import lacking, stored, used

HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")

PLURAL = re.compile(r"%\(\w+\)d (?:more |other |new )?(?!as\b|is\b|was\b)[a-z]+s\b")
NEVER_ONE = {
    "%(n)d 天",  # hours are written up to two days
    "只列出前 %(n)d 行，其余未列；请先筛选。",
    "导出带筛选条件、行数与 SHA-256，最多 %(n)d 行；导出本身也写入日志。",
    "把文件拖到这里，或点选。每个最大 %(n)d MB，一次最多 %(most)d 个、共 30 MB。文件按原样封存，下载时才会打开。",
    "最多 %(n)d 个字。",
    "最多 %(n)d 个字，现在 %(now)d 个。",
}


def test_the_catalogue_is_complete_and_holds_nothing_unused() -> None:
    catalogue, now = stored(), used()
    assert list(lacking(catalogue)) == []
    assert {message.id for message in now if message.id} == {message.id for message in catalogue if message.id}


def test_english_is_english_and_keeps_the_placeholders() -> None:
    for message in stored():
        if not message.id:
            continue
        source = message.id[0] if isinstance(message.id, tuple) else message.id
        for english in message.string if isinstance(message.string, tuple) else (message.string,):
            assert not HAN.search(english.replace("“", "").replace("”", "")), english
            assert set(PLACEHOLDER.findall(source)) == set(PLACEHOLDER.findall(english)), source


def test_what_is_counted_in_english_has_a_singular() -> None:
    alone = [message for message in stored() if message.id and isinstance(message.string, str)]
    assert [one.string for one in alone if "(s)" in one.string] == []
    counted = {str(one.id) for one in alone if PLURAL.search(str(one.string))}
    assert counted - NEVER_ONE == set()


def test_the_switch_is_stored_with_the_person(visit: Callable[..., Browser], place: Place) -> None:
    lead = visit("lin")
    assert lead.post("/settings/language", language="en", next="/settings").location == "/settings"
    assert "Settings and devices" in lead.get("/settings").text
    with place.application.sessions() as session:
        assert session.scalars(select(User.locale).where(User.login == "lin")).one() == "en"
    again = visit("lin")
    assert '<html lang="en"' in again.get("/").text
    assert again.post("/settings/language", language="xx", next="//evil.test").location == "/"


def test_before_sign_in_the_switch_is_a_cookie(visit: Callable[..., Browser]) -> None:
    nobody = visit()
    nobody.get("/signin")
    assert nobody.post("/settings/language", language="en", next="/signin").status_code == 303
    assert "Sign in" in nobody.get("/signin").text
