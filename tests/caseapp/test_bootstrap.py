"""The wiring: an installation that is set up opens; one that is not says what to run."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from caseapp import bootstrap, migrations
from caseapp.bootstrap import build_application, current_application
from caseapp.config import AuthoritySettings, NotInitialisedError, Settings
from caseapp.demo.authority import TestAuthority
from caseapp.keys import make_keys
from caseapp.queue import InlineQueue
from caseapp.services.work import open_work, system_actor
from evidence_store import EvidenceStore, Signer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(TestAuthority().roots_pem)
    authority = AuthoritySettings("test-tsa", "http://127.0.0.1:1/", roots, test=True)
    made = Settings.for_folder(tmp_path / "data", authorities=(authority,), recheck_seconds=7)
    make_keys(made)
    return made


def test_a_folder_that_is_not_set_up_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotInitialisedError) as refused:
        build_application(Settings.for_folder(tmp_path / "empty"))
    assert "bianwu init" in refused.value.message("zh")
    assert "bianwu init" in refused.value.message("en")
    assert not (tmp_path / "empty").exists()


def test_it_holds_the_parts_the_settings_name(settings: Settings) -> None:
    app = build_application(settings)
    try:
        assert isinstance(app.queue, InlineQueue)
        assert isinstance(app.signer, Signer)
        assert isinstance(app.store, EvidenceStore)
        assert app.store is app.store
        assert [one.name for one in app.authorities] == ["test-tsa"]
        assert (app.recheck_seconds, app.captures_dir) == (7, settings.captures_dir)
        assert app.clock().tzinfo is UTC
        assert app.capturer._browser is None
    finally:
        app.close()


def test_a_given_queue_is_used(settings: Settings) -> None:
    queue = InlineQueue()
    app = build_application(settings, queue=queue)
    assert app.queue is queue
    app.close()


def test_a_process_has_one_application_from_its_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bootstrap, "_current", None)
    app = current_application()
    assert current_application() is app
    assert app.settings.data_dir == settings.data_dir
    app.close()


def test_it_fits_the_ports_of_the_use_cases(settings: Settings) -> None:
    app = build_application(settings)
    migrations.upgrade(app.engine)
    with open_work(app, system_actor("test")) as work:
        assert work.next_no("case").startswith("案-")
        assert work.app.recheck_seconds == 7
    app.close()
