"""Hop 8, for the public: the approved clarification is put on the company's site and captured by ourselves."""

from __future__ import annotations

from caseapp.demo.acts.papers import CLARIFICATION
from caseapp.demo.player import PR, HopResult, Player
from caseapp.documents.text import to_text
from caseapp.models import DocumentVersion, Incident, Publication
from caseapp.services.documents import model_of
from caseapp.services.incidents import record_first_response
from caseapp.services.publications import publish, record_own_capture, schedule_publication

PAGE = "pub-02"
"""The case's publication on the company's own site."""


def announce(player: Player, result: HopResult) -> None:
    """PR publishes the frozen text, answers the incidents' clocks, and seals what the public sees."""
    record = next(row for row in player.plan.case.publications if row.id == PAGE)
    with player.work(PR) as work:
        version = work.get(DocumentVersion, player.made.versions[CLARIFICATION])
        row = schedule_publication(work, version, channel=record.channel, account="苜禾食品官网")
        banner, title, *body = (line for line in to_text(model_of(version)).split("\n\n") if line.strip())
        key = row.id
    url = player.platforms.publish(PAGE, title=title, paragraphs=(banner, *body))
    with player.holding_jobs() as waiting, player.work(PR) as work:
        publish(work, work.get(Publication, key), url)
    for incident in player.made.incidents.values():
        with player.work(PR) as work:
            record_first_response(work, work.get(Incident, incident))
    player.tell("step", f"澄清声明已发布：{url}", f"the clarification is out: {url}")
    for job in waiting:
        player.perform(job)
    with player.work(PR) as work:
        item = record_own_capture(work, work.get(Publication, key))
        player.keep("publication", item)
        result.ids.append(item.no)
        player.tell("step", f"{item.no} 自行取证已封存", f"{item.no} own capture sealed")
