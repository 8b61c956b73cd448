"""Strict DER: the shortest form or nothing (ITU-T X.690).

Only low tag numbers, definite minimal lengths, minimal integers and no trailing bytes are accepted, so two readers
cannot see two different things in the same bytes.
"""

# ruff: noqa: PLR2004 - the numbers here are those of the formats
from __future__ import annotations

from evidence_store.verifier.problem import ProblemError

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
CONSTRUCTED = 0x20
_MAX_DER_DEPTH = 24
_LONG_FORM = 0x80
_MAX_LENGTH_BYTES = 4


def bad_der(en: str) -> ProblemError:
    """Return the error for bytes that are not strict DER; ``en`` says which rule is broken."""
    return ProblemError("DER 编码不合规：" + en, "not strict DER: " + en)


def read_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Read a DER length at ``at``; return (length, offset of the first content byte)."""
    if at >= end:
        raise bad_der("truncated length")
    first = data[at]
    at += 1
    if first < _LONG_FORM:
        return first, at
    count = first & 0x7F
    if not 0 < count <= _MAX_LENGTH_BYTES or at + count > end:
        raise bad_der("indefinite or oversized length")
    length = int.from_bytes(data[at : at + count], "big")
    if length < _LONG_FORM or length >> (8 * (count - 1)) == 0:
        raise bad_der("length not in its shortest form")
    return length, at + count


class Node:
    """One DER element inside a larger buffer.

    Attributes:
        tag: Identifier octet, e.g. 0x30 for SEQUENCE, 0xA0 for constructed context tag 0.
    """

    __slots__ = ("_children", "_data", "_depth", "_end", "_inner", "_start", "tag")

    def __init__(self, data: bytes, start: int, end: int, depth: int = 0) -> None:
        if depth > _MAX_DER_DEPTH:
            raise bad_der("nested too deeply")
        if start >= end:
            raise bad_der("missing element")
        self.tag = data[start]
        if self.tag & 0x1F == 0x1F:
            raise bad_der("high tag number")
        length, self._inner = read_length(data, start + 1, end)
        self._data, self._start, self._end, self._depth = data, start, self._inner + length, depth
        self._children: list[Node] | None = None
        if self._end > end:
            raise bad_der("element longer than its container")

    @property
    def raw(self) -> bytes:
        """The whole element: identifier, length and content."""
        return self._data[self._start : self._end]

    @property
    def body(self) -> bytes:
        """The content octets."""
        return self._data[self._inner : self._end]

    @property
    def children(self) -> list[Node]:
        """The elements inside a constructed element, in order."""
        if self._children is None:
            if not self.tag & CONSTRUCTED:
                raise bad_der("primitive element where a constructed one belongs")
            found: list[Node] = []
            at = self._inner
            while at < self._end:
                child = Node(self._data, at, self._end, self._depth + 1)
                found.append(child)
                at = child._end
            self._children = found
        return self._children

    def expect(self, tag: int) -> Node:
        """Return this node if its identifier is ``tag``, else refuse."""
        if self.tag != tag:
            raise bad_der(f"tag {self.tag:#04x} where {tag:#04x} belongs")
        return self

    def items(self, tag: int, least: int, most: int) -> list[Node]:
        """Return the children of an element with identifier ``tag``, refusing a count outside least..most."""
        found = self.expect(tag).children
        if not least <= len(found) <= most:
            raise bad_der(f"{len(found)} elements where {least} to {most} belong")
        return found

    def integer(self) -> int:
        """Return an INTEGER."""
        body = self.expect(INTEGER).body
        if not body or (len(body) > 1 and body[0] == (0xFF if body[1] & 0x80 else 0)):
            raise bad_der("integer not in its shortest form")
        return int.from_bytes(body, "big", signed=True)

    def boolean(self) -> bool:
        """Return a BOOLEAN."""
        body = self.expect(BOOLEAN).body
        if body not in (b"\x00", b"\xff"):
            raise bad_der("boolean is neither 00 nor FF")
        return body == b"\xff"

    def octets(self) -> bytes:
        """Return the content of a primitive OCTET STRING."""
        return self.expect(OCTET_STRING).body

    def bits(self) -> bytes:
        """Return a BIT STRING that holds whole bytes."""
        body = self.expect(BIT_STRING).body
        if not body or body[0] != 0:
            raise bad_der("bit string is not whole bytes")
        return body[1:]

    def named_bits(self) -> int:
        """Return a BIT STRING of named bits as a number: named bit n is ``1 << n``."""
        body = self.expect(BIT_STRING).body
        if not body or body[0] > 7 or (len(body) == 1 and body[0]) or len(body) > 5:
            raise bad_der("bad bit string")
        if len(body) > 1 and body[-1] & ((1 << body[0]) - 1):
            raise bad_der("unused bits are set")
        return sum(1 << n for n in range((len(body) - 1) * 8) if body[1 + n // 8] & (0x80 >> n % 8))

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER as dotted decimal."""
        body = self.expect(OID).body
        if not body or body[-1] & 0x80 or len(body) > 64:
            raise bad_der("bad object identifier")
        arcs: list[int] = []
        value, fresh = 0, True
        for byte in body:
            if fresh and byte == 0x80:
                raise bad_der("object identifier not in its shortest form")
            value = value << 7 | byte & 0x7F
            fresh = not byte & 0x80
            if fresh:
                arcs.append(value)
                value = 0
        top = min(arcs[0] // 40, 2)
        return ".".join(str(arc) for arc in [top, arcs[0] - 40 * top, *arcs[1:]])


def read_der(data: bytes) -> Node:
    """Read exactly one DER element that fills ``data``."""
    node = Node(data, 0, len(data))
    if len(node.raw) != len(data):
        raise bad_der("bytes after the end")
    return node
