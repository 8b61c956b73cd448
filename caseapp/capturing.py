"""The capture library as the port use cases know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import capture
from capture.earlier import Earlier, own_words
from capture.errors import CaptureError
from capture.guard import RelayPolicy, check_url
from capture.handed_in import HandedIn, UnknownFormatError, look_at
from capture.login import read_login
from capture.models import Witness
from capture.robots import Robots, ask_robots
from caseapp.config import Settings
from caseapp.domain.errors import CaptureRefusedError
from caseapp.domain.labels import Label
from caseapp.services.ports import CaptureOrder, Progress


class CaptureProduct:
    """A capture's result in the shape of `caseapp.services.ports.CaptureOutcome`."""

    def __init__(self, result: capture.CaptureResult, robots: Robots, folder: Path) -> None:
        self._result = result
        self.state: str = result.state
        self.outcome: str = result.outcome.kind
        self.words: str = result.outcome.words
        self.problem: tuple[str, str, str] | None = _problem(result)
        self.grade: str = result.facts["grade"]["grade"]
        self.missing: tuple[str, ...] = result.missing
        self.files: Mapping[str, Path] = {**result.files, **_kept(robots, folder)}
        self.facts: Mapping[str, Any] = {
            **result.facts,
            "fields": [_field(field) for field in result.fields],
            "robots": dict(robots.facts),
        }
        self.host: Mapping[str, Any] = result.host
        self.clock: Mapping[str, Any] = result.clock
        self.steps: Sequence[Any] = result.steps
        self.title: str | None = result.title or None
        self.text: str | None = result.text or None


def _kept(robots: Robots, folder: Path) -> dict[str, Path]:
    """The host's robots.txt beside what the page gave."""
    if not robots.body:
        return {}
    path = folder / "robots.txt"
    path.write_bytes(robots.body)
    return {path.name: path}


def _problem(result: capture.CaptureResult) -> tuple[str, str, str] | None:
    """What kept the page away, in the words of the capture library's own error."""
    kind = _KINDS.get(result.outcome.rule)
    if kind is None:
        return None
    error = kind(result.outcome.words)
    return error.code, error.message("zh"), error.message("en")


def _kinds(kind: type[CaptureError]) -> dict[str, type[CaptureError]]:
    below = [_kinds(child) for child in kind.__subclasses__()]
    return {kind.code: kind} | {code: found for each in below for code, found in each.items()}


_KINDS = _kinds(CaptureError)
"""Stable code → error, the whole tree of the capture library."""


_READ = ("name", "value", "raw", "source", "path")


def _field(field: capture.FieldValue) -> dict[str, Any]:
    return {name: getattr(field, name) for name in _READ}


def _earlier(order: CaptureOrder) -> Earlier | None:
    one = order.earlier
    if one is None:
        return None
    said = [{name: str(field.get(name, "")) for name in _READ} for field in one.fields]
    read = [capture.FieldValue(field["name"], field["value"], field["raw"], field["source"]) for field in said]
    return Earlier(one.seal_id, one.finished, one.text, own_words(read), one.pictures)


class Capturer:
    """Runs captures one after another in one browser, started with the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._browser: capture.Browser | None = None

    def check(self, url: str) -> None:
        """Refuse an address that may not be visited.

        Raises:
            CaptureRefusedError: with the capture library's own words.
        """
        try:
            check_url(url, self._policy)
        except CaptureError as error:
            raise CaptureRefusedError(what=Label(error.message("zh"), error.message("en"))) from error

    def look_at(self, path: Path) -> HandedIn | None:
        """Tell by its bytes what a handed-in file is; None when it is none of the formats taken."""
        try:
            return look_at(path)
        except UnknownFormatError:
            return None

    def capture(self, order: CaptureOrder, *, progress: Progress | None = None) -> CaptureProduct:
        """Capture a URL into `order.output`.

        Raises:
            CaptureError: no browser, or the request is refused before the start.
        """
        overrides = self._settings.overrides
        if self._browser is None:
            self._browser = capture.Browser(self._settings.chromium, extra_roots=overrides.extra_roots)
        request = capture.CaptureRequest(
            url=order.url,
            output=order.output,
            allow_hosts=overrides.allow_hosts,
            resolve=overrides.resolve,
            extra_roots=overrides.extra_roots,
            operator=order.operator,
            purpose=order.purpose,
            image=self._settings.image,
            begun=order.begun,
            login=read_login(*order.login) if order.login is not None else None,
            ntp_servers=self._settings.ntp_servers,
            resolvers=self._settings.resolvers,
            second_pass=self._settings.second_pass,
            video=self._settings.video,
            live=order.live,
            earlier=_earlier(order),
            witness=Witness(**asdict(self._settings.witness)) if self._settings.witness else None,
        )
        roots = "".join(path.read_text("ascii") for path in overrides.extra_roots)
        robots = ask_robots(order.url, self._policy, extra_roots=roots)
        result = capture.capture(request, progress=progress, browser=self._browser)
        return CaptureProduct(result, robots, order.output)

    @property
    def _policy(self) -> RelayPolicy:
        overrides = self._settings.overrides
        return RelayPolicy(allow_hosts=overrides.allow_hosts, resolve=overrides.resolve)

    def close(self) -> None:
        """End the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None
