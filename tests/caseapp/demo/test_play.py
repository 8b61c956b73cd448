"""The scripted case, played for real from URL to verified bundle; and what a failure looks like."""

import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from caseapp.config import Settings
from caseapp.demo.acts.ledger import run_verifier
from caseapp.demo.errors import DemoStepError
from caseapp.demo.installation import Installation, install
from caseapp.demo.play import play
from caseapp.demo.player import Player
from caseapp.models import Base, Capture, Case, Deadline, EvidenceItem, Incident, Notice, Post, Publication, Task

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


def run(made: Installation, out: Path, *, core: bool = True) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    events: list[Mapping[str, Any]] = []
    result = play(made.application, made.platforms, out=out, trust=made.trust, on_event=events.append, core=core)
    return result, events


def rows(made: Installation, model: type[Base]) -> list[Any]:
    with made.application.sessions() as session:
        return list(session.scalars(select(model)))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("demo")
    # the visit is neither filmed nor made twice: the whole case below is, and both have tests of their own
    quick = Settings.from_env({"BIANWU_VIDEO": "0", "BIANWU_SECOND_PASS": "0"})
    with install(folder / "data", base=quick) as made:
        result, events = run(made, folder / "out")
        yield made, result, events


def test_ten_hops_hold(played: Any) -> None:
    _made, result, _events = played
    problems = [hop.get("error") for hop in result["hops"] if not hop["ok"]]
    assert not problems, problems
    assert result["ok"] is True
    assert [hop["n"] for hop in result["hops"]] == list(range(1, 11))
    for hop in result["hops"]:
        assert hop["ids"], hop["name"]
        assert hop["seconds"] > 0
        assert all(len(digest) == 64 for digest in hop["sha256"] if digest)
    json.dumps(result)


def test_the_bundle_and_the_packages_are_where_the_result_says(played: Any) -> None:
    _made, result, _events = played
    assert zipfile.is_zipfile(result["bundle"])
    assert len(result["packages"]) == 11
    assert json.loads(Path(result["trust"]).read_text("utf-8"))
    assert (Path(result["packages"][0]) / "seal").is_dir()


def test_a_changed_package_fails_the_bundles_own_verifier(played: Any, tmp_path: Path) -> None:
    _made, result, _events = played
    with zipfile.ZipFile(result["bundle"]) as archive:
        archive.extractall(tmp_path)
    package = min((tmp_path / "03-packages").iterdir())
    verifier = next(tmp_path.rglob("verify.py"))
    trust = Path(result["trust"])
    assert run_verifier(verifier, package, trust) == "PASS"
    payload = next(path for path in sorted((package / "data").rglob("*")) if path.is_file())
    payload.write_bytes(payload.read_bytes() + b"x")
    assert run_verifier(verifier, package, trust) == "FAIL"


def test_the_clarification_is_out_and_captured(played: Any) -> None:
    made, _result, _events = played
    publication = rows(made, Publication)[0]
    assert publication.status == "captured"
    assert publication.sample
    item = next(item for item in rows(made, EvidenceItem) if item.id == publication.evidence_id)
    assert item.package_id
    assert all(incident.first_responded_at for incident in rows(made, Incident))


def test_two_tasks_and_a_deadline_two_people_stand_for(played: Any) -> None:
    made, _result, _events = played
    assert sorted(task.status for task in rows(made, Task)) == ["done", "open"]
    limitation = next(row for row in rows(made, Deadline) if row.rule_id == "limitation_damages")
    assert limitation.status == "confirmed"
    assert limitation.confirmed_by != limitation.created_by
    assert limitation.sample


def test_outcomes_are_those_of_the_case(played: Any) -> None:
    made, _result, events = played
    liveness = {post.canonical_url: post.liveness for post in rows(made, Post)}
    url = made.platforms.url
    assert liveness[url("post-01")] == liveness[url("post-03")] == "removed_by_platform"
    assert (liveness[url("post-13")], liveness[url("post-07")]) == ("changed", "live")
    assert sorted(notice.status for notice in rows(made, Notice)) == ["monitoring", "refused"]
    refused = [event["zh"] for event in events if event["event"] == "refused"]
    assert len([words for words in refused if "不得列入侵权通知" in words]) == 2
    assert len([words for words in refused if "另一人" in words]) >= 3
    assert any("演示间隔" in event["zh"] for event in events)


def test_everything_is_marked_as_a_sample_and_a_demo(played: Any) -> None:
    made, _result, _events = played
    assert all(case.sample for case in rows(made, Case))
    assert all(item.sample for item in rows(made, EvidenceItem))
    assert {capture.grade for capture in rows(made, Capture)} == {"demo"}
    assert all(item.stamps == item.test_stamps for item in rows(made, EvidenceItem))


def test_receipts_carry_the_approved_bytes(played: Any) -> None:
    made, result, _events = played
    sent = {receipt.sha256 for receipt in made.platforms.receipts()}
    assert sent == set(result["hops"][7]["sha256"])
    assert sent <= set(result["hops"][6]["sha256"])


def test_the_case_is_played_once_in_a_folder(played: Any, tmp_path: Path) -> None:
    made, _result, _events = played
    result, _more = run(made, tmp_path)
    assert result["ok"] is False
    assert result["hops"][0]["error"]["code"] == "demo.step"
    assert len(rows(made, Case)) == 1


@pytest.mark.full
def test_the_whole_case_holds(tmp_path: Path) -> None:
    with install(tmp_path / "data") as made:
        result, _events = run(made, tmp_path / "out", core=False)
        problems = [hop.get("error") for hop in result["hops"] if not hop["ok"]]
        assert not problems, problems
        assert len(rows(made, Post)) == 14
        states = sorted(notice.status for notice in rows(made, Notice))
        assert states == sorted(["monitoring"] * 4 + ["refused", "restored", "verified_label"])


def test_a_post_behind_a_wall_stops_the_case_and_says_where(tmp_path: Path) -> None:
    with install(tmp_path / "data") as made:
        made.platforms.gate("post-01", "login")
        result, events = run(made, tmp_path / "out")
        assert result["ok"] is False
        assert [hop["ok"] for hop in result["hops"]] == [True] + [False] * 9
        assert result["hops"][1]["error"]["code"] == "demo.step"
        assert made.platforms.url("post-01") in result["hops"][1]["error"]["zh"]
        assert result["bundle"] is None
        assert events[-1]["event"] == "failed"
        with made.application.sessions() as session:
            assert session.scalar(select(func.count()).select_from(EvidenceItem)) == 0


def test_only_an_application_with_jobs_of_its_own_is_played_on(tmp_path: Path) -> None:
    with install(tmp_path / "data") as made:
        other = type(made.application)(**{**made.application.__dict__, "queue": object()})
        with pytest.raises(DemoStepError):
            Player(other, made.platforms, out=tmp_path, on_event=lambda _event: None, core=True)
