"""The chain in the words of other programs: every node named is there, nothing more is said than the events say."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest

from evidence_store import new_ulid
from evidence_store.custody import NO_PREVIOUS, TYPES, custody_event
from evidence_store.errors import CustodyError
from evidence_store.provenance import Line, Subject, case_uco, premis

SEAL = new_ulid()
SUBJECT = Subject(
    "证-2026-000001", "题 <&> \x08", SEAL, "c" * 64,
    {"dom.html": {"sha256": "d" * 64, "bytes": 5}, "shots/1.png": {"sha256": "e" * 64, "bytes": 7}},
)  # fmt: skip
P = "{http://www.loc.gov/premis/v3}"


def lines() -> list[Line]:
    found: list[Line] = []
    event: dict[str, Any] | None = None
    for number, kind in enumerate(TYPES):
        event = custody_event(
            event, event_id=new_ulid(), item=SEAL, kind=kind, at=f"2026-11-23T00:00:{number:02}Z",
            agent={"id": f"u{number % 2}", "role": "user", "auth": ""},
            instrument={"tool": "bianwu", "version": "1", "host": "h"},
            objects=[{"path": "seal.sha256", "sha256": "c" * 64}], outcome="done", salt="0" * 32,
        )  # fmt: skip
        found.append(Line(event, "林岚" if number == 1 else "", "理由 <&>\x00" if number % 2 else ""))
    return found


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if set(node) == {"@id"}:
            yield node["@id"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def test_every_node_a_case_graph_names_is_in_it_and_the_actions_follow_each_other() -> None:
    made = case_uco(SUBJECT, lines())
    known = {node["@id"] for node in made["@graph"]}
    assert set(references(made["@graph"])) <= known
    assert len(known) == len(made["@graph"])
    actions = [node for node in made["@graph"] if node["@type"] == "investigation:InvestigativeAction"]
    assert [node["core:name"] for node in actions] == list(TYPES)
    assert [node.get("investigation:wasInformedBy", {}).get("@id") for node in actions] == [
        None, *(node["@id"] for node in actions[:-1]),
    ]  # fmt: skip
    record = next(node for node in made["@graph"] if node["@type"] == "investigation:ProvenanceRecord")
    assert (record["investigation:exhibitNumber"], len(record["core:object"])) == (SUBJECT.number, 3)
    names = [node.get("core:name") for node in made["@graph"] if node["@type"] == "identity:Identity"]
    assert names == [None, "林岚"]  # an erased name is absent, not made up


def test_equal_chains_make_equal_bytes() -> None:
    chain = lines()
    assert json.dumps(case_uco(SUBJECT, chain)) == json.dumps(case_uco(SUBJECT, chain))
    assert premis(SUBJECT, chain) == premis(SUBJECT, chain)


def test_premis_holds_the_package_its_files_every_event_and_who_acted() -> None:
    root = ET.fromstring(premis(SUBJECT, lines()))  # noqa: S314  our own bytes
    order = [child.tag.removeprefix(P) for child in root]
    assert order == [*["object"] * 3, *["event"] * len(TYPES), *["agent"] * 3]  # the order the schema asks for
    agents = {node.findtext(f"{P}agentIdentifier/{P}agentIdentifierValue") for node in root.iter(f"{P}agent")}
    linked = {node.findtext(f"{P}linkingAgentIdentifierValue") for node in root.iter(f"{P}linkingAgentIdentifier")}
    assert linked == agents
    objects = {node.text for node in root.iter(f"{P}objectIdentifierValue")}
    assert {node.text for node in root.iter(f"{P}linkingObjectIdentifierValue")} <= objects
    assert [node.text for node in root.iter(f"{P}messageDigest")] == ["d" * 64, "e" * 64]


@pytest.mark.parametrize("write", [case_uco, premis])
def test_a_broken_chain_is_not_passed_on(write: Any) -> None:
    chain = lines()
    broken = [*chain[:2], Line({**chain[2].event, "prev": NO_PREVIOUS}, "", ""), *chain[3:]]
    with pytest.raises(CustodyError):
        write(SUBJECT, broken)
