"""One contract over every backend in the table."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store.backends import BACKENDS, Backend, MemoryBackend, S3Backend, open_backend
from evidence_store.digests import sha256_hex
from evidence_store.failures import KeyRefusedError, ObjectConflictError, ObjectMissingError, UnknownBackendError
from evidence_store.layout import blob_key
from evidence_store.vault import EncryptedBackend, KeyPlace, PlainRootKey, stored

ADDRESSES: dict[str, Callable[[Path], str]] = {
    "file": lambda folder: (folder / "store").as_uri(),
    "memory": lambda _: "memory:",
}
""" "s3" is the bucket of the fixture: a server on the loopback interface."""


def encrypted(inner: Backend) -> Backend:
    """The same place with encrypted blobs, which keeps the same contract."""
    keys = KeyPlace(MemoryBackend(), PlainRootKey.generate())
    keys.create()
    return EncryptedBackend(inner, keys)


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("s3", "encrypted s3")]


@pytest.fixture(params=[*sorted(ADDRESSES), *(f"encrypted {name}" for name in sorted(ADDRESSES)), *SLOW])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    kind = request.param.removeprefix("encrypted ")
    address = str(request.getfixturevalue("bucket")()) if kind == "s3" else ADDRESSES[kind](tmp_path)
    place = open_backend(address)
    return place if kind == request.param else encrypted(place)


def test_every_backend_is_under_contract() -> None:
    assert {*ADDRESSES, "s3"} == set(BACKENDS)


def test_put_new_get_exists(backend: Backend) -> None:
    assert not backend.exists("a/b")
    assert backend.put_new("a/b", b"one")
    assert backend.exists("a/b")
    assert backend.get("a/b") == b"one"
    with backend.open("a/b") as stream:
        assert stream.read() == b"one"
    assert not backend.put_new("a/b", b"one")
    for other in (b"two", b"on", b"one!", b""):
        with pytest.raises(ObjectConflictError):
            backend.put_new("a/b", other)
    assert backend.get("a/b") == b"one"


def test_missing(backend: Backend) -> None:
    for act in (backend.get, backend.open, backend.delete):
        with pytest.raises(ObjectMissingError):
            act("no/such")
    backend.put_new("a", b"")
    with pytest.raises(ObjectMissingError):
        backend.get("a/below-a-file")


def test_list_is_sorted_and_only_below(backend: Backend) -> None:
    for key in ("b/2", "b/1", "b/10/x", "c", "bb/1"):
        backend.put_new(key, key.encode())
    backend.swap("b/0", None, b"")
    assert sorted(backend.list("b/")) == ["b/0", "b/1", "b/10/x", "b/2"]
    assert sorted(backend.list("")) == ["b/0", "b/1", "b/10/x", "b/2", "bb/1", "c"]
    assert list(backend.list("none/")) == []
    for key in ("n/000000000001", "n/000000000003", "n/000000000002"):
        backend.put_new(key, b"")
    assert list(backend.list("n/")) == ["n/000000000001", "n/000000000002", "n/000000000003"]


def test_swap(backend: Backend) -> None:
    assert not backend.swap("head", b"x", b"1")
    assert backend.swap("head", None, b"1")
    assert not backend.swap("head", None, b"2")
    assert not backend.swap("head", b"0", b"2")
    assert backend.swap("head", b"1", b"2")
    assert backend.get("head") == b"2"


def test_delete(backend: Backend) -> None:
    backend.put_new("a/b", b"one")
    backend.delete("a/b")
    assert not backend.exists("a/b")
    assert list(backend.list("")) == []


def test_batch_shows_nothing_before_link(backend: Backend) -> None:
    backend.put_new("old", b"same")
    with backend.batch() as batch:
        batch.write("x/1", (b"a", b"b"))
        batch.write("x/2", iter([b"c"]))
        batch.write("x/1", (b"ab",))  # the same object twice
        batch.write("old", (b"same",))
        assert not backend.exists("x/1")
        batch.sync()
        assert not backend.exists("x/1")
        batch.link()
        batch.settle()
    assert (backend.get("x/1"), backend.get("x/2")) == (b"ab", b"c")
    assert list(backend.leftovers()) == []


def test_a_batch_left_early_leaves_nothing(backend: Backend) -> None:
    with backend.batch() as batch:
        batch.write("x/1", (b"a",))
        batch.sync()
    assert not backend.exists("x/1")
    assert list(backend.leftovers()) == []


def test_batch_conflict(backend: Backend) -> None:
    backend.put_new("x", b"theirs")
    with backend.batch() as batch:
        batch.write("x", (b"mine",))
        batch.sync()
        with pytest.raises(ObjectConflictError):
            batch.link()
    assert backend.get("x") == b"theirs"


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a b", "正", "a\n", "x" * 513, "a/.b"])
def test_keys_outside_the_alphabet(backend: Backend, key: str) -> None:
    for act in (
        backend.get,
        backend.exists,
        backend.delete,
        lambda k: backend.put_new(k, b""),
        lambda k: backend.swap(k, None, b""),
    ):
        with pytest.raises(KeyRefusedError):
            act(key)


def test_one_of_many_racing_writers_wins(backend: Backend) -> None:
    won: list[int] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        try:
            if backend.put_new("race", b"%d" % number):
                won.append(number)
        except ObjectConflictError:
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [b"%d" % number for number in won] == [backend.get("race")]


def test_swap_counts_every_increment(backend: Backend) -> None:
    backend.swap("n", None, b"0")
    turns = 4 if isinstance(stored(backend), S3Backend) else 20  # each lost race is three requests there

    def work() -> None:
        for _ in range(turns):
            while True:
                old = backend.get("n")
                if backend.swap("n", old, b"%d" % (int(old) + 1)):
                    break

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert backend.get("n") == b"%d" % (3 * turns)


def blob(data: bytes) -> str:
    return blob_key(sha256_hex(data))


def test_blobs(backend: Backend) -> None:
    """Bytes under their digest: what the store writes most of."""
    big = bytes(range(256)) * 1000
    backend.put_new(blob(b"old"), b"old")
    with backend.batch() as batch:
        batch.write(blob(big), (big[:70_000], big[70_000:]))
        batch.write(blob(b""), ())
        batch.write(blob(big), (big,))
        batch.write(blob(b"old"), (b"old",))
        batch.write("records/1", (b"r",))
        assert not backend.exists(blob(big))
        batch.sync()
        assert not backend.exists(blob(big))
        batch.link()
        batch.settle()
    assert (backend.get(blob(big)), backend.get(blob(b"")), backend.get("records/1")) == (big, b"", b"r")
    with backend.open(blob(big)) as stream:
        assert stream.seek(0, os.SEEK_END) == len(big)
        stream.seek(65_000)
        assert stream.read(2000) == big[65_000:67_000]
    assert not backend.put_new(blob(big), big)
    assert sorted(backend.list("blobs/")) == sorted([blob(big), blob(b""), blob(b"old")])
    assert list(backend.leftovers()) == []
    backend.delete(blob(big))
    assert not backend.exists(blob(big))
    for act in (backend.get, backend.open, backend.delete):
        with pytest.raises(ObjectMissingError):
            act(blob(big))
    assert backend.put_new(blob(big), big)
    assert backend.get(blob(big)) == big
    assert list(backend.leftovers()) == []


@pytest.mark.parametrize("address", ["s3://", "ftp://x", "file://host/path", "file:"])
def test_unknown_addresses(address: str) -> None:
    with pytest.raises(UnknownBackendError):
        open_backend(address)
