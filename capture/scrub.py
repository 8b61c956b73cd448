"""Takes the secrets of a login out of the record before anything is hashed.

Cookie and Authorization fields are replaced in the relay; here go the other places a login's values can reach: other
header fields, addresses, the page's tree and texts, logs. Bodies are evidence and never altered: one that repeats a
secret marks the package restricted (受限). So does a secret that stood on the page for all to see, in the pictures.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from typing import Any
from urllib.parse import quote, quote_plus

from capture.login import SHORTEST
from capture.relay_leaks import LeakSearch
from capture.relay_model import Exchange, Headers, Recording, Redaction

TEXTS = frozenset((".html", ".txt", ".json", ".jsonl", ".xml", ".svg", ".vtt", ".csv", ".log"))


class Scrubber:
    """Replaces the secrets of one capture by a salted digest, however they are written.

    Attributes:
        redactions: What was replaced: where and by which token.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets; none makes a scrubber that changes nothing."""
        self._salt = token_bytes(32)  # never written: a token cannot be tried against guesses
        self._tokens: dict[bytes, bytes] = {}
        self.redactions: list[Redaction] = []
        self.add(secrets)

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def add(self, secrets: Iterable[str]) -> None:
        """Learn more secrets."""
        for secret in {one for one in secrets if len(one) >= SHORTEST}:
            digest = hashlib.sha256(self._salt + secret.encode()).hexdigest()
            for form in forms_of(secret):
                self._tokens.setdefault(form, f"[redacted sha256:{digest}]".encode())
        self._tokens = dict(sorted(self._tokens.items(), key=lambda item: len(item[0]), reverse=True))

    @property
    def needles(self) -> tuple[str, ...]:
        """Every way of writing every secret, as the search through bodies takes them."""
        return tuple(form.decode("latin-1") for form in self._tokens)

    def octets(self, data: bytes) -> bytes:
        """Return data without the secrets."""
        for form in self._in(data):
            data = data.replace(form, self._tokens[form])
        return data

    def _in(self, data: bytes) -> list[bytes]:
        """The forms that stand in the data, longest first."""
        return [form for form in self._tokens if form in data]

    def text(self, value: str) -> str:
        """Return a text without the secrets."""
        return self.octets(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def data(self, value: Any) -> Any:
        """Return JSON data, lists and maps within, without the secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return type(value)(self.data(item) for item in value)
        if isinstance(value, dict):
            return {self.data(key): self.data(item) for key, item in value.items()}
        return value

    def file(self, path: Path) -> bool:
        """Take the secrets out of a file of ours; returns whether there were any."""
        before = path.read_bytes()
        if path.suffix == ".mhtml":  # quoted-printable breaks a line anywhere
            after = self.octets(before)
            for form in self._in(_unquoted(after)):
                after = re.sub(_quoted_printable(form), self._tokens[form], after)
        elif path.suffix == ".pdf":  # its table of offsets must stay true
            after = before
            for form in self._in(before):
                after = after.replace(form, b"x" * len(form))
        else:
            after = self.octets(before)
        if after != before:
            path.write_bytes(after)
        return after != before

    def exchange(self, one: Exchange) -> Exchange:
        """Return an exchange without the secrets in its addresses, fields and words; bodies stay."""
        return replace(
            one,
            url=self.text(one.url),
            reason=self.text(one.reason),
            request_headers=self._fields(one.id, one.request_headers),
            response_headers=self._fields(one.id, one.response_headers),
            trailers=self._fields(one.id, one.trailers),
            odd_lines=self.data(one.odd_lines),
            error_detail=self.text(one.error_detail),
        )

    def _fields(self, number: int, headers: Headers) -> Headers:
        kept: list[tuple[str, str]] = []
        for name, value in headers:
            raw = value.encode("latin-1", "replace")
            tokens = [self._tokens[form].decode() for form in self._in(raw)]
            self.redactions += [Redaction(number, name, token) for token in tokens]
            kept.append((name, self.octets(raw).decode("latin-1") if tokens else value))
        return tuple(kept)

    def recording(self, seen: Recording) -> Recording:
        """Return a recording without the secrets; bodies that repeat one are named in `secrets_in`."""
        search = LeakSearch(Path("/"))
        leaking = search.find(seen.exchanges, self.needles)
        exchanges = tuple(self.exchange(one) for one in seen.exchanges)
        return replace(
            seen,
            exchanges=exchanges,
            limits_hit=tuple(replace(hit, url=self.text(hit.url)) for hit in seen.limits_hit),
            redactions=(*seen.redactions, *self.redactions),
            secrets_in=tuple(sorted({*seen.secrets_in, *leaking})),
            secrets_searched=seen.secrets_searched and search.whole,
        )


def forms_of(secret: str) -> frozenset[bytes]:
    """Return how a secret may be written: plain, in an address, in HTML, in JSON, in base64 at any alignment."""
    percent = quote(secret, safe="")
    lower = re.sub("%[0-9A-F]{2}", lambda hit: hit[0].lower(), percent)
    asciied, chinese = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]
    texts = {secret, percent, lower, quote_plus(secret), html.escape(secret), html.escape(secret, quote=False)}
    forms = {one.encode("utf-8", "replace") for one in (*texts, asciied, chinese)}
    raw = secret.encode("utf-8", "replace")
    for shift in range(3):
        packed = base64.b64encode(b"\0" * shift + raw)
        core = packed[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]  # what the neighbours' bits do not touch
        if len(core) >= SHORTEST:
            forms |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return frozenset(forms)


def _quoted_printable(form: bytes) -> bytes:
    one = (b"(?:%s|=%02X)" % (re.escape(bytes((octet,))), octet) for octet in form)
    return rb"(?:=\r?\n)?".join(one)


def _unquoted(found: bytes) -> bytes:
    joined = re.sub(rb"=\r?\n", b"", found)
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda hit: bytes((int(hit[1], 16),)), joined)
