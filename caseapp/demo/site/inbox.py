"""The complaint inboxes of the demo platforms: a notice arrives as a PDF, a receipt goes back.

The receipt number carries the machine's real date, for a receipt is proof and no clock that reaches a proof is
simulated. What the platform decides later (removed, refused, …) is set by the demo's script and shown on the
receipt's status page.
"""

from __future__ import annotations

import email.parser
import email.policy
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

ReceiptStatus = Literal["received", "measure_taken", "refused", "label", "restored", "withdrawn"]

STATUS_WORDS: Mapping[ReceiptStatus, str] = {
    "received": "已受理，正在核实",
    "measure_taken": "已采取措施",
    "refused": "不予处理",
    "label": "已加注提示",
    "restored": "已恢复",
    "withdrawn": "投诉人已撤回",
}
# 微汛 WX-RC-20260812-0718, 知野 ZY-E-08120931, the forum's mail gateway LJ-M-…
NUMBER_FORMS = {
    "plat-01": "WX-RC-{at:%Y%m%d}-{n:04d}",
    "plat-02": "ZY-E-{at:%m%d}{n:04d}",
    "plat-03": "LJ-M-{at:%Y%m%d}-{n:04d}",
}
MAX_PDF_TAIL = 2048
MAX_FIELD = 4000


@dataclass(frozen=True)
class Receipt:
    """Proof that a notice arrived.

    Attributes:
        receipt_no: The platform's number.
        platform: ``plat-01`` …
        received_at: The machine's clock, UTC.
        notice_no: The sender's number of the notice (函-2026-0001).
        principal: In whose name.
        urls: The addresses complained about.
        sha256: Of the PDF, lower-case hex.
        size: Of the PDF, bytes.
        status: What became of it.
        reply: The platform's answer in its own words; empty until it answers.
        replied_at: When the status last changed, UTC.
    """

    receipt_no: str
    platform: str
    received_at: datetime
    notice_no: str
    principal: str
    urls: tuple[str, ...]
    sha256: str
    size: int
    status: ReceiptStatus = "received"
    reply: str = ""
    replied_at: datetime | None = None

    def to_json(self) -> dict[str, object]:
        """The JSON object the platform answers with."""
        return {
            "ok": True,
            "receipt_no": self.receipt_no,
            "received_at": self.received_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "notice_no": self.notice_no,
            "urls": list(self.urls),
            "sha256": self.sha256,
            "bytes": self.size,
            "status": self.status,
            "status_zh": STATUS_WORDS[self.status],
            "reply": self.reply,
        }


class RejectedUploadError(Exception):
    """What was sent is not a complaint; the text goes back to the sender."""


@dataclass(frozen=True)
class Upload:
    """The fields of one complaint form."""

    fields: Mapping[str, str]
    pdf: bytes


class Inbox:
    """All receipts, safe for many threads."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._receipts: dict[str, Receipt] = {}

    def accept(self, platform: str, upload: Upload, allowed: Callable[[str], bool]) -> Receipt:
        """File a complaint.

        Args:
            platform: The platform it was sent to.
            upload: The form.
            allowed: Tells whether an address belongs to this platform.

        Raises:
            RejectedUploadError: No PDF, no address, or an address of another site.
        """
        urls = tuple(dict.fromkeys(upload.fields.get("urls", "").split()))
        if not urls:
            raise RejectedUploadError("请逐条填写涉案网址")
        foreign = [url for url in urls if not allowed(url)]
        if foreign:
            raise RejectedUploadError(f"不是本平台的网址：{foreign[0][:200]}")
        if not upload.pdf.startswith(b"%PDF-") or b"%%EOF" not in upload.pdf[-MAX_PDF_TAIL:]:
            raise RejectedUploadError("请上传 PDF 格式的通知书")
        now = self._clock()
        with self._lock:
            number = NUMBER_FORMS[platform].format(at=now, n=len(self._receipts) + 1)
            receipt = Receipt(
                receipt_no=number,
                platform=platform,
                received_at=now,
                notice_no=upload.fields.get("notice_no", ""),
                principal=upload.fields.get("principal", ""),
                urls=urls,
                sha256=hashlib.sha256(upload.pdf).hexdigest(),
                size=len(upload.pdf),
            )
            self._receipts[number] = receipt
        return receipt

    def get(self, receipt_no: str) -> Receipt | None:
        """The receipt of this number."""
        return self._receipts.get(receipt_no)

    def all(self) -> tuple[Receipt, ...]:
        """Every receipt, oldest first."""
        with self._lock:
            return tuple(self._receipts.values())

    def answer(self, url: str, status: ReceiptStatus, reply: str) -> tuple[Receipt, ...]:
        """Let the platform answer the newest complaint about ``url``; returns the receipts changed."""
        with self._lock:
            about = [receipt for receipt in self._receipts.values() if url in receipt.urls]
            if not about:
                return ()
            changed = replace(about[-1], status=status, reply=reply, replied_at=self._clock())
            self._receipts[changed.receipt_no] = changed
        return (changed,)


def parse_upload(content_type: str, body: bytes) -> Upload:
    """Read a multipart/form-data body: text fields and one file named ``file``.

    Raises:
        RejectedUploadError: The body is something else.
    """
    if not content_type.lower().startswith("multipart/form-data"):
        raise RejectedUploadError("请用表单提交")
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise RejectedUploadError("表单不完整")
    fields: dict[str, str] = {}
    pdf = b""
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(data, bytes):
            continue
        if name == "file":
            pdf = data
        else:
            fields[name] = data.decode("utf-8", "replace").strip()[:MAX_FIELD]
    return Upload(fields, pdf)
