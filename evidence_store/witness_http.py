"""The HTTP side of a witness: `POST /add-checkpoint`, nothing else."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from evidence_store.errors import EvidenceError
from evidence_store.witness import MOST_BODY, Answer, Witness

PATH: Final = "/add-checkpoint"
_SECONDS: Final = 10


class _Handler(BaseHTTPRequestHandler):
    """One connection; a slow or talkative one is dropped."""

    server: "WitnessServer"
    timeout = _SECONDS
    server_version = "bianwu-witness"
    sys_version = ""

    def do_POST(self) -> None:
        """Answer an add-checkpoint request."""
        if self.path != PATH:
            self._say(Answer(404, b"not here\n"))
            return
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._say(Answer(411, b"Content-Length is missing\n"))
            return
        if int(length) > MOST_BODY:
            self._say(Answer(413, b"too large\n"))
            return
        try:
            answer = self.server.witness.add_checkpoint(self.rfile.read(int(length)))
        except (EvidenceError, OSError):  # its own disk: nothing was signed
            answer = Answer(500, b"the witness cannot keep its state\n")
        self._say(answer)

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base class's
        """Say nothing: whoever runs a witness looks at its state."""


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness.

    Args:
        address: Host and port; port 0 takes a free one.
        witness: Who answers.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        super().__init__(address, _Handler)
        self.witness = witness

    @property
    def url(self) -> str:
        """Where it is asked."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"
