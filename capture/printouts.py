"""The page as PDF and as MHTML, straight from Chromium."""

import base64

from capture.run import Run

# A4 in inches, with the narrow margins of a printed web page.
PAPER = {
    "paperWidth": 8.27,
    "paperHeight": 11.69,
    "marginTop": 0.4,
    "marginBottom": 0.4,
    "marginLeft": 0.4,
    "marginRight": 0.4,
}


async def print_pdf(run: Run) -> str:
    """Print the page to PDF on A4, backgrounds included.

    Without structure tags and outline: they double the time and the size and repeat what DOM and text already hold.
    """
    plain = {"generateTaggedPDF": False, "generateDocumentOutline": False}
    options = {**PAPER, **plain, "printBackground": True, "preferCSSPageSize": False}
    answer = await run.session.send("Page.printToPDF", options)
    data = base64.b64decode(answer["data"])
    run.keep("page.pdf", data)
    return f"{len(data)} bytes"


async def save_mhtml(run: Run) -> str:
    """Save the page with its resources as one MHTML file (RFC 2557)."""
    answer = await run.session.send("Page.captureSnapshot", {"format": "mhtml"})
    data = str(answer["data"])
    run.keep("page.mhtml", data)
    return f"{len(data)} characters"
