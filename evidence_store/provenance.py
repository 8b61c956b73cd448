"""The chain of custody in the words other programs read: CASE/UCO as JSON-LD and PREMIS 3 as XML. Pure.

Both say what the signed events say and nothing more; what is proven stays in the package (`custody/events.jsonl`).
Formats: CASE 1.4 and 1.5 with their UCO (https://ontology.caseontology.org), PREMIS Data Dictionary 3.0 (Library of
Congress).
"""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evidence_store.custody import CustodyEvent, check_chain, event_bytes
from evidence_store.digests import sha256_hex

_CONTEXT: Final = {
    "kb": "urn:bianwu:kb:",
    "investigation": "https://ontology.caseontology.org/case/investigation/",
    "action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_PREMIS: Final = "http://www.loc.gov/premis/v3"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_PREMIS_TYPES: Final[Mapping[str, str]] = {
    "capture": "capture",
    "digest": "message digest calculation",
    "seal": "digital signature generation",
    "ingest": "ingestion",
    "verify": "fixity check",
    "fixity": "fixity check",
    "export": "dissemination",
    "transfer_out": "transfer",
    "transfer_in": "transfer",
    "derive": "creation",
    "erase": "deletion",
}
"""PREMIS event types of the Library of Congress vocabulary; the other types keep their own word."""


@dataclass(frozen=True)
class Subject:
    """What the chain is about.

    Attributes:
        number: how the item is cited (证-2026-000345).
        title: what it is.
        seal_id: ULID of the package.
        package_id: SHA-256 of its seal.sha256, 64 hex digits.
        files: payload name to {"sha256": hex, "bytes": count}.
    """

    number: str
    title: str
    seal_id: str
    package_id: str
    files: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Line:
    """One event with the words the hashed line leaves out: the actor's name and the reason, empty when erased."""

    event: CustodyEvent
    actor: str
    reason: str


def case_uco(subject: Subject, lines: Sequence[Line]) -> dict[str, Any]:
    """Return the chain as a CASE graph: one InvestigativeAction an event, one ProvenanceRecord for the item.

    Raises:
        CustodyError: the events do not make a chain.
    """
    check_chain(line.event for line in lines)
    package, record = _node("package", subject.package_id), _node("record", subject.seal_id)
    files = {name: _node("file", f"{subject.seal_id}/{name}") for name in sorted(subject.files)}
    graph: list[dict[str, Any]] = [
        {
            "@id": package,
            "@type": "observable:File",
            "core:name": f"bianwu-{subject.seal_id}",
            "core:description": subject.title,
            "core:hasFacet": [_content(f"package/{subject.package_id}", subject.package_id, None)],
        },
        {
            "@id": record,
            "@type": "investigation:ProvenanceRecord",
            "core:description": subject.title,
            "investigation:exhibitNumber": subject.number,
            "core:object": [{"@id": package}, *({"@id": node} for node in files.values())],
        },
        *_files(subject, files, package),
        *_agents(lines),
        *_tools(lines),
        *_actions(lines, package, record),
    ]
    return {"@context": _CONTEXT, "@graph": graph}


def _node(kind: str, name: str) -> str:
    return f"kb:{kind}-{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:bianwu:{kind}:{name}')}"


def _content(name: str, sha256: str, size: int | None) -> dict[str, Any]:
    facet: dict[str, Any] = {
        "@id": _node("content-data-facet", name),
        "@type": "observable:ContentDataFacet",
        "observable:hash": [
            {
                "@id": _node("hash", name),
                "@type": "types:Hash",
                "types:hashMethod": "SHA256",
                "types:hashValue": {"@type": "xsd:hexBinary", "@value": sha256.upper()},
            }
        ],
    }
    if size is not None:
        facet["observable:sizeInBytes"] = {"@type": "xsd:integer", "@value": str(size)}
    return facet


def _files(subject: Subject, nodes: Mapping[str, str], package: str) -> Iterator[dict[str, Any]]:
    for name, node in nodes.items():
        facts, key = subject.files[name], f"{subject.seal_id}/{name}"
        yield {
            "@id": node,
            "@type": "observable:File",
            "core:hasFacet": [
                {
                    "@id": _node("file-facet", key),
                    "@type": "observable:FileFacet",
                    "observable:fileName": name.rpartition("/")[2],
                    "observable:filePath": f"data/{name}",
                },
                _content(key, str(facts["sha256"]), int(facts["bytes"])),
            ],
        }
        yield {
            "@id": _node("contained", key),
            "@type": "observable:ObservableRelationship",
            "core:source": {"@id": node},
            "core:target": {"@id": package},
            "core:kindOfRelationship": "Contained_Within",
            "core:isDirectional": {"@type": "xsd:boolean", "@value": "true"},
        }


def _agents(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    names: dict[str, str] = {}
    for line in lines:
        names[line.event["agent"]["id"]] = line.actor or names.get(line.event["agent"]["id"], "")
    for key, name in names.items():
        agent = {"@id": _node("identity", key), "@type": "identity:Identity"}
        yield agent | {"core:name": name} if name else agent


def _tools(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    seen = {(line.event["instrument"]["tool"], line.event["instrument"]["version"]) for line in lines}
    for name, version in sorted(seen):
        tool = {"@id": _node("tool", f"{name} {version}"), "@type": "tool:Tool", "core:name": name}
        yield tool | {"tool:version": version} if version else tool


def _actions(lines: Iterable[Line], package: str, record: str) -> Iterator[dict[str, Any]]:
    before: str | None = None
    for line in lines:
        event, tool = line.event, line.event["instrument"]
        node = _node("action", event["event_id"])
        when = {"@type": "xsd:dateTime", "@value": event["at"]}
        action: dict[str, Any] = {
            "@id": node,
            "@type": "investigation:InvestigativeAction",
            "core:name": event["type"],
            "action:startTime": when,
            "action:endTime": when,
            "action:performer": {"@id": _node("identity", event["agent"]["id"])},
            "action:instrument": [{"@id": _node("tool", f"{tool['tool']} {tool['version']}")}],
            "action:object": [{"@id": package}],
            "action:result": [{"@id": record}],
            "core:externalReference": [
                {
                    "@id": _node("reference", event["event_id"]),
                    "@type": "core:ExternalReference",
                    "core:definingContext": "custody/events.jsonl, sha256 of the canonical line",
                    "core:externalIdentifier": sha256_hex(event_bytes(event)),
                }
            ],
        }
        words = "; ".join(word for word in (line.reason, event["outcome"]) if word)
        if words:
            action["core:description"] = words
        if before is not None:
            action["investigation:wasInformedBy"] = {"@id": before}
        before = node
        yield action


def premis(subject: Subject, lines: Sequence[Line]) -> bytes:
    """Return the chain as a PREMIS 3.0 document: the package, its files, the events and their agents.

    Raises:
        CustodyError: the events do not make a chain.
    """
    check_chain(line.event for line in lines)
    ET.register_namespace("premis", _PREMIS)
    ET.register_namespace("xsi", _XSI)
    root = ET.Element(f"{{{_PREMIS}}}premis", {"version": "3.0"})
    whole = _child(root, "object", {f"{{{_XSI}}}type": "premis:representation"})
    _identifier(whole, "object", "bianwu number", subject.number)
    _identifier(whole, "object", "sha256 of seal.sha256", subject.package_id)
    _child(whole, "originalName", text=subject.title)
    for name in sorted(subject.files):
        _file(root, subject, name)
    for line in lines:
        _event(root, subject, line)
    for agent in _people(lines):
        _agent(root, *agent)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _child(parent: ET.Element, tag: str, attributes: Mapping[str, str] | None = None, text: str = "") -> ET.Element:
    made = ET.SubElement(parent, f"{{{_PREMIS}}}{tag}", dict(attributes or {}))
    if text:
        made.text = "".join(char for char in text if char >= " " or char in "\t\n")
    return made


def _identifier(parent: ET.Element, kind: str, scheme: str, value: str) -> None:
    node = _child(parent, f"{kind}Identifier")
    _child(node, f"{kind}IdentifierType", text=scheme)
    _child(node, f"{kind}IdentifierValue", text=value)


def _file(root: ET.Element, subject: Subject, name: str) -> None:
    facts = subject.files[name]
    made = _child(root, "object", {f"{{{_XSI}}}type": "premis:file"})
    _identifier(made, "object", "path in the package", f"{subject.seal_id}/data/{name}")
    traits = _child(made, "objectCharacteristics")
    fixity = _child(traits, "fixity")
    _child(fixity, "messageDigestAlgorithm", text="SHA-256")
    _child(fixity, "messageDigest", text=str(facts["sha256"]))
    _child(traits, "size", text=str(facts["bytes"]))
    format_ = _child(_child(traits, "format"), "formatDesignation")
    _child(format_, "formatName", text=name.rpartition(".")[2].lower() or "unknown")
    _child(made, "originalName", text=name)
    link = _child(made, "relationship")
    _child(link, "relationshipType", text="structural")
    _child(link, "relationshipSubType", text="is part of")
    related = _child(link, "relatedObjectIdentifier")
    _child(related, "relatedObjectIdentifierType", text="sha256 of seal.sha256")
    _child(related, "relatedObjectIdentifierValue", text=subject.package_id)


def _event(root: ET.Element, subject: Subject, line: Line) -> None:
    event = line.event
    made = _child(root, "event")
    _identifier(made, "event", "ULID", event["event_id"])
    _child(made, "eventType", text=_PREMIS_TYPES.get(event["type"], event["type"]))
    _child(made, "eventDateTime", text=event["at"])
    detail = f"{event['type']}; sha256 {sha256_hex(event_bytes(event))}"
    _child(_child(made, "eventDetailInformation"), "eventDetail", text="; ".join(filter(None, (detail, line.reason))))
    _child(_child(made, "eventOutcomeInformation"), "eventOutcome", text=event["outcome"] or "recorded")
    for scheme, value in (("bianwu user", event["agent"]["id"]), ("program", _program(event))):
        agent = _child(made, "linkingAgentIdentifier")
        _child(agent, "linkingAgentIdentifierType", text=scheme)
        _child(agent, "linkingAgentIdentifierValue", text=value)
    about = _child(made, "linkingObjectIdentifier")
    _child(about, "linkingObjectIdentifierType", text="sha256 of seal.sha256")
    _child(about, "linkingObjectIdentifierValue", text=subject.package_id)


def _program(event: CustodyEvent) -> str:
    return " ".join(filter(None, (event["instrument"]["tool"], event["instrument"]["version"])))


def _people(lines: Sequence[Line]) -> list[tuple[str, str, str, str]]:
    """Return (scheme, key, name, type) of everyone and everything that acted, each once."""
    people = {line.event["agent"]["id"]: line.actor for line in sorted(lines, key=lambda line: bool(line.actor))}
    programs = {_program(line.event) for line in lines}
    return [
        *(("bianwu user", key, people[key], "person") for key in sorted(people)),
        *(("program", name, name, "software") for name in sorted(programs)),
    ]


def _agent(root: ET.Element, scheme: str, key: str, name: str, kind: str) -> None:
    made = _child(root, "agent")
    _identifier(made, "agent", scheme, key)
    if name:
        _child(made, "agentName", text=name)
    _child(made, "agentType", text=kind)
