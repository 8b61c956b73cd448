"""The recording relay, seen from the capture: a proxy in a process of its own that sees and keeps everything.

The process gets an empty environment (no database address, no keys, no home) and only the modules it needs: its
package is entered without running `capture/__init__.py`, which would load the browser driver.

```
with Relay(policy, spool) as relay:
    …  # a browser context with proxy relay.proxy_server and --ignore-certificate-errors-spki-list=relay.spki_pin
    recording = relay.finish()
```
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from cryptography import x509

from capture.errors import CaptureError, DiskFullError, RecordBrokenError, RelayStoppedError, RequestRefusedError
from capture.guard import RelayPolicy
from capture.models import LeafKey
from capture.relay_model import Connection, Exchange, LimitHit, Recording, Redaction, now
from capture.relay_read import read_records, software
from capture.relay_tls import new_leaf_key

START_SECONDS = 30.0
FINISH_SECONDS = 30.0
_FOLDER = Path(__file__).resolve().parent
# The package object is made by hand so that only what the relay imports is loaded, from this very folder.
_ENTRY = (
    "import sys, types; package = types.ModuleType('capture'); package.__path__ = [sys.argv[1]]; "
    "sys.modules['capture'] = package; from capture.relay_server import main; sys.exit(main())"
)
_FAILURES: Mapping[str, type[CaptureError]] = {DiskFullError.code: DiskFullError}


class Relay:
    """One relay for one capture.

    Attributes:
        policy: What it may reach.
        spool: Folder it writes.
        spki_pin: Pin of the key it shows to the browser (RFC 7469 §2.4).
        proxy_server: `http://127.0.0.1:PORT`, once entered.
        root_pem: Certificate that signs what it shows, for clients other than the browser; once entered.
    """

    def __init__(self, policy: RelayPolicy, spool: Path, *, leaf_key: LeafKey | None = None) -> None:
        """Prepare a relay; nothing is started yet.

        Args:
            policy: What it may reach, and how much.
            spool: Folder for its records and bodies, created if missing; a spool serves one relay only.
            leaf_key: Key to show to the browser, for a browser that outlives this capture.
        """
        self.policy = policy
        self.spool = spool
        self._key = leaf_key or new_leaf_key()
        self.spki_pin = self._key.spki_pin
        self.proxy_server = ""
        self.root_pem = ""
        self._trust: Mapping[str, Any] = {}
        self._started: datetime | None = None
        self._finished: datetime | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._fetches = 0
        self._leaks: tuple[tuple[int, ...], bool] = ((), False)

    def spawn(self) -> None:
        """Start the process ahead of time; until it is entered it knows no policy, listens nowhere and writes nothing.

        Raises:
            DiskFullError: The spool cannot be written.
        """
        try:
            self.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            log = (self.spool / "relay.log").open("wb")
        except OSError as error:
            raise DiskFullError(f"{self.spool}: {error.strerror}") from error
        with log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-c", _ENTRY, str(_FOLDER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={},
                cwd="/",
                start_new_session=True,  # a Ctrl-C at the terminal must not end the record before the capture
            )

    def __enter__(self) -> Self:
        """Start the process, unless it was spawned, and wait until it accepts connections.

        Raises:
            RequestRefusedError: An extra trust root cannot be read.
            RecordError: It does not start, or the spool cannot be written.
        """
        roots = _read_roots(self.policy.extra_roots)
        if self._process is None:
            self.spawn()
        try:
            self._say(
                {
                    "policy": self.policy.to_json(),
                    "witness_token": self.policy.witness_token,
                    "spool": str(self.spool.resolve()),
                    "leaf_pem": self._key.pem.decode("ascii"),
                    "extra_roots_pem": roots,
                }
            )
            ready = self._hear("ready", START_SECONDS)["ready"]
        except CaptureError:
            self.close()
            raise
        self._started = now()
        self.proxy_server = f"http://127.0.0.1:{ready['port']}"
        self.root_pem, self._trust = ready["root_pem"], ready["trust"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the process if it still runs."""
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the relay, 0 before it is started."""
        return self._process.pid if self._process is not None else 0

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Exchange:
        """Download one URL through the same policy and into the same record; redirects are not followed.

        Args:
            url: Absolute http or https URL.
            headers: Request fields beside Host; by default a plain download without compression.

        Returns:
            The exchange; its `error` says when it did not end well.

        Raises:
            CaptureError: The URL is refused by the policy, or the relay has stopped.
        """
        self._fetches += 1
        fields = {"Accept": "*/*", "Accept-Encoding": "identity"} if headers is None else dict(headers)
        self._say({"op": "fetch", "id": self._fetches, "url": url, "headers": fields})
        while True:
            answer = self._hear("fetched", self.policy.limits.seconds + FINISH_SECONDS)
            if answer["fetched"] == self._fetches:
                break
        if not answer["exchange"]:
            raise _error_of(answer["code"], answer["detail"])
        return next(exchange for exchange in self.read().exchanges if exchange.id == answer["exchange"])

    def finish(self) -> Recording:
        """End every open exchange, stop the process and return what it recorded.

        Raises:
            RelayStoppedError: It had stopped before; `read()` still gives what it wrote until then.
            DiskFullError, RecordBrokenError: It could not write everything.
        """
        self._say({"op": "finish"})
        done = self._hear("done", FINISH_SECONDS)["done"]
        self._finished = now()
        self._leaks = tuple(done["secrets_in"]), bool(done["secrets_searched"])
        self.close()
        return self.read()

    def read(self) -> Recording:
        """Return what has been written so far; complete only after `finish`.

        Raises:
            RecordBrokenError: It cannot be read back.
        """
        records = read_records(self.spool)
        exchanges = {record.id: record for record in records if isinstance(record, Exchange)}
        connections = {record.id: record for record in records if isinstance(record, Connection)}
        return Recording(
            exchanges=tuple(exchanges[number] for number in sorted(exchanges)),
            connections=tuple(connections[number] for number in sorted(connections)),
            limits_hit=tuple(record for record in records if isinstance(record, LimitHit)),
            redactions=tuple(record for record in records if isinstance(record, Redaction)),
            secrets_in=self._leaks[0],
            secrets_searched=self._leaks[1],
            policy=self.policy.to_json(),
            trust=self._trust,
            software=software(),
            started=self._started,
            finished=self._finished,
        )

    def close(self) -> None:
        """Stop the process without waiting for anything."""
        process = self._process
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what could not be said to a dead relay
                    pipe.close()
        try:
            process.wait(timeout=0.5)  # it ends by itself when its input does
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _say(self, command: Mapping[str, Any]) -> None:
        pipe = self._process.stdin if self._process is not None else None
        if pipe is None or pipe.closed:
            raise RelayStoppedError("not running")
        try:
            pipe.write(json.dumps(command).encode("ascii") + b"\n")
            pipe.flush()
        except OSError as error:
            raise self._stopped() from error

    def _hear(self, wanted: str, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                answer = cast("dict[str, Any]", json.loads(line))
                if "failed" in answer:
                    raise _FAILURES.get(answer["failed"], RecordBrokenError)(answer["detail"])
                if wanted in answer:
                    return answer
            else:
                self._read_more(end - time.monotonic())

    def _read_more(self, seconds: float) -> None:
        pipe = self._process.stdout if self._process is not None else None
        if pipe is None or pipe.closed:
            raise RelayStoppedError("not running")
        if not select.select([pipe], [], [], max(0.0, seconds))[0]:
            raise RelayStoppedError("no answer")
        block = os.read(pipe.fileno(), 65536)
        if not block:
            raise self._stopped()
        self._buffer += block

    def _stopped(self) -> RelayStoppedError:
        code = self._process.poll() if self._process is not None else None
        return RelayStoppedError(f"exit code {code}, see {self.spool / 'relay.log'}")


def _read_roots(names: tuple[str, ...]) -> str:
    texts: list[str] = []
    for name in names:
        try:
            text = Path(name).read_text(encoding="ascii")
            x509.load_pem_x509_certificates(text.encode("ascii"))
        except (OSError, ValueError) as error:
            raise RequestRefusedError(f"附加信任根 extra trust root {name}: {error}") from error
        texts.append(text)
    return "\n".join(texts)


def _error_of(code: str, detail: str) -> CaptureError:
    kinds: list[type[CaptureError]] = [CaptureError]
    while kinds:
        kind = kinds.pop()
        if kind.code == code and "__init__" not in vars(kind):
            return kind(detail)
        kinds.extend(kind.__subclasses__())
    return CaptureError(detail)
