"""The seal ladder names the witnesses that cosigned a head of the log which covers the item."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from caseapp.logkeys import set_witnesses
from evidence_store import Signer
from evidence_store.backends import MemoryBackend
from evidence_store.cosigning import WitnessKey
from evidence_store.witness import Witness
from evidence_store.witnessing import WitnessAt, ask_witnesses
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import ITEM


def test_the_ladder_names_the_witness_once_it_cosigned(visit: Callable[..., Browser], place: Place) -> None:
    app, lead = place.application, visit("lin")
    assert "无见证人" in lead.get(f"/evidence/{ITEM}").text
    signer = Signer("notary.example", bytes(range(9, 41)))
    row = WitnessAt(WitnessKey.of(signer), "http://127.0.0.1:1")
    set_witnesses(app.settings, 1, [row])
    assert "无见证人" in lead.get(f"/evidence/{ITEM}").text
    log = app.store.log
    there = Witness(
        MemoryBackend(),
        signer,
        {log.origin: [Signer.load(app.settings.keys_dir / "log.key").key]},
        now=lambda: datetime.now(UTC),
    )

    def ask(_: str, body: bytes) -> tuple[int, bytes]:
        answer = there.add_checkpoint(body)
        return answer.status, answer.body

    ask_witnesses(log, app.store.backend, [row], now=datetime.now(UTC), ask=ask)
    page = lead.get(f"/evidence/{ITEM}").text
    assert "notary.example" in page
    assert "无见证人" not in page
