"""A notice sent to a platform comes back as a receipt; what is not a notice does not."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp.demo.case_data import load_case
from caseapp.demo.errors import DemoSubmissionError
from caseapp.demo.site import LocalPlatforms, submit_notice
from caseapp.demo.site.inbox import Inbox, RejectedUploadError, Upload, parse_upload
from caseapp.demo.site.submission import Submitted
from tests.caseapp.demo.conftest import fetch

PDF = b"%PDF-1.7\nfictional\n%%EOF\n"
CASE = load_case()


def send(platforms: LocalPlatforms, channel: str, urls: tuple[str, ...], pdf: bytes = PDF) -> Submitted:
    return submit_notice(
        channel,
        pdf,
        notice_no="函-2026-0001",
        principal="澜江苜禾食品有限公司",
        urls=urls,
        resolve=platforms.resolve,
        root_pem=platforms.root_pem,
    )


@pytest.mark.parametrize(
    ("channel", "posts", "form"),
    [
        ("https://weixun.test/help/tort", ("post-01", "post-03"), "WX-RC-"),
        ("https://zhiye.test/report/enterprise", ("post-13",), "ZY-E-"),
        ("https://lanjiangbbs.test/kefu/inbox", ("post-06",), "LJ-M-"),
    ],
)
def test_a_notice_arrives(platforms: LocalPlatforms, channel: str, posts: tuple[str, ...], form: str) -> None:
    urls = tuple(platforms.url(post) for post in posts)
    before = datetime.now(UTC)
    answer = send(platforms, channel, urls)
    assert answer.receipt_no.startswith(form)
    assert datetime.fromisoformat(answer.received_at) >= before.replace(microsecond=0)
    assert answer.answer["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert len(answer.tls_sha256) == 64
    receipt = platforms.receipts()[-1]
    assert (receipt.receipt_no, receipt.urls, receipt.size) == (answer.receipt_no, urls, len(PDF))
    page = fetch(platforms, answer.status_url).text
    assert "已受理，正在核实" in page
    assert receipt.sha256 in page


def test_the_platform_answers_on_the_status_page(platforms: LocalPlatforms) -> None:
    url = platforms.url("post-13")
    first = send(platforms, "https://zhiye.test/report/enterprise", (url,))
    reply = platforms.refuse("post-13")
    assert reply == "初步证据不足，内容涉及公共事件讨论"
    assert reply in fetch(platforms, first.status_url).text
    assert fetch(platforms, url).status == 200
    second = send(platforms, "https://zhiye.test/report/enterprise", (url,))
    platforms.label("post-13")
    assert "已加注提示" in fetch(platforms, second.status_url).text
    assert "不予处理" in fetch(platforms, first.status_url).text
    down = send(platforms, "https://weixun.test/help/tort", (platforms.url("post-05"),))
    platforms.remove("post-05")
    assert "已采取措施" in fetch(platforms, down.status_url).text


@pytest.mark.parametrize(
    ("urls", "pdf", "words"),
    [
        ((), PDF, "请逐条填写涉案网址"),
        (("https://zhiye.test/p/5520960",), PDF, "不是本平台的网址"),
        (("https://weixun.test/a",), b"<html>", "请上传 PDF"),
        (("https://weixun.test/a",), b"%PDF-1.7 cut off", "请上传 PDF"),
        (("https://weixun.test.evil.example/a",), PDF, "不是本平台的网址"),
    ],
)
def test_what_is_not_a_notice_is_refused(
    platforms: LocalPlatforms, urls: tuple[str, ...], pdf: bytes, words: str
) -> None:
    count = len(platforms.receipts())
    with pytest.raises(DemoSubmissionError, match=words) as caught:
        send(platforms, "https://weixun.test/help/tort", urls, pdf)
    assert caught.value.retryable
    assert len(platforms.receipts()) == count


def test_only_known_channels_over_https(platforms: LocalPlatforms) -> None:
    for channel in ("http://weixun.test/help/tort", "https://example.com/x", "mailto:kefu@lanjiangbbs.test"):
        with pytest.raises(DemoSubmissionError):
            send(platforms, channel, (platforms.url("post-01"),))
    with pytest.raises(DemoSubmissionError):
        send(platforms, "https://weixun.test/elsewhere", (platforms.url("post-01"),))


def test_posting_elsewhere_or_without_length_is_refused(platforms: LocalPlatforms) -> None:
    assert fetch(platforms, "https://weixun.test/", method="POST", body=b"x").status == 405
    assert fetch(platforms, "https://scjg.lanjiang-tc.test/help/tort", method="POST", body=b"x").status == 405
    answer = fetch(platforms, "https://weixun.test/help/tort", method="POST", body=b"x", Content_Type="text/plain")
    assert (answer.status, json.loads(answer.body)["ok"]) == (422, False)
    huge = fetch(platforms, "https://weixun.test/help/tort", method="POST", body=b"", Content_Length="99999999999")
    assert huge.status == 413
    assert fetch(platforms, "https://weixun.test/help/tort", method="POST", body=b"", Content_Length="x").status == 411
    assert fetch(platforms, "https://weixun.test/complaint/WX-RC-00000000-0000").status == 404


def test_a_person_is_led_to_the_status_page(platforms: LocalPlatforms) -> None:
    url = platforms.url("post-11").encode()
    body = b'--b\r\nContent-Disposition: form-data; name="urls"\r\n\r\n' + url
    body += b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="n.pdf"\r\n\r\n' + PDF + b"\r\n--b--\r\n"
    headers = {"Content_Type": "multipart/form-data; boundary=b", "Accept": "text/html"}
    answer = fetch(platforms, "https://weixun.test/help/tort", method="POST", body=body, **headers)
    assert answer.status == 303
    assert answer.headers["location"].startswith("https://weixun.test/complaint/WX-RC-")


def test_numbers_carry_the_clock_given() -> None:
    inbox = Inbox(clock=lambda: datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC))
    receipt = inbox.accept(
        "plat-02", Upload({"urls": "https://zhiye.test/p/1 https://zhiye.test/p/1"}, PDF), lambda _: True
    )
    assert (receipt.receipt_no, receipt.urls) == ("ZY-E-11220001", ("https://zhiye.test/p/1",))
    assert receipt.to_json()["received_at"] == "2026-11-22T01:02:03Z"
    assert inbox.answer("https://zhiye.test/p/2", "refused", "x") == ()
    (changed,) = inbox.answer("https://zhiye.test/p/1", "refused", "x")
    assert changed == replace(receipt, status="refused", reply="x", replied_at=receipt.received_at)
    assert inbox.get("nothing") is None


@given(st.text(max_size=60), st.binary(max_size=200))
def test_any_upload_is_read_or_refused(content_type: str, body: bytes) -> None:
    for kind in (content_type, "multipart/form-data; boundary=" + content_type[:20]):
        try:
            upload = parse_upload(kind, body)
        except RejectedUploadError:
            continue
        assert isinstance(upload.pdf, bytes)
