"""内容: the posts of a case; several at once are put into a notice or re-captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from caseapp.domain.permissions import Permission
from caseapp.domain.vocabulary import BARRED_VERDICTS
from caseapp.services.queries import CaseHead, EvidenceKey, PostRow, tabs
from caseapp.services.queries.granted import granted_in
from caseapp.services.work import Work
from caseapp.web import wording
from caseapp.web.i18n import N_, _
from caseapp.web.lists import Column, Filter, Listing, listing
from caseapp.web.places import has_page

MOST: Final = 100
"""How many posts can be chosen at once."""


def _title(row: PostRow) -> str:
    return row.title or row.text or _("无标题")


def _liveness(key: str) -> str:
    return wording.state_word("post", key)


def _verdict(key: str) -> str:
    return wording.word("post_verdict", key)


def _captured(key: str) -> str:
    return _("已取证") if key == "yes" else _("没有证据")


def post_list(rows: Sequence[PostRow], evidence: Mapping[str, Sequence[EvidenceKey]]) -> Listing[PostRow]:
    """Return the posts as the address filters and orders them."""

    def cites(row: PostRow) -> str:
        return " ".join(key.exhibit or key.number for key in evidence.get(row.id, ()))

    columns: tuple[Column[PostRow], ...] = (
        Column("number", N_("编号"), lambda row: row.number),
        Column("title", N_("内容"), _title),
        Column("url", N_("网址"), lambda row: row.url),
        Column("platform", N_("平台"), lambda row: row.platform),
        Column("account", N_("账号"), lambda row: row.account),
        Column("verdict", N_("定性"), lambda row: _verdict(row.verdict or "to_check")),
        Column("liveness", N_("现状"), lambda row: _liveness(row.liveness)),
        Column("checked", N_("最近复查"), lambda row: row.checked_at),
        Column("published", N_("发布"), lambda row: row.published_at),
        Column("evidence", N_("取证"), cites),
    )
    filters: tuple[Filter[PostRow], ...] = (
        Filter("platform", N_("平台"), lambda row: row.platform or "", lambda key: key or _("未知")),
        Filter("verdict", N_("定性"), lambda row: row.verdict or "to_check", _verdict),
        Filter("liveness", N_("现状"), lambda row: row.liveness, _liveness),
        Filter("captured", N_("取证"), lambda row: "yes" if evidence.get(row.id) else "no", _captured),
    )
    return listing(rows, columns, filters)


def of_case(work: Work, head: CaseHead) -> dict[str, object]:
    """Return what the posts' tab of a case shows."""
    evidence = tabs.evidence_keys(work, head.id)
    may = granted_in(work, head.id)
    return {
        "shown": post_list(tabs.posts(work, head.id), evidence),
        "evidence": evidence,
        "may_notice": Permission.NOTICE_PREPARE in may,
        "may_recheck": Permission.POST_CHECK in may and Permission.CAPTURE_REQUEST in may,
        "barred": barred,
        "has_page": has_page,
    }


def barred(row: PostRow) -> str:
    """Return why a post enters no notice; empty when it may."""
    return _verdict(row.verdict) if row.verdict in BARRED_VERDICTS else ""
