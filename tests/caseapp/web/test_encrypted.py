"""An encrypted store behind the pages: they show the same, and say what to do when the keys are not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from caseapp.encryption import Encryption, open_evidence
from evidence_store.vault import EncryptedBackend, PlainRootKey
from evidence_store.vault.converting import convert
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import ITEM

FILE = f"/evidence/{ITEM}/files/text.txt"


def test_pages_with_keys_and_without(place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root, path = PlainRootKey.generate(), tmp_path / "root.key"
    root.save(path)
    told = Encryption(str(path), f"file:{tmp_path / 'keys'}")

    def browser(language: str = "zh") -> Browser:
        one = Browser(place.app(encryption=told).test_client())
        one.sign_in("lin", language=language)
        return one

    before = [browser().get(page) for page in (FILE, f"/evidence/{ITEM}")]
    assert [one.status_code for one in before] == [200, 200]
    store = open_evidence(replace(place.settings, encryption=told))
    assert isinstance(store, EncryptedBackend)
    store.keys.create()
    assert convert(store).encrypted > 0
    open_now = browser()
    assert open_now.get(FILE).data == before[0].data
    assert open_now.get(f"/evidence/{ITEM}").status_code == 200

    path.unlink()
    for language, words in (("zh", "证据库的密钥打不开"), ("en", "key cannot be opened")):
        locked = browser(language)
        answer = locked.get(FILE)
        assert answer.status_code == 503
        assert words in answer.text
        assert locked.get(f"/evidence/{ITEM}").status_code in (200, 503)
        assert locked.get("/").status_code == 200
    root.save(path)
    assert browser().get(FILE).status_code == 200
    assert root.shown().replace(" ", "") not in caplog.text
