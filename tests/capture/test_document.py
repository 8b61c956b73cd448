"""Finding the page among everything that was recorded."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.document import document, document_chain, document_connection, host_of, same_address
from capture.relay_model import Connection, Exchange, Recording

NOW = datetime(2026, 8, 11, tzinfo=UTC)
HTML = ("Content-Type", "text/html; charset=utf-8")


def recording(*rows: tuple[str, int, str]) -> Recording:
    exchanges = []
    for number, (url, status, location) in enumerate(rows, start=1):
        headers = (HTML, *((("Location", location),) if location else ()))
        exchanges.append(
            Exchange(number, NOW, "GET", url, status=status, response_headers=headers, connection_id=number)
        )
    connections = tuple(
        Connection(n, host_of(url), 443, NOW, ip=f"203.0.113.{n}") for n, (url, _, _) in enumerate(rows, 1)
    )
    return Recording(tuple(exchanges), connections, (), ())


def ids(found: list[Exchange]) -> list[int]:
    return [exchange.id for exchange in found]


def test_redirects_are_followed_over_what_lies_between() -> None:
    seen = recording(
        ("http://a.test/", 301, "https://a.test/"),
        ("https://a.test/", 302, "/p?id=1#top"),
        ("https://a.test/icon.png", 200, ""),
        ("https://a.test/p?id=1", 200, ""),
        ("https://a.test/p?id=1", 200, ""),
    )
    assert ids(document_chain(seen, "http://a.test")) == [1, 2, 4]


def test_a_redirect_that_led_nowhere_ends_the_chain() -> None:
    seen = recording(("http://a.test/", 302, "http://10.0.0.1/"), ("http://a.test/x.png", 200, ""))
    assert ids(document_chain(seen, "http://a.test/")) == [1]


def test_a_loop_of_redirects_ends() -> None:
    seen = recording(*[("http://a.test/", 302, "/")] * 40)
    assert len(document_chain(seen, "http://a.test/")) <= 22


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://微汛.test/帖子?q=谣言#楼", "https://xn--g5t15z.test/%E5%B8%96%E5%AD%90?q=%E8%B0%A3%E8%A8%80"),
        ("HTTPS://A.test:443", "https://a.test/"),
        ("http://a.test:80/x", "http://a.test/x"),
        ("http://[::1]:8000/", "http://[0:0:0:0:0:0:0:1]:8000/"),
    ],
)
def test_one_address_in_two_spellings(one: str, other: str) -> None:
    assert same_address(one, other)


@pytest.mark.parametrize("other", ["http://a.test/x", "https://a.test/y", "https://a.test/x?z", "https://a.test:444/x"])
def test_other_addresses(other: str) -> None:
    assert not same_address("https://a.test/x", other)


def test_a_location_in_utf8_is_understood() -> None:
    raw = "/帖子".encode().decode("latin-1")
    seen = recording(("https://a.test/", 302, raw), ("https://a.test/%E5%B8%96%E5%AD%90", 200, ""))
    assert ids(document_chain(seen, "https://a.test/")) == [1, 2]


def test_a_page_that_moved_on_by_script_is_found_by_its_address() -> None:
    seen = recording(("https://a.test/p", 200, ""), ("https://b.test/login", 403, ""))
    found = document(seen, "https://a.test/p", "https://b.test/login?back=1")
    assert found is not None
    assert found.id == 1, "an address nothing was fetched from was only written into the address bar"
    moved = document(seen, "https://a.test/p", "https://b.test/login")
    assert moved is not None
    assert moved.id == 2
    connection = document_connection(seen, "https://a.test/p", "https://b.test/login")
    assert connection is not None
    assert connection.ip == "203.0.113.2"


def test_a_host_that_was_never_reached_has_its_connection() -> None:
    dead = Recording((), (Connection(1, "a.test", 443, NOW, error="capture.tls_failure"),), (), ())
    assert document_chain(dead, "https://a.test/") == []
    assert document_connection(dead, "https://A.test/") is dead.connections[0]
    assert document_connection(Recording((), (), (), ()), "https://a.test/") is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_compared_without_an_exception(one: str, other: str) -> None:
    assert same_address(one, one)
    assert same_address(one, other) == same_address(other, one)
