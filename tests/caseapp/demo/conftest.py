"""One set of local platforms for the tests of a module, and a client that verifies their TLS."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from caseapp.demo.site import LocalPlatforms


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class Client(http.client.HTTPSConnection):
    """HTTPS to a demo host: name from the URL, address from the resolver table."""

    def __init__(self, platforms: LocalPlatforms, host: str) -> None:
        self.target = platforms.resolve[host]
        self.tls = ssl.create_default_context(cafile=str(platforms.root_pem))
        super().__init__(host, timeout=10, context=self.tls)

    def connect(self) -> None:
        plain = socket.create_connection(self.target, 10)
        try:
            self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise


def fetch(
    platforms: LocalPlatforms, url: str, *, method: str = "GET", body: bytes | None = None, **headers: str
) -> Answer:
    parts = urlsplit(url)
    client = Client(platforms, parts.hostname or "")
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, named)
        answer = client.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
    finally:
        client.close()


@pytest.fixture(scope="module")
def served() -> Iterator[LocalPlatforms]:
    with LocalPlatforms() as platforms:
        yield platforms


@pytest.fixture
def platforms(served: LocalPlatforms) -> LocalPlatforms:
    served.reset()
    served.advance("day-45")
    return served
