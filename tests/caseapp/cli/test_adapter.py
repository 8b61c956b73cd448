"""`bianwu adapter`: the list says which nobody checked; a check reads a page and keeps what it read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.capture.sites import serve
from tests.caseapp.cli.conftest import Cli


def test_the_list_says_what_nobody_checked(cli: Cli) -> None:
    for lang, words in (("zh", "未经真实站点核验"), ("en", "not checked on the real site")):
        answer = cli("adapter", "list", lang=lang)
        assert answer.code == 0
        assert answer.out.count(words) == len(answer.out.splitlines()) >= 11


@pytest.mark.browser
def test_a_check_is_kept(cli: Cli, tmp_path: Path) -> None:
    with serve() as site:
        overrides = json.dumps({"allow_hosts": [site.key]})
        answer = cli("adapter", "check", site.url("/plain"), BIANWU_OVERRIDES=overrides)
        assert answer.code == 0, answer.said
        (kept,) = (tmp_path / "d" / "adapters").glob("generic-*.json")
        found = json.loads(kept.read_text(encoding="utf-8"))
        assert found["outcome"] == "live"
        assert "title" in {row["name"] for row in found["fields"]}
        refused = cli("adapter", "check", "ftp://a.test/", lang="en")
        assert refused.code == 1
