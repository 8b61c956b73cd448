"""One-page papers that stand for the exhibits which are not captures: licence, test report, invoice, …

Each is a PDF that says what it is and, in a frame and across the sheet, that it is 示例·虚构. The same exhibit
gives the same bytes on every run.
"""

from __future__ import annotations

import io
import time

from PIL import Image, ImageDraw

from caseapp.demo.case_records import DemoEvidence
from caseapp.demo.site.drawing import SANS, SANS_BOLD, SERIF, SERIF_BOLD, font, mark_fictional, paragraph

SHEET = (1240, 1754)
"""A4 at 150 dots an inch."""

MARGIN = 130
INK, GREY, RED = (34, 34, 34), (110, 110, 110), (176, 32, 36)


def paper_pdf(label: str, title: str, proves: str, source: str = "", pages: int = 1) -> bytes:
    """Draw one paper.

    Args:
        label: Exhibit label or file name shown at the top, e.g. 证4-2.
        title: What the paper is.
        proves: What it is to prove.
        source: Who made it.
        pages: How many pages the (fictional) original has.
    """
    image = Image.new("RGB", SHEET, "white")
    draw = ImageDraw.Draw(image)
    width = SHEET[0] - 2 * MARGIN
    draw.text((MARGIN, 96), f"示例材料　{label}", font=font(SANS_BOLD, 30), fill=GREY)
    draw.line((MARGIN, 150, SHEET[0] - MARGIN, 150), fill=GREY, width=2)
    y = paragraph(draw, (MARGIN, 230), title, font(SERIF_BOLD, 52), width=width, fill=INK, leading=1.5) + 40
    for name, text in (("出具或来源", source), ("证明内容", proves), ("原件页数", f"{pages} 页（示例只附本页）")):
        if text:
            draw.text((MARGIN, y), name, font=font(SANS_BOLD, 30), fill=GREY)
            y = paragraph(draw, (MARGIN, y + 50), text, font(SERIF, 36), width=width, fill=INK, leading=1.7) + 40
    box = (MARGIN, SHEET[1] - 260, SHEET[0] - MARGIN, SHEET[1] - 130)
    draw.rectangle(box, outline=RED, width=3)
    words = "示例·虚构：本材料为演示制作，单位、人物、文号、金额均为虚构，不具有任何证明力。"
    paragraph(draw, (box[0] + 30, box[1] + 26), words, font(SANS, 30), width=width - 60, fill=RED)
    mark_fictional(image)
    buffer = io.BytesIO()
    # A fixed date keeps the bytes the same; Pillow would write the time of the run.
    image.save(buffer, "PDF", resolution=150.0, title=title, creationDate=time.gmtime(0), modDate=time.gmtime(0))
    return buffer.getvalue()


def exhibit_pdf(evidence: DemoEvidence) -> bytes:
    """The paper that stands for one exhibit of the case."""
    return paper_pdf(evidence.exhibit_no, evidence.title, evidence.proves, evidence.source, evidence.pages)
