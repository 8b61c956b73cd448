"""The steps of a visit that carries a login: learn what the server renewed, then clean what was kept."""

import asyncio
from dataclasses import replace
from typing import Any, Final

from capture.models import FieldValue
from capture.run import Run
from capture.scrub import TEXTS

_CLEANED: Final = TEXTS | {".mhtml", ".pdf"}
_LIKELY: Final = 16  # from here on a value set by the visit itself is a token and no setting


async def learn(run: Run) -> None:
    """Before the page closes: what the server put in place of the login's own cookies is a secret as well."""
    login = run.request.login
    if login is None or run.context is None:
        return
    named = {(one["name"], str(one["domain"]).lstrip(".")) for one in login.cookies}
    for one in await run.context.cookies():
        mine = (one.get("name"), str(one.get("domain")).lstrip(".")) in named
        value = str(one.get("value", ""))
        if mine or (one.get("httpOnly") and len(value) >= _LIKELY):
            run.scrubber.add((value,))


async def clean_up(run: Run) -> str:
    """Take the login's secrets out of everything kept so far; from here on only clean texts are written."""
    if run.request.login is None:
        return ""
    state = "logged_out" if run.outcome is not None and run.outcome.kind == "login_wall" else "carried"
    shown = run.scrubber.text(run.text) != run.text
    run.title, run.text, run.url_final = (run.scrubber.text(one) for one in (run.title, run.text, run.url_final))
    run.fields = tuple(_clean_field(run, one) for one in run.fields)
    changed = await asyncio.to_thread(_clean_files, run)
    run.notes["login"] = {"state": state, "redacted_in": changed, "shown_on_page": shown}
    run.notes["login"] |= login_facts(run)
    return f"{len(changed)} files"


def _clean_field(run: Run, field: FieldValue) -> FieldValue:
    clean = run.scrubber.text
    wire = tuple(replace(one, url=clean(one.url), value=clean(one.value)) for one in field.wire)
    return replace(field, value=clean(field.value), raw=clean(field.raw), wire=wire)


def _clean_files(run: Run) -> list[str]:
    ours = {name: path for name, path in run.files.items() if not name.startswith("file/")}
    return [name for name, path in sorted(ours.items()) if path.suffix in _CLEANED and run.scrubber.file(path)]


def login_facts(run: Run) -> dict[str, Any]:
    """What the record says of the login: which one, whether it still held, whether a picture may show a secret."""
    if run.request.login is None:
        return {}
    noted = run.notes.get("login", {})
    return {
        "profile": run.request.login.name,
        "state": noted.get("state", ""),
        "second_visit": "same" if run.second_state else "none",
        "shown_on_page": noted.get("shown_on_page", False),
    }
