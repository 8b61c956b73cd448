"""What a witness on another machine logged, compared with what our own relay saw of the second visit.

The witness passes ciphertext on: it knows the server's address, the time, how many octets went each way and their
digests, and nothing of the content. Both sides hash the same octets, so its signed receipt shows that the connection
we recorded went through another machine and another network to the address it names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from capture.relay_model import UNOPENED, Connection
from capture.signed_note import VerifierKey, open_note

HEADER = "bianwu witness v1"
CLOCKS_APART = 300  # seconds between the two machines' clocks


@dataclass(frozen=True)
class Testimony:
    """How far a receipt bears out a visit.

    Attributes:
        proves: The connection of the page itself is the same octet by octet on both sides, and every other one is
            known to the witness.
        same: Our connections whose digests both agree.
        of: Our connections.
        problem: Why it does not prove, in English; empty when it does.
    """

    proves: bool
    same: int
    of: int
    problem: str = ""


def read_receipt(note: str, key: str, session: str) -> dict[str, Any]:
    """Return a receipt's content after checking its signature.

    Raises:
        ValueError: Another key's, another session's, or no receipt.
    """
    text = open_note(note, VerifierKey.parse(key))
    header, _, body = text.partition("\n")
    receipt: Any = json.loads(body)
    if header != HEADER or not isinstance(receipt, dict) or receipt.get("session") != session:
        raise ValueError("a receipt of another session")
    if not isinstance(receipt.get("connections"), list):
        raise ValueError("a receipt without connections")  # noqa: TRY004 - what came is bad, not the call
    return receipt


def bear_out(receipt: Mapping[str, Any], ours: Sequence[Connection], host: str) -> Testimony:
    """Compare a receipt with our own record.

    Args:
        receipt: From `read_receipt`.
        ours: Connections of the second visit.
        host: Host of the page.
    """
    passed = [connection for connection in ours if connection.verdict == UNOPENED]
    known = [row for row in receipt["connections"] if isinstance(row, dict)]
    same = [connection for connection in passed if any(_same(connection, row) for row in known)]
    page = any(connection.host == host for connection in same)
    unknown = [c for c in passed if not any((row.get("host"), row.get("port")) == (c.host, c.port) for row in known)]
    problem = ""
    if not page:
        problem = f"no connection to {host} with the same octets"
    elif unknown:
        problem = f"the witness knows no connection to {unknown[0].host}:{unknown[0].port}"
    return Testimony(not problem, len(same), len(passed), problem)


def _same(connection: Connection, row: Mapping[str, Any]) -> bool:
    pairs = ("host", "port", "ip", "sha256_in", "sha256_out", "bytes_in", "bytes_out")
    return all(row.get(name) == getattr(connection, name) for name in pairs)


WitnessSide = Literal["", "own", "third", "unproven"]
