"""From what the relay saw to the files of the record: network.json, capture.wacz, capture.json, and what they say."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError

from capture import changes, logged_in, outcome
from capture.adapters import choose
from capture.document import document, document_chain, document_connection
from capture.environment import tool_versions
from capture.errors import CaptureError, NavigationFailedError, RecordBrokenError, RelayStoppedError
from capture.grade import Graded, grade
from capture.guard import RelayPolicy
from capture.models import CaptureRequest, StepRecord
from capture.recorder import PageFacts, write_wacz
from capture.relay_model import Recording, rfc3339, to_json
from capture.run import ERROR_PAGE, Run

# A browser ends what it no longer needs, and we end what never ends: no fault of the record.
_ENDED_BY_US = frozenset(("relay.browser_aborted", "relay.capture_ended"))
_LOST = "页面自行转到了打不开的地址 the page moved on to an address that did not open"


def policy_of(request: CaptureRequest, client_uids: frozenset[int] = frozenset()) -> RelayPolicy:
    """Return what the relay of a capture may reach, and whose processes may use it (anybody's when empty)."""
    return RelayPolicy(
        allow_hosts=request.allow_hosts,
        resolve=dict(request.resolve),
        extra_roots=tuple(str(path) for path in request.extra_roots),
        limits=request.limits,
        client_uids=client_uids,
    )


async def start_relay(run: Run) -> str:
    """Start the relay of this capture."""
    run.relay = run.browser.relay(policy_of(run.request, frozenset((run.browser_facts.uid,))))
    await asyncio.to_thread(run.relay.__enter__)
    return run.relay.proxy_server


async def close_page(run: Run) -> str:
    """Close the context: from here on nothing more can enter the record."""
    if run.context is None:
        return ""
    await logged_in.learn(run)
    await run.context.close()
    run.context = None
    return ""


async def finish_relay(run: Run) -> str:
    """End the relay and keep network.json.

    A relay that ended before is read as far as it wrote, and the step fails.
    """
    if run.relay is None:
        raise RelayStoppedError("not started")
    try:
        run.recording = await asyncio.to_thread(run.relay.finish)
    except RelayStoppedError:
        run.recording = await asyncio.to_thread(run.relay.read)
        raise
    finally:
        if run.recording is not None:
            if run.scrubber:
                run.url_final = run.scrubber.text(run.url_final)  # it names an exchange, whose address is cleaned too
                run.recording = await asyncio.to_thread(run.scrubber.recording, run.recording)
            _keep_network(run, run.recording)
    for hit in run.recording.limits_hit:
        run.cuts[f"limit.{hit.name}"] = f"{hit.limit} reached {hit.url}".strip()
    shown = document(run.recording, run.request.url, run.url_final)
    if shown is not None and shown.status:
        run.status = shown.status  # of what was shown in the end, also when a script moved on to it
    lost = [e for e in run.recording.exchanges if e.truncated and e.error not in _ENDED_BY_US]
    if lost and not run.recording.limits_hit:
        run.cuts["bodies"] = ", ".join(f"{e.url} ({e.truncated})" for e in lost[:5])
    return f"{len(run.recording.exchanges)} exchanges, {len(run.recording.connections)} connections"


def _keep_network(run: Run, recording: Recording) -> None:
    run.keep("network.json", json.dumps(network_log(recording, run), ensure_ascii=False, indent=1))


def network_log(recording: Recording, run: Run) -> dict[str, Any]:
    """Return the network log: every exchange, connection, limit and replaced secret; bodies are in the WACZ."""
    exchanges = []
    for exchange in recording.exchanges:
        item = to_json(exchange)
        for name in ("request_body", "response_body", "websocket"):
            item[name] = item[name] is not None
        exchanges.append(item)
    return {
        "started": _time(recording.started),
        "finished": _time(recording.finished),
        "redirects": [{"url": e.url, "status": e.status} for e in document_chain(recording, run.request.url)],
        "exchanges": exchanges,
        "connections": [to_json(connection) for connection in recording.connections],
        "limits_hit": [to_json(hit) for hit in recording.limits_hit],
        "redactions": [to_json(redaction) for redaction in recording.redactions],
        "secrets_in": list(recording.secrets_in),
        "secrets_searched": recording.secrets_searched,
        "policy": dict(recording.policy),
        "trust": dict(recording.trust),
        "software": dict(recording.software),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _failure(run: Run) -> tuple[str, str]:
    """Return the code and words of what kept the page away, or ("", "")."""
    if run.url_final.startswith(ERROR_PAGE):
        return NavigationFailedError.code, _LOST
    if run.navigated or not run.is_page:
        return "", ""
    recording = run.recording
    if recording is not None:
        chain = document_chain(recording, run.request.url)
        if chain and chain[-1].error:
            return chain[-1].error, chain[-1].error_detail
        connection = document_connection(recording, run.request.url)
        if connection is not None and connection.error:
            return connection.error, f"{connection.host}:{connection.port} {connection.detail}".strip()
    return "capture.navigation_failed", run.navigation_error


async def judge(run: Run) -> str:
    """Say what the page turned out to be."""
    if run.navigated and run.lost:
        run.cuts["page"] = _LOST
    code, words = _failure(run)
    adapter = choose(run.url_final or run.request.url, run.request.adapters)
    names = {field.name for field in run.fields if field.source in ("json-ld", "hook", "microdata")}
    expected = adapter.expect or ("text", "published_at")
    has_post = True if set(expected) <= names else False if adapter.expect else None
    seen = outcome.Seen(
        url=run.request.url,
        url_final=run.url_final,
        status=run.status,
        title=run.title,
        text=run.text,
        has_post=has_post,
        password_fields=int(run.notes.get("page", {}).get("password_fields", 0)),
        images=int(run.notes.get("scroll", {}).get("images", 0)),
        is_file=not run.is_page,
        error=code,
        error_words=words,
    )
    run.outcome = outcome.classify(seen, adapter.phrases)
    if run.request.login is not None and run.outcome.kind == "login_wall":  # the login no longer holds
        run.outcome = replace(run.outcome, rule="logged-out")
    return f"{run.outcome.kind} {run.outcome.words}".strip()


async def write_archive(run: Run) -> str:
    """Write the WACZ."""
    if run.recording is None:
        raise RecordBrokenError("no recording")
    chain = document_chain(run.recording, run.request.url)
    # A replay starts at the address asked for, written as the browser sent it, and follows the recorded redirects.
    url = chain[0].url if chain else run.request.url
    page = PageFacts(url=url, title=run.title, text=run.text, started=run.started)
    path = run.new_file("capture.wacz")
    facts = await asyncio.to_thread(write_wacz, run.recording, path, page, {})
    run.files["capture.wacz"] = facts.path
    run.notes["wacz"] = {"datapackage_sha256": facts.datapackage_sha256, "records": facts.records}
    return f"{facts.records} records"


def seal_facts(run: Run, finished: datetime) -> dict[str, Any]:
    """Return the `capture` block of seal.json: text, integers, lists and maps only."""
    recording = run.recording
    connection = document_connection(recording, run.request.url, run.url_final) if recording is not None else None
    host = urlsplit(run.url_final or run.request.url).hostname or ""
    chain = connection.chain_der if connection is not None else ()
    address = run.url_final or run.request.url
    return {
        "url": run.request.url,
        "url_final": run.url_final or run.request.url,
        "url_canonical": choose(address, run.request.adapters).canonical_of(address),
        "started": rfc3339(run.started),
        "finished": rfc3339(finished),
        "actor": run.request.operator,
        "purpose": run.request.purpose,
        "tool": f"bianwu {tool_versions()['bianwu']}",
        "versions": {**tool_versions(), "chromium": run.browser_facts.version}
        | ({"image": run.request.image} if run.request.image else {}),
        "ip": connection.ip if connection is not None else "",
        "dns": {
            "host": connection.host if connection is not None else host,
            "answers": list(connection.answers) if connection is not None else [],
            "override": connection.override if connection is not None else False,
        },
        "tls_cert_sha256": hashlib.sha256(chain[0]).hexdigest() if chain else "",
        "tls_verdict": connection.verdict if connection is not None else "",
        "extra_roots": [hashlib.sha256(path.read_bytes()).hexdigest() for path in run.request.extra_roots],
        "login_profile": run.request.login.name if run.request.login is not None else "",
        "login": logged_in.login_facts(run),
        "http_status": run.status,
        # A body repeats a cookie or token of the visit, or could not be searched for one: 受限, export warns.
        # So does a login's secret that the page showed: it is in the pictures.
        "restricted": recording is None
        or bool(recording.secrets_in)
        or not recording.secrets_searched
        or bool(run.notes.get("login", {}).get("shown_on_page")),
        "outcome": {**asdict(run.outcome)} if run.outcome is not None else {},
        "changes": changes.facts(run),
        "adapter": run.notes.get("adapter", {"name": "", "verified_on": ""}),
        "grade": grade_of(run).to_json(),
    }


def grade_of(run: Run) -> Graded:
    """Grade the capture: an override counts when it was offered, whether or not it was used."""
    return grade(
        dns_override=bool(run.request.resolve),
        extra_root=bool(run.request.extra_roots),
        second=run.second,
        second_state=run.second_state,
        witness=run.testimony,
    )


def keep_capture_json(
    run: Run, *, state: str, missing: tuple[str, ...], steps: tuple[StepRecord, ...], facts: Mapping[str, Any]
) -> None:
    """Write capture.json: the whole capture as one readable file."""
    document = {
        "schema": "bianwu/capture/1",
        "state": state,
        "missing": list(missing),
        "limits": asdict(run.request.limits),
        "cuts": run.cuts,
        "facts": dict(facts),
        "title": run.title,
        "size": list(run.size),
        "steps": [_step_json(step) for step in steps],
        "fields": [asdict(field) for field in run.fields],
        "actions": [{name: value for name, value in act.items() if name != "time"} for act in run.actions],
        "dialogs": run.dialogs,
        "popups": run.popups,
        "downloads": run.downloads,
        "redactions": [asdict(r) for r in run.recording.redactions] if run.recording is not None else [],
        "notes": run.notes,
        "files": dict(_digests(run)),
    }
    run.keep("capture.json", run.scrubber.text(json.dumps(document, ensure_ascii=False, indent=1, default=str)))


def _step_json(step: StepRecord) -> dict[str, Any]:
    ms = round(step.seconds * 1000)
    return {"name": step.name, "state": step.state, "ms": ms, "code": step.code, "detail": step.detail}


def _digests(run: Run) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, path in sorted(run.files.items()):
        with path.open("rb") as file:
            yield name, {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}


async def clear_up(run: Run) -> None:
    """End whatever still runs and remove the relay's spool; its bodies are in the WACZ."""
    if run.context is not None:
        try:
            await asyncio.wait_for(run.context.close(), 10)
        except (PlaywrightError, TimeoutError):
            await run.browser.abandon()
        run.context = None
    if run.relay is not None:
        await asyncio.to_thread(run.relay.close)
        shutil.rmtree(run.relay.spool, ignore_errors=True)


def utc_now() -> datetime:
    """Return the time, aware, UTC."""
    return datetime.now(UTC)


def message_of(error: CaptureError) -> str:
    """Return an error's message for a step's record: one line in Chinese, one in English."""
    return "\n".join(" ".join(error.message(lang).split()) for lang in ("zh", "en"))
