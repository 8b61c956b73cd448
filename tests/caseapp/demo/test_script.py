"""The plan of the demo holds together: every row names something, and nothing barred is in a notice."""

from datetime import date
from decimal import Decimal

import pytest

from caseapp.demo.errors import DemoDataError
from caseapp.demo.paper_files import exhibit_pdf, paper_pdf
from caseapp.demo.script import HOPS, ledger_totals, load_plan
from caseapp.demo.site.content import load_content
from caseapp.documents.catalog import load
from caseapp.documents.context import Claim, DocumentFacts, Post, PublicAnswer
from caseapp.documents.render import draft
from caseapp.domain.vocabulary import BARRED_VERDICTS, POST_VERDICT, SIX_TYPE, STANCE

PLAN = load_plan()
NUMBERS = {
    **{item.exhibit_no: item.no for item in PLAN.case.evidence},
    **{post.id: f"证-2026-{900 + n:06d}" for n, post in enumerate(PLAN.case.posts)},
}


def test_ten_hops_in_order() -> None:
    assert [hop.n for hop in HOPS] == list(range(1, 11))


def test_the_core_captures_are_the_eight_and_the_two() -> None:
    core = {row.post for row in PLAN.captured(core=True)}
    noticed = {item.post for notice in PLAN.case.notices for item in notice.items}
    assert core == noticed | {"post-07", "post-08"}
    assert {row.post for row in PLAN.captured(core=False)} == {post.id for post in PLAN.case.posts}


def test_each_capture_is_made_while_the_post_is_up_and_before_its_author_changed_it() -> None:
    content = load_content(PLAN.case)
    for row in PLAN.captures:
        post = content.post(row.post)
        at = content.stage(row.stage).at
        assert post.published_at <= at, row
        assert not [revision for revision in post.revisions[1:] if revision.at <= at], row


def test_verdicts_use_the_words_of_the_application() -> None:
    assert {row.post for row in PLAN.triage} == {post.id for post in PLAN.case.posts}
    for row in PLAN.triage:
        assert row.verdict in POST_VERDICT
        assert row.six_type is None or row.six_type in SIX_TYPE
        assert row.stance in STANCE
        assert row.reason
        barred = row.verdict in BARRED_VERDICTS
        assert barred == (not PLAN.case.post(row.post).notice_allowed), row


def test_no_barred_post_is_in_a_notice_and_outcomes_match_the_case() -> None:
    acts = {"removed": "remove", "refused": "refuse", "label": "label", "restored": "restore"}
    for row in PLAN.notices:
        record = PLAN.notice(row)
        assert [item.post for item in record.items] == list(row.posts)
        last = {outcome.post: outcome.act for outcome in row.outcomes}
        assert last == {item.post: acts[item.outcome] for item in record.items}
        for post in row.posts:
            assert PLAN.verdict(post).verdict not in BARRED_VERDICTS
    assert {row.id for row in PLAN.notices} == {notice.id for notice in PLAN.case.notices}
    core = {outcome.act for wave in PLAN.sent(core=True) for row in wave for outcome in row.outcomes}
    assert core == {"remove", "refuse"}
    first, second = PLAN.sent(core=False)
    assert {PLAN.notice(row).prev for row in first} == {None}
    assert {PLAN.notice(row).prev for row in second} <= {row.id for row in first}
    assert {row.id for row in PLAN.notices} - {row.id for row in (*first, *second)} == {"ntc-08"}


def test_appearances_quote_the_post_to_the_letter() -> None:
    for row in PLAN.appearances:
        post = PLAN.case.post(row.post)
        assert row.quoted in (post.text or post.ocr_text), row
        assert row.claim in post.claims


def test_each_claim_is_answered_by_the_exhibits_of_the_case() -> None:
    for claim in PLAN.case.claims:
        rows = [row for row in PLAN.counter_evidence if row.claim == claim.id]
        assert tuple(row.exhibit for row in rows) == claim.evidence
        assert all(row.text for row in rows)
    for notice in PLAN.notices:
        for post in notice.posts:
            assert PLAN.papers.ground(post)
            assert PLAN.papers.left_alone(post)


def test_links_cover_the_incidents_of_the_case() -> None:
    for incident in PLAN.case.incidents:
        linked = {row.post for row in PLAN.links if row.incident == incident.id}
        assert linked <= set(incident.posts)
        assert {row.post for row in PLAN.captured(core=True)} & set(incident.posts) <= linked


@pytest.mark.parametrize("row", PLAN.notices, ids=lambda row: row.id)
def test_the_facts_of_each_notice_are_complete_and_quote_to_the_letter(row: object) -> None:
    for post in row.posts:  # type: ignore[attr-defined]  # parametrised with NoticeRow
        facts = Post.model_validate(PLAN.papers.notice_facts(post, NUMBERS))
        record = PLAN.case.post(post)
        assert facts.statements
        for statement in facts.statements:
            assert statement.quote in (record.text or record.ocr_text)
            assert statement.identification.exhibits
            assert all(reason.exhibits for reason in statement.reasons)
            assert (statement.kind == "insult") == (statement.verified_by is None)


def test_a_paper_never_cites_what_the_application_does_not_hold() -> None:
    facts = PLAN.papers.notice_facts("post-01", {"证4-1": "证-2026-000777"})
    cited = [no for reason in facts["statements"][0]["reasons"] for no in reason["exhibits"]]
    assert cited == ["证-2026-000777"]
    with pytest.raises(DemoDataError, match="post-07"):
        PLAN.papers.notice_facts("post-07", NUMBERS)


def test_the_clarification_answers_both_claims() -> None:
    facts = PLAN.papers.clarification_facts(NUMBERS)
    claims = [Claim.model_validate(item) for item in facts["claims"]]
    answer = PublicAnswer.model_validate(facts["statement"])
    assert [claim.verdict for claim in claims] == ["false", "false"]
    assert answer.acknowledged
    exhibits = [{"evidence": item.no, "label": item.exhibit_no} for item in PLAN.case.evidence]
    everything = DocumentFacts.from_plain(
        {
            "number": "文-2026-0002",
            "issued_on": date(2026, 8, 13),
            "sample": True,
            "principal": {"name": "澜江苜禾食品有限公司"},
            "exhibits": exhibits,
            **facts,
        }
    )
    model = draft(load("clarification_statement"), everything, "zh")
    assert "工业石蜡" in str(model.to_json())


def test_every_exhibit_has_a_source() -> None:
    kinds = [PLAN.source(item).kind for item in PLAN.case.evidence]
    assert (kinds.count("post"), kinds.count("page"), kinds.count("paper")) == (8, 1, 25)
    for item in PLAN.case.evidence:
        source = PLAN.source(item)
        if source.kind == "post":
            assert PLAN.case.post(source.ref)


def test_the_ledger_reaches_the_figures_of_the_case() -> None:
    totals = ledger_totals(PLAN.case.damage_items)
    stated = PLAN.case.damage_totals
    assert totals["D1"] == stated.d1
    assert totals["without_costs"] == stated.without_reasonable_costs
    assert totals["with_costs"] == stated.with_reasonable_costs == Decimal("86400.00")
    assert totals["ledger"] == stated.ledger_total


def test_papers_are_the_same_every_time_and_say_that_they_are_fictional() -> None:
    evidence = next(item for item in PLAN.case.evidence if item.exhibit_no == "证4-2")
    first = exhibit_pdf(evidence)
    assert first.startswith(b"%PDF-")
    assert first == exhibit_pdf(evidence)
    assert first != paper_pdf("证4-2", "另一份", "x")
