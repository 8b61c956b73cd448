"""Every route with an example address, read from the application itself so that a new one cannot be forgotten."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

CASE, ITEM, FOREIGN = "案-2026-0001", "证-2026-000001", "案-2026-0002"
NOTICE = "函-2026-0001"
DOCUMENT = "文-2026-0001"
POST, INCIDENT = "帖-2026-00001", "谣-2026-0001"
VALUES = {
    "number": ITEM, "tab": "posts", "level": 3, "column": 0, "row": 0, "name": "text.txt", "session_id": "0" * 26,
    "filename": "app.css", "key": "0" * 26, "act": "confirm", "n": 2, "login": "gao", "action": "request_disposal",
    "token": "x" * 43, "digest": "sha256",
}  # fmt: skip


def rules(app: Flask, method: str) -> list[Rule]:
    """Return the routes that answer ``method``."""
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def address(app: Flask, rule: Rule) -> str:
    """Return an example address of a route that leads to visible rows."""
    values = {name: VALUES[name] for name in rule.arguments}
    if rule.endpoint.startswith("case."):
        values["number"] = CASE
        values |= {"act": "suspend"} if "act" in values else {}
    if rule.endpoint == "damage.step":
        values["act"] = "review"
    if rule.endpoint.startswith("notice."):
        values |= {"number": NOTICE} if "number" in values else {}
        values |= {"act": "escalate"} if "act" in values else {}
    if rule.endpoint.startswith("document."):
        values |= {"number": DOCUMENT} if "number" in values else {}
        values |= {"act": "arrive" if rule.endpoint == "document.settle" else "publish"} if "act" in values else {}
    if rule.endpoint.startswith(("inbox.", "incident.")) and "number" in values:
        values["number"] = POST if rule.endpoint.startswith("inbox.") else INCIDENT
        values |= {"act": "judge"} if "act" in values and rule.endpoint.startswith("inbox.") else {}
    if rule.endpoint == "inbox.batch":
        values["act"] = "pause"
    with app.test_request_context():
        built = rule.build(values)
        assert built is not None
        return built[1]
