"""Settings: defaults, round trip through the environment, and refusals that name the setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from caseapp.config import AuthoritySettings, CaptureOverrides, Settings, SettingsError, language_of


def test_defaults_live_in_one_folder(tmp_path: Path) -> None:
    settings = Settings.from_env({"BIANWU_DATA": str(tmp_path)})
    assert settings == Settings.for_folder(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/bianwu.db"
    assert settings.keys_dir == tmp_path / "keys"


def test_round_trip_through_the_environment(tmp_path: Path) -> None:
    settings = Settings.for_folder(
        tmp_path,
        redis_url="unix:///run/redis.sock",
        workers=3,
        port=0,
        chromium=Path("/opt/chromium"),
        authorities=(AuthoritySettings("one", "http://127.0.0.1:9/tsa", tmp_path / "roots.pem", test=True),),
        ntp_servers=(),
        overrides=CaptureOverrides(
            frozenset({"a.test:443"}), {"a.test": ("127.0.0.1", 4430)}, (tmp_path / "extra.pem",)
        ),
        least_stamps=1,
        recheck_seconds=3,
        check_days=14,
        secure_cookies=True,
        image="bianwu@sha256:" + "ab" * 32,
        demo=True,
    )
    assert Settings.from_env(settings.to_env()) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BIANWU_PORT", "eighty"),
        ("BIANWU_PORT", "65536"),
        ("BIANWU_PORT", "-1"),
        ("BIANWU_WORKERS", "0"),
        ("BIANWU_AUTHORITIES", "{"),
        ("BIANWU_AUTHORITIES", '[{"name":"x"}]'),
        ("BIANWU_AUTHORITIES", "7"),
        ("BIANWU_AUTHORITIES", "[" * 100_000),
        ("BIANWU_AUTHORITIES", '[{"name":"../x","url":"http://a","roots":"/r"}]'),
        ("BIANWU_AUTHORITIES", '[{"name":"x","url":"http://a","roots":"/r","test":"false"}]'),
        ("BIANWU_AUTHORITIES", '[{"name":"x","url":"http://a","roots":"/r","tset":true}]'),
        ("BIANWU_OVERRIDES", "[]"),
        ("BIANWU_WITNESS", "[]"),
        ("BIANWU_WITNESS", '{"address":"w.test:1"}'),
        ("BIANWU_WITNESS", '{"address":"w.test:1","token":"","key":"k"}'),
        ("BIANWU_WITNESS", '{"address":"w.test:1","token":"t","key":"k","third_party":2}'),
        ("BIANWU_OVERRIDES", '{"allow_hosts":"127.0.0.1:80"}'),
        ("BIANWU_OVERRIDES", '{"allow_host":["127.0.0.1:80"]}'),
        ("BIANWU_OVERRIDES", '{"resolve":{"a":["127.0.0.1"]}}'),
        ("BIANWU_RECHECK_SECONDS", "1.5"),
        ("BIANWU_CHECK_DAYS", "6"),
        ("BIANWU_CHECK_DAYS", "367"),
        ("DATABASE_URL", "mysql://a:secret@b/c"),
        ("DATABASE_URL", "bianwu.db"),
        ("KEYS_URL", "s3://bucket"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("EVIDENCE_URL", "evidence"),
        ("EVIDENCE_URL", "file:evidence"),
        ("EVIDENCE_URL", "ftp://bucket"),
        ("BIANWU_REPLICA", "second"),
        ("KEYS_URL", "keys"),
        ("BIANWU_SECURE_COOKIES", "maybe"),
        ("BIANWU_DEMO", "2"),
        ("BIANWU_VIDEO", "nein"),
        ("BIANWU_IMAGE", "bianwu:latest"),
        ("BIANWU_IMAGE", "sha256:" + "a" * 63),
        ("BIANWU_START_STAMPS", "2"),
        ("BIANWU_LANG", "fr"),
        ("BIANWU_LEAST_STAMPS", "0"),
        ("BIANWU_LEAST_STAMPS", "2"),
        ("BIANWU_LANG", "english"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert name in caught.value.message("zh")
    assert name in caught.value.message("en")
    assert "secret" not in caught.value.message("en")


@pytest.mark.parametrize(("word", "said"), [("yes", True), ("TRUE", True), ("on", True), ("no", False), ("Off", False)])
def test_yes_and_no_in_every_spelling(word: str, said: bool) -> None:
    made = Settings.from_env({"BIANWU_SECURE_COOKIES": word, "BIANWU_DEMO": word, "BIANWU_SECOND_PASS": word})
    assert (made.secure_cookies, made.demo, made.second_pass) == (said, said, said)


def test_a_child_gets_no_foreign_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    assert "SOME_TOKEN" not in Settings.for_folder(tmp_path).child_env()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_other_spellings_of_postgresql_get_the_installed_driver(scheme: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": f"{scheme}://u:p@h/n"})
    assert settings.database_url == "postgresql+psycopg://u:p@h/n"


@pytest.mark.parametrize(
    ("env", "lang"),
    [
        ({}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_GB"}, "zh"),
        ({"BIANWU_LANG": "EN", "LANG": "zh_CN"}, "en"),
        ({"BIANWU_LANG": "zh", "LC_ALL": "en_US"}, "zh"),
    ],
)
def test_language_of_the_command_line(env: dict[str, str], lang: str) -> None:
    assert language_of(env) == lang
    assert Settings.from_env(env).lang == lang
