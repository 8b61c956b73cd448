"""What the demo's papers say: the statements of each notice and the public clarification, from ``papers.json``.

References to evidence are exhibit labels (证4-1) or post ids (``post-07`` means that post's capture); the caller hands
in the evidence numbers of the running application.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caseapp.demo.case_data import DemoCase
from caseapp.demo.case_types import DemoClaim
from caseapp.demo.errors import DemoDataError


@dataclass(frozen=True)
class Papers:
    """The prepared words; ``raw`` is ``papers.json``."""

    case: DemoCase
    raw: Mapping[str, Any]

    def ground(self, post: str) -> str:
        """How a reader of a noticed post knows who is meant."""
        return str(self.raw["posts"][post]["statements"][0]["identification"]["text"])

    def left_alone(self, post: str) -> str:
        """What of a noticed post the notice expressly leaves alone."""
        return str(self.raw["posts"][post]["outside_scope"])

    def notice_facts(self, post: str, number_of: Mapping[str, str]) -> dict[str, Any]:
        """The statements of a post as a notice complains of them.

        Args:
            post: The post's id.
            number_of: Evidence number (证-2026-000004) by exhibit label or post id; what is not in it is left out,
                so that a paper never cites what the application does not hold.

        Returns:
            ``statements`` and ``outside_scope`` in the shape of ``caseapp.documents.context.Post``.
        """
        record = self.raw["posts"].get(post)
        if record is None:
            raise DemoDataError("papers.json/posts", f"no facts for {post}")
        statements = [_statement(self.case, item, number_of) for item in record["statements"]]
        return {"statements": statements, "outside_scope": record["outside_scope"]}

    def clarification_facts(self, number_of: Mapping[str, str]) -> dict[str, Any]:
        """``claims`` and ``statement`` of the public clarification in the shape of ``documents.context``."""
        text = self.raw["clarification"]
        claims = []
        for item in text["claims"]:
            claim = {key: item[key] for key in ("topic", "neutral")}
            claim["verdict"] = _claim(self.case, item["claim"]).verdict
            claim["facts"] = [_support(fact, number_of) for fact in item["facts"]]
            claim["limits"] = _support(item["limits"], number_of) if item["limits"] else None
            claims.append(claim)
        statement = {
            "subject": text["subject"],
            "acknowledged": [_support(item, number_of) for item in text["acknowledged"]],
            "actions": [_support(item, number_of) for item in text["actions"]],
            "channels": text["channels"],
            "hotline": text["hotline"],
        }
        return {"claims": claims, "statement": statement}


def _statement(case: DemoCase, item: Mapping[str, Any], number_of: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "quote": item["quote"],
        "kind": item["kind"],
        "identification": _support(item["identification"], number_of),
        "reasons": [_support(reason, number_of) for reason in item["reasons"]],
    }
    if item["claim"]:
        claim = _claim(case, item["claim"])
        verifier = case.user(claim.verified_by)
        made["verdict"] = claim.verdict
        made["verified_by"] = f"权利人{verifier.title}"
        made["verified_at"] = claim.verified_at.isoformat()
    return made


def _support(item: Mapping[str, Any], number_of: Mapping[str, str]) -> dict[str, Any]:
    made = {"text": item["text"], "exhibits": [number_of[ref] for ref in item["exhibits"] if ref in number_of]}
    if "public_source" in item:
        made["public_source"] = item["public_source"]
    return made


def _claim(case: DemoCase, key: str) -> DemoClaim:
    return next(claim for claim in case.claims if claim.id == key)
