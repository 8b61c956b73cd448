"""Load the fictional case: ``load_case()`` gives everything the demo needs, typed and frozen."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Protocol, TypeVar

from caseapp.demo import case_records as records
from caseapp.demo import case_types as types
from caseapp.demo.decoding import decode, decode_all
from caseapp.demo.errors import DemoDataError

DATA_PACKAGE = "caseapp.demo"


def data_file(name: str) -> Traversable:
    """The data file ``name`` beside this module, also from an installed wheel."""
    return resources.files(DATA_PACKAGE).joinpath("data", name)


def read_json(name: str) -> Any:
    """Parse one data file; the result is plain JSON."""
    try:
        return json.loads(data_file(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DemoDataError(name, str(error)) from error


@dataclass(frozen=True)
class SalesDay:
    """One row of daily_sales.csv: units and yuan of the product and of the control product."""

    date: date
    phase: str
    units: int
    net_sales_yuan: Decimal
    cogs_yuan: Decimal
    gross_profit_yuan: Decimal
    control_gross_profit_yuan: Decimal
    excluded: bool


@dataclass(frozen=True)
class DemoCase:
    """The whole case. Lookups by id raise ``DemoDataError`` for an unknown id."""

    notice: str
    case: types.CaseRecord
    organizations: tuple[types.Organization, ...]
    users: tuple[types.DemoUser, ...]
    platforms: tuple[types.DemoPlatform, ...]
    accounts: tuple[types.Account, ...]
    incidents: tuple[types.DemoIncident, ...]
    claims: tuple[types.DemoClaim, ...]
    posts: tuple[types.DemoPost, ...]
    evidence: tuple[records.DemoEvidence, ...]
    documents: tuple[records.DemoDocument, ...]
    notices: tuple[records.DemoNotice, ...]
    letters: tuple[records.DemoLetter, ...]
    counter_notices: tuple[records.DemoCounterNotice, ...]
    deadlines: tuple[records.DemoDeadline, ...]
    damage_items: tuple[records.DemoDamage, ...]
    damage_totals: records.DamageTotals
    tasks: tuple[records.DemoTask, ...]
    publications: tuple[records.DemoPublication, ...]
    timeline: tuple[records.TimelineEntry, ...]

    def post(self, key: str) -> types.DemoPost:
        """The post with this id (``post-01``), number (``帖-01``) or URL."""
        for post in self.posts:
            if key in (post.id, post.no, post.url):
                return post
        raise DemoDataError("posts", f"no post {key}")

    def account(self, key: str) -> types.Account:
        """The account with this id."""
        return _find(self.accounts, key, "accounts")

    def platform(self, key: str) -> types.DemoPlatform:
        """The platform with this id."""
        return _find(self.platforms, key, "platforms")

    def organization(self, key: str) -> types.Organization:
        """The organisation with this id."""
        return _find(self.organizations, key, "organizations")

    def user(self, key: str) -> types.DemoUser:
        """The user with this id."""
        return _find(self.users, key, "users")

    def notice_record(self, key: str) -> records.DemoNotice:
        """The notice with this id."""
        return _find(self.notices, key, "notices")


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_R = TypeVar("_R", bound=_Identified)


def _find(rows: tuple[_R, ...], key: str, where: str) -> _R:
    for row in rows:
        if row.id == key:
            return row
    raise DemoDataError(where, f"no id {key}")


@lru_cache(maxsize=1)
def load_case() -> DemoCase:
    """Read all data files once.

    Raises:
        DemoDataError: A file is missing or does not fit ``case_types``.
    """
    parties, case, notices = read_json("parties.json"), read_json("case.json"), read_json("notices.json")
    damages = read_json("damages.json")
    return DemoCase(
        notice=case["notice"],
        case=decode(types.CaseRecord, case["cases"][0], "case.json/cases[0]"),
        organizations=decode_all(types.Organization, parties["organizations"], "organizations"),
        users=decode_all(types.DemoUser, parties["users"], "users"),
        platforms=decode_all(types.DemoPlatform, parties["platforms"], "platforms"),
        accounts=decode_all(types.Account, parties["accounts"], "accounts"),
        incidents=decode_all(types.DemoIncident, case["incidents"], "incidents"),
        claims=decode_all(types.DemoClaim, case["claims"], "claims"),
        posts=decode_all(types.DemoPost, read_json("posts.json")["posts"], "posts"),
        evidence=decode_all(records.DemoEvidence, read_json("evidence.json")["evidence"], "evidence"),
        documents=decode_all(records.DemoDocument, read_json("documents.json")["documents"], "documents"),
        notices=decode_all(records.DemoNotice, notices["notices"], "notices"),
        letters=decode_all(records.DemoLetter, notices["letters"], "letters"),
        counter_notices=decode_all(records.DemoCounterNotice, notices["counter_notices"], "counter_notices"),
        deadlines=decode_all(records.DemoDeadline, read_json("deadlines.json")["deadlines"], "deadlines"),
        damage_items=decode_all(records.DemoDamage, damages["damage_items"], "damage_items"),
        damage_totals=decode(records.DamageTotals, damages["damage_totals"], "damage_totals"),
        tasks=decode_all(records.DemoTask, case["tasks"], "tasks"),
        publications=decode_all(records.DemoPublication, case["publications"], "publications"),
        timeline=decode_all(records.TimelineEntry, read_json("timeline.json")["timeline"], "timeline"),
    )


def load_sales() -> tuple[SalesDay, ...]:
    """The sixty days of sales behind the study that stays outside the totals."""
    text = data_file("daily_sales.csv").read_text(encoding="utf-8-sig")
    return tuple(
        SalesDay(
            date=date.fromisoformat(row["date"]),
            phase=row["phase"],
            units=int(row["units"]),
            net_sales_yuan=Decimal(row["net_sales_yuan"]),
            cogs_yuan=Decimal(row["cogs_yuan"]),
            gross_profit_yuan=Decimal(row["gross_profit_yuan"]),
            control_gross_profit_yuan=Decimal(row["control_gross_profit_yuan"]),
            excluded=row["excluded"] == "1",
        )
        for row in csv.DictReader(text.splitlines())
    )
