"""Send a notice to a demo platform the way a person would: one HTTPS form post, answered with a receipt."""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from caseapp.demo.errors import DemoSubmissionError

TIMEOUT = 20.0
ACCEPTED = 200


@dataclass(frozen=True)
class Submitted:
    """The platform's answer.

    Attributes:
        receipt_no: The platform's number.
        received_at: RFC 3339, UTC, the platform's clock.
        status_url: Where the complaint's state can be read (and captured).
        answer: The platform's JSON as it came.
        tls_sha256: SHA-256 of the certificate the platform showed, lower-case hex.
    """

    receipt_no: str
    received_at: str
    status_url: str
    answer: Mapping[str, Any]
    tls_sha256: str


def submit_notice(
    channel: str,
    pdf: bytes,
    *,
    notice_no: str,
    principal: str,
    urls: tuple[str, ...],
    resolve: Mapping[str, tuple[str, int]],
    root_pem: Path,
) -> Submitted:
    """Upload one notice.

    Args:
        channel: The form's URL on a demo platform.
        pdf: The notice.
        notice_no: The sender's number.
        principal: In whose name.
        urls: The addresses complained about.
        resolve: Where the demo hosts are.
        root_pem: The root their certificates must chain to.

    Raises:
        DemoSubmissionError: The platform cannot be reached or does not accept the notice.
    """
    parts = urlsplit(channel)
    host = parts.hostname or ""
    if parts.scheme != "https" or host not in resolve:
        raise DemoSubmissionError(channel)
    boundary = secrets.token_hex(16)
    fields = {"notice_no": notice_no, "principal": principal, "urls": "\n".join(urls)}
    body = _form(fields, pdf, boundary)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Accept": "application/json"}
    connection = _PinnedConnection(host, resolve[host], ssl.create_default_context(cafile=str(root_pem)))
    try:
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        text = json.loads(answer.read())
        if answer.status != ACCEPTED or not isinstance(text, dict):
            raise DemoSubmissionError(str(text.get("error", answer.status)) if isinstance(text, dict) else channel)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise DemoSubmissionError(f"{channel}: {error}") from error
    finally:
        connection.close()
    return Submitted(text["receipt_no"], text["received_at"], text["status_url"], text, connection.certificate_sha256)


class _PinnedConnection(http.client.HTTPSConnection):
    """HTTPS to a name whose address comes from the resolver table, verified against the name."""

    def __init__(self, host: str, target: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(host, timeout=TIMEOUT, context=context)
        self._target = target
        self._tls = context
        self.certificate_sha256 = ""

    def connect(self) -> None:
        plain = socket.create_connection(self._target, TIMEOUT)
        try:
            wrapped = self._tls.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise
        self.sock = wrapped
        self.certificate_sha256 = hashlib.sha256(wrapped.getpeercert(binary_form=True) or b"").hexdigest()


def _form(fields: Mapping[str, str], pdf: bytes, boundary: str) -> bytes:
    lines: list[bytes] = []
    for name, value in fields.items():
        lines += [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode(),
            value.encode(),
            b"\r\n",
        ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="notice.pdf"\r\n'
    return b"".join(
        [*lines, head.encode(), b"Content-Type: application/pdf\r\n\r\n", pdf, f"\r\n--{boundary}--\r\n".encode()]
    )
