"""The local outbox: whole or not at all, once for a key, whatever the names and the disk."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseapp import outbox
from caseapp.outbox import NAME_BYTES, LocalOutbox, OutboxError, digest_of, safe_name
from caseapp.services.ports import Envelope
from tests.caseapp.conftest import Clock


def envelope(key: str = "key", **attachments: bytes) -> Envelope:
    papers = {f"{name}.pdf": data for name, data in (attachments or {"函-2026-0001": b"%PDF-1"}).items()}
    return Envelope(key, "outbox", "微汛", "https://weixun.test/help", "侵权通知书 函-2026-0001", papers)


def test_an_envelope_is_laid_down_with_its_proof(tmp_path: Path) -> None:
    sent = LocalOutbox(tmp_path / "out", Clock()).send(envelope())
    (folder,) = (tmp_path / "out").iterdir()
    assert {path.name for path in folder.iterdir()} == {"01-函-2026-0001.pdf", "proof.json"}
    assert sent.digest == hashlib.sha256(b"%PDF-1").hexdigest()
    assert sent.tracking == folder.name
    proof = json.loads((folder / "proof.json").read_text("utf-8"))
    assert proof["at"] == sent.at.isoformat()
    assert proof["facts"] == dict(sent.facts)
    assert proof["facts"]["recipient"] == "微汛"


def test_the_same_key_is_sent_once_and_answers_with_the_first_proof(tmp_path: Path) -> None:
    box = LocalOutbox(tmp_path, Clock())
    first = box.send(envelope())
    assert box.send(envelope(x=b"other bytes")) == first
    assert box.send(envelope("another")) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_several_attachments_have_one_digest_in_any_order() -> None:
    one, two = envelope(a=b"1", b=b"2"), envelope(b=b"2", a=b"1")
    assert digest_of(one) == digest_of(two) != digest_of(envelope(a=b"2", b=b"1"))


def test_what_an_interrupted_run_left_is_no_proof_and_in_nobodys_way(tmp_path: Path) -> None:
    box = LocalOutbox(tmp_path, Clock())
    name = hashlib.sha256(b"key").hexdigest()[:32]
    (tmp_path / f".{name}.dead").mkdir()
    (tmp_path / f".{name}.dead" / "01-half.pdf").write_bytes(b"%P")
    box.send(envelope())
    assert (tmp_path / name / "proof.json").is_file()
    assert not (tmp_path / name / "01-half.pdf").exists()


def test_two_processes_at_once_send_once(tmp_path: Path) -> None:
    box, found = LocalOutbox(tmp_path, Clock()), []
    start = threading.Barrier(6)

    def send() -> None:
        start.wait()
        found.append(box.send(envelope()))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(sent.at, sent.tracking) for sent in found}) == 1
    assert len(found) == 6
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_fails_leaves_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    box, whole = LocalOutbox(tmp_path / "out", Clock()), outbox._write

    def fail(path: Path, data: bytes) -> None:
        whole(path, data[:3])
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_write", fail)
        with pytest.raises(OutboxError) as refused:
            box.send(envelope())
    assert refused.value.retryable
    assert "未发出" in refused.value.message("zh")
    assert "nothing was sent" in refused.value.message("en")
    assert list((tmp_path / "out").iterdir()) == []
    assert box.send(envelope()).digest == hashlib.sha256(b"%PDF-1").hexdigest()


def test_a_file_in_the_folders_place_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutboxError):
        LocalOutbox(tmp_path / "out", Clock()).send(envelope())


@given(st.text())
def test_every_title_becomes_a_plain_file_name(title: str) -> None:
    name = safe_name(title)
    assert 0 < len(name.encode()) <= NAME_BYTES
    assert "/" not in name
    assert "\x00" not in name
    assert not name.startswith(".")


@pytest.mark.parametrize(
    ("title", "name"),
    [("函-2026-0001.pdf", "函-2026-0001.pdf"), ("../../etc/passwd", "_.._etc_passwd"), ("...", "attachment"),
     ("a\x00b\n.pdf", "a_b_.pdf")],
)  # fmt: skip
def test_names(title: str, name: str) -> None:
    assert safe_name(title) == name


def test_a_long_chinese_title_keeps_its_ending_and_fits_a_disk(tmp_path: Path) -> None:
    title = "关于立即删除不实信息的侵权通知书" * 20 + ".pdf"
    assert safe_name(title).endswith(".pdf")
    letter: Any = Envelope("k", "outbox", "x", None, "x", {title: b"%PDF-1"})
    assert LocalOutbox(tmp_path, Clock()).send(letter).digest
