"""Asking resolvers: a real DNS server on loopback, agreements and mismatches, and servers that say nothing useful."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from capture.names import NameAnswer, ask, ask_all, state_of


@contextmanager
def resolver(*addresses: str, raw: bytes | None = None) -> Iterator[str]:
    """A DNS server that gives these addresses to every question, or answers with `raw`."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", 0))
    link.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                data, asker = link.recvfrom(4096)
            except TimeoutError:
                continue
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query)
            question = query.question[0]
            fitting = [a for a in addresses if (":" in a) == (question.rdtype == dns.rdatatype.AAAA)]
            if fitting:
                answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype, fitting))
            link.sendto(answer.to_wire() if raw is None else raw, asker)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{link.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        link.close()


def test_addresses_of_both_kinds_come_back() -> None:
    with resolver("203.0.113.7", "2001:db8::7", "203.0.113.8") as address:
        assert ask(address, "post.test") == NameAnswer(address, ("2001:db8::7", "203.0.113.7", "203.0.113.8"))


@pytest.mark.parametrize("raw", [b"", b"\x00" * 12, b"nonsense" * 9])
def test_a_server_that_talks_nonsense_is_said_to(raw: bytes) -> None:
    with resolver(raw=raw) as address:
        answer = ask(address, "post.test", 0.3)
    assert answer.addresses == ()
    assert answer.error


@pytest.mark.parametrize("name", ["no address", "127.0.0.1:x", "", "127.0.0.1:1"])
def test_a_resolver_that_cannot_be_asked(name: str) -> None:
    assert ask(name, "post.test", 0.2).error


def test_names_no_query_can_carry() -> None:
    with resolver("203.0.113.7") as address:
        assert ask(address, "a" * 70 + ".test").error
        assert ask(address, "a..b").error


@pytest.mark.parametrize(
    ("answers", "system", "state"),
    [
        ([("1", "2"), ("2", "3")], ["2"], "agreed"),
        ([("1",), ("9",)], ["1"], "differs"),
        ([(), ("1",)], ["1"], "agreed"),
        ([(), ()], ["1"], "unreachable"),
        ([("1",)], [], "differs"),
    ],
)
def test_agreement(answers: list[tuple[str, ...]], system: list[str], state: str) -> None:
    assert state_of([NameAnswer("r", addresses) for addresses in answers], system) == state


def test_who_is_not_asked() -> None:
    assert ask_all(("127.0.0.1:1",), "http://127.0.0.1/x")["state"] == "not_applicable"
    assert ask_all(("127.0.0.1:1",), "http://[::1]:8/x")["state"] == "not_applicable"
    assert ask_all((), "http://localhost/x")["state"] == "skipped"


def test_the_whole_question() -> None:
    with resolver("127.0.0.1", "::1") as one, resolver("127.0.0.1") as other:
        found = ask_all((one, other), "http://localhost:1/x")
    assert found["state"] == "agreed"
    assert [row["resolver"] for row in found["answers"]] == [one, other]
