from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.domain.personal_data import KINDS, WHY, counted, find_personal
from caseapp.domain.personal_text import fold

ID = "11010519491231002X"  # the worked example of GB 11643
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def luhn(body: str) -> str:
    total = sum(int(sign) if n % 2 else sum(divmod(int(sign) * 2, 10)) for n, sign in enumerate(reversed(body)))
    return body + str(-total % 10)


def card_of(head: str, n: int = 12) -> str:
    return luhn(head + "1234567890123456"[: n - len(head)])


UNION = card_of("622202", 18)
VISA = card_of("4563", 15)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("联系 13800138000。", "mobile", "13800138000"),
        ("联系138 0013 8000谢谢", "mobile", "138 0013 8000"),
        ("联系138-0013-8000", "mobile", "138-0013-8000"),
        ("+86 138 0013 8000", "mobile", "86 138 0013 8000"),
        ("8613800138000", "mobile", "8613800138000"),
        ("1 3 8 0 0 1 3 8 0 0 0", "mobile", "1 3 8 0 0 1 3 8 0 0 0"),
        ("電話１３８００１３８０００", "mobile", "１３８００１３８０００"),
        ("1\u200b3\u200d8\ufeff0\u20600\u200e138000", "mobile", "1\u200b3\u200d8\ufeff0\u20600\u200e138000"),
        ("\u202e13800138000\u202c", "mobile", "13800138000"),
        ("٠ 1٣800138000", "mobile", "1٣800138000"),
        ("138\u00a00013\u30008000", "mobile", "138\u00a00013\u30008000"),
        ("https://x.test/?tel=13800138000", "mobile", "13800138000"),
        ("座机 010-12345678", "landline", "010-12345678"),
        ("(0755)1234567", "landline", "0755)1234567"),
        ("0755-12345678-801", "landline", "0755-12345678-801"),
        ("021 6543 2100", "landline", "021 6543 2100"),
        (f"身份证{ID}", "id_card", ID),
        ("11010519491231002x", "id_card", "11010519491231002x"),
        (f"{ID[:6]} {ID[6:14]} {ID[14:]}", "id_card", f"{ID[:6]} {ID[6:14]} {ID[14:]}"),
        ("身份证号：110105491231002", "id_card", "110105491231002"),
        (f"卡号{UNION}", "bank_card", UNION),
        (f"{VISA[:4]} {VISA[4:8]} {VISA[8:12]} {VISA[12:]}", "bank_card",
         f"{VISA[:4]} {VISA[4:8]} {VISA[8:12]} {VISA[12:]}"),
        ("写信给 a.b+c@mail.example.test 吧", "email", "a.b+c@mail.example.test"),
        ("ａｂｃ＠ｅｘａｍｐｌｅ．ｔｅｓｔ", "email", "ａｂｃ＠ｅｘａｍｐｌｅ．ｔｅｓｔ"),
        ("护照号码 E12345678", "travel", "E12345678"),
        ("港澳通行证：C12345678", "travel", "C12345678"),
        ("车牌京A·12345", "plate", "京A·12345"),
        ("沪AD12345 停在门口", "plate", "沪AD12345"),
        ("家住浙江省杭州市西湖区文三路12号3幢2单元501室，欢迎", "address", "浙江省杭州市西湖区文三路12号3幢2单元501室"),
        ("地址：汀州市苜禾区建设中路１８号", "address", "汀州市苜禾区建设中路１８号"),
        ("他住在向阳小区3号楼2单元501室", "address", "向阳小区3号楼2单元501室"),
        ("加微信：muhe_2026 细说", "account", "muhe_2026"),
        ("VX: linzhixia88", "account", "linzhixia88"),
        ("QQ号 123456789", "account", "123456789"),
        ("来自 203.0.113.77 的登录", "ip", "203.0.113.77"),
        ("来自 2001:db8::1 的登录", "ip", "2001:db8::1"),
    ],
)  # fmt: skip
def test_what_is_personal_is_found_as_it_stands(text: str, kind: str, found: str) -> None:
    finds = find_personal(text)
    assert [(one.kind, one.text) for one in finds] == [(kind, found)]
    one = finds[0]
    assert text[one.start : one.end] == found
    assert one.why in WHY
    assert one.kind in KINDS


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24 13:45:23", "20261124134523", "2026年11月24日13时", "2026/11/24 01:02:03.456789", "2026.11.24",
        "¥13800138000", "13800138000元", "13800138000.00", "1,380,013,800", "共 138001 件、3800 元", "0.13800138000",
        "证-2026-000345", "证-2026-13800138000", "取-2026-000012", "证1-3", "(2026)京0105民初12345号",
        "（2026）浙0106民初13800138000号",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "1" * 64, "sha256:13800138000abcdef13800138000abcd", "550e8400-e29b-41d4-a716-138001380001",
        "01J9Z3K4M5N6P7Q8R9S0T1V2W3", "SKU13800138000", "a13800138000b", "23800138000", "12800138000",
        "110105194912310021", "110105194913310020", "990105194912310029", "91110000100000000X",
        "6222020200112231000", "https://weixun.test/post/" + card_of("4999", 15), "400-123-4567", "00012345678",
        "微信公众号", "wechat platform", "QQ群里的人", "v1.2.3.4", "版本 10.0.0.1", "256.1.1.1", "127.0.0.1",
        "12:30:45", "1.2.3", "ISBN E12345678", "报道了12号的事", "建国路", "北京市朝阳区", "11月12号在路上3号机",
        "京0105", "第3条第12号", "他在1号公告里说", "@weixun", "a@b", "",
    ],
)  # fmt: skip
def test_dates_sums_numbers_of_ours_and_digests_are_left_alone(text: str) -> None:
    assert find_personal(text) == []


def test_nicknames_are_found_whole_and_however_they_are_spelled() -> None:
    text = "小\u200b葵：我看见了。Tom 说 tomorrow。ＴＯＭ"
    assert [one.text for one in find_personal(text, ["小葵", "tom", "我", " ", "\u200b"])] == [
        "小\u200b葵",
        "Tom",
        "ＴＯＭ",
    ]


def test_the_longer_of_two_stays_and_every_kind_is_counted() -> None:
    finds = find_personal(f"微信号 13800138000，身份证 {ID}，再打 138 0013 8000")
    assert [one.kind for one in finds] == ["mobile", "id_card", "mobile"]
    assert counted(finds) == {"id_card": 1, "mobile": 2}


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing_and_finds_lie_in_it(text: str) -> None:
    last = 0
    for one in find_personal(text, [text[:3]]):
        assert last <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        last = one.end


@given(
    st.integers(3, 9), st.integers(0, 999_999_999), st.sampled_from(["", "\u200b", "\u2060\u200e", "\u00ad"]),
    st.sampled_from(["0", "０", "𝟎", "٠"]), st.text("你好，。！\n", max_size=9), st.text("你好，。！\n", max_size=9),
)  # fmt: skip
def test_no_disguise_of_a_mobile_number_holds(
    second: int, rest: int, hidden: str, zero: str, before: str, after: str
) -> None:
    plain = f"1{second}{rest:09}"
    shown = hidden.join(chr(ord(zero) + int(sign)) for sign in plain)
    finds = find_personal(before + shown + after)
    assert [(one.kind, fold(one.text).text) for one in finds] == [("mobile", plain)]


@given(st.dates(), st.integers(0, 999), st.sampled_from(["110105", "440524", "330106", "650102"]))
def test_an_identity_number_is_one_only_with_its_own_check_character(day: object, order: int, region: str) -> None:
    body = f"{region}{str(day).replace('-', '')}{order:03}"
    check = "10X98765432"[sum(int(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True)) % 11]
    old = int(str(day)[:4]) < 1900
    assert ["id_card"] * (not old) == [one.kind for one in find_personal(body + check) if one.kind == "id_card"]
    wrong = "0123456789X"[("0123456789X".index(check) + 1) % 11]
    assert "id_card" not in [one.kind for one in find_personal(body + wrong)]


@pytest.mark.parametrize(
    "piece",
    [
        "1-" * 20_000, "1" * 40_000, "省市区路" * 10_000, "路1号" * 10_000, "a." * 20_000 + "@", "微信 " * 10_000,
        "\u200b" * 40_000, "1 3 8 " * 10_000, "市路1号2单元" * 5_000, ":" * 40_000, "1 " * 39 + "x" * 9, "住" * 40_000,
    ],
)  # fmt: skip
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    begun = time.process_time()
    find_personal(piece)
    assert time.process_time() - begun < 3
