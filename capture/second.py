"""The corroborating pass: the same address visited once more, in a fresh context, through a tunnel nobody opens.

The recorded pass reads what the browser reads, so it has to be trusted to record truly. The second pass cannot read
anything: the relay passes ciphertext on, the browser itself judges the server's certificate, and what it shows is
compared with what was recorded (`capture.compare`).
"""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Response

from capture import page, record, screenshot
from capture.compare import Visit, compare, thumbnail
from capture.document import document_connection, host_of
from capture.errors import CaptureError, NavigationFailedError
from capture.guard import RelayPolicy
from capture.relay_model import Recording, rfc3339, to_json
from capture.relay_witness import fetch_receipt
from capture.run import Run, first_line
from capture.witness import bear_out, read_receipt

FOLDER = "second"
JPEG_QUALITY = 75
HEIGHT_MOST = 60_000


async def visit_again(run: Run) -> str:
    """Visit the address again and compare; the files go below `second/`.

    Raises:
        CaptureError: The second visit did not reach the page; the recorded pass stands as it is.
    """
    twin = Run(run.request, run.browser, run.browser_facts, run.out / FOLDER, record.utc_now())
    run.second_state = "failed"  # until it ended well
    try:
        policy = _policy(run)
        seen = await _see(run, twin, policy)
        recording = await _end(twin)
        await _testimony(run, twin, recording, policy)
    finally:
        await record.clear_up(twin)
    first = await asyncio.to_thread(_first_visit, run)
    run.second = await asyncio.to_thread(compare, first, seen)
    run.second_state = "done"
    _keep(run, twin, recording, seen)
    return "agrees" if not run.second.differs else f"differs: {', '.join(run.second.differs)}"


def _policy(run: Run) -> RelayPolicy:
    policy = replace(record.policy_of(run.request, frozenset((run.browser_facts.uid,))), decrypt=False)
    witness = run.request.witness
    if witness is None:
        return policy
    session = secrets.token_hex(16)
    return replace(policy, witness=witness.address, witness_session=session, witness_token=witness.token)


async def _testimony(run: Run, twin: Run, recording: Recording, policy: RelayPolicy) -> None:
    """Ask the witness what it saw; a receipt that proves nothing is kept and said to prove nothing."""
    witness = run.request.witness
    if witness is None:
        return
    run.testimony = "unproven"
    try:
        note = await fetch_receipt(policy)
        twin.keep("witness.note", note)
        receipt = read_receipt(note, witness.key, policy.witness_session)
        found = bear_out(receipt, recording.connections, host_of(twin.url_final))
    except (CaptureError, ValueError) as error:
        run.notes["witness"] = {"address": witness.address, "problem": str(error)[:300]}
        return
    run.notes["witness"] = {"address": witness.address, "key": witness.key, **asdict(found)}
    if found.proves:
        run.testimony = "third" if witness.third_party else "own"


async def _see(run: Run, twin: Run, policy: RelayPolicy) -> Visit:
    twin.relay = run.browser.relay(policy)
    await asyncio.to_thread(twin.relay.__enter__)
    await page.open_page(twin)
    await twin.session.send("Network.enable")  # before the navigation: a certificate met earlier is not told later
    responses: list[Response] = []
    twin.page.on("response", lambda answer: responses.append(answer))  # noqa: PLW0108 - no built-in
    await page.navigate(twin)
    if not twin.is_page:
        raise NavigationFailedError("a file")
    await page.load(twin)
    await page.settle(twin)
    await page.expand(twin)
    await page.scroll(twin)
    read = await twin.world.call("read")
    twin.title, twin.url_final, twin.text = str(read["title"]), str(read["url"]), str(read["text"])
    twin.notes["tls"] = await _security(twin, responses)
    twin.keep("text.txt", twin.text)
    tiles = await _photograph(twin)
    chain = tuple(twin.notes["tls"].get("chain_sha256", ()))
    picture = await asyncio.to_thread(_thumbnail, tiles)
    return Visit(twin.url_final, twin.status, chain, twin.text, picture, twin.size[1])


async def _security(twin: Run, responses: list[Response]) -> dict[str, Any]:
    """Return what the browser says of the connection of the document, with the certificates it met."""
    parts = urlsplit(twin.url_final)
    if parts.scheme != "https":
        return {}
    shown = next((answer for answer in responses if answer.url.split("#")[0] == twin.url_final.split("#")[0]), None)
    try:
        details: Mapping[str, Any] = dict(await shown.security_details() or {}) if shown is not None else {}
        origin = f"{parts.scheme}://{parts.netloc}"
        answer = await twin.session.send("Network.getCertificate", {"origin": origin})
    except PlaywrightError as error:
        return {"error": first_line(error)}
    chain = [base64.b64decode(item) for item in answer["tableNames"]]
    for number, certificate in enumerate(chain, start=1):
        twin.keep(f"chain/{number:02}.der", certificate)
    names = {"protocol": "protocol", "issuer": "issuer", "subjectName": "subject"}
    times = {"validFrom": "valid_from", "validTo": "valid_to"}
    return {
        **{ours: str(details.get(theirs, "")) for theirs, ours in names.items()},
        **{ours: int(details.get(theirs) or 0) for theirs, ours in times.items()},
        "chain_sha256": [hashlib.sha256(certificate).hexdigest() for certificate in chain],
    }


async def _photograph(twin: Run) -> list[Path]:
    metrics = (await twin.session.send("Page.getLayoutMetrics"))["cssContentSize"]
    height = min(max(1, round(metrics["height"])), twin.request.limits.image_px, HEIGHT_MOST)
    boxes = await twin.world.call("boxes", {"most": screenshot.BOXES_MOST})
    width = screenshot.picture_width(twin.request.viewport[0], round(metrics["width"]), boxes)
    twin.size = (width, height)
    kept = []
    for tile in screenshot.plan(width, height, twin.request.scale):
        clip = {"x": 0, "y": tile.y, "width": tile.width, "height": tile.height, "scale": 1}
        options = {"format": "jpeg", "quality": JPEG_QUALITY, "captureBeyondViewport": True, "clip": clip}
        answer = await twin.session.send("Page.captureScreenshot", options)
        kept.append(twin.keep(f"page-{tile.number:03}.jpg", base64.b64decode(answer["data"])))
    return kept


async def _end(twin: Run) -> Recording:
    await record.close_page(twin)
    if twin.relay is None:
        raise NavigationFailedError("no relay")
    return await asyncio.to_thread(twin.relay.finish)


def _first_visit(run: Run) -> Visit:
    connection = document_connection(run.recording, run.request.url, run.url_final) if run.recording else None
    chain = connection.chain_der if connection is not None else ()
    names = sorted(name for name in run.files if name.startswith("shots/page-") and name.endswith(".jpg"))
    picture = _thumbnail([run.files[name] for name in names])
    digests = tuple(hashlib.sha256(certificate).hexdigest() for certificate in chain)
    return Visit(run.url_final, run.status, digests, run.text, picture, run.size[1])


def _thumbnail(files: list[Path]) -> Image.Image:
    tiles = []
    for file in files:
        with Image.open(file) as picture:
            picture.draft("L", (picture.width // 8, picture.height // 8))  # JPEG decodes small at once
            tiles.append(picture.convert("L"))
    return thumbnail(tiles)


def _keep(run: Run, twin: Run, recording: Recording, seen: Visit) -> None:
    compared = run.second
    if compared is None:
        raise CaptureError("not compared")
    report = {
        "schema": "bianwu/second-pass/1",
        "started": rfc3339(twin.started),
        "finished": rfc3339(record.utc_now()),
        "mode": "tunnel: ciphertext passed on unopened; the browser judged the certificate",
        "url": run.request.url,
        "url_final": seen.url_final,
        "status": seen.status,
        "title": twin.title,
        "tls": twin.notes["tls"],
        "size": list(twin.size),
        "compared": {**asdict(compared), "differs": list(compared.differs)},
        "connections": [to_json(connection) for connection in recording.connections],
        "exchanges": len(recording.exchanges),
        "cuts": twin.cuts,
    }
    twin.keep("report.json", json.dumps(report, ensure_ascii=False, indent=1))
    for name, path in twin.files.items():
        run.files[f"{FOLDER}/{name}"] = path
    run.notes["second"] = {"differs": list(compared.differs), "chain": compared.chain}
