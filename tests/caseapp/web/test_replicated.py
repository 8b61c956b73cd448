"""The evidence page says whether the item is on the second place, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from caseapp.replica import STATE_FILE, bring_up_to_date
from tests.caseapp.web.house import Browser, Place
from tests.caseapp.web.routes import ITEM


def test_the_line_of_the_second_place(place: Place, tmp_path: Path) -> None:
    url = f"file:{tmp_path / 'second'}"
    app = place.app(replica_url=url)
    reader = Browser(app.test_client())
    reader.sign_in("lin")

    def page() -> str:
        return reader.get(f"/evidence/{ITEM}").text

    assert "副本：尚未复制到第二存放处。" in page()
    settings = replace(place.settings, replica_url=url)
    bring_up_to_date(settings)
    assert "副本：已复制到第二存放处并回读核对" in page()
    told = {"url": url, "up_to": datetime.now(UTC).isoformat(), "unlike": 1}
    (settings.data_dir / STATE_FILE).write_text(json.dumps(told))
    assert "副本：第二存放处有不符" in page()
    plain = Browser(place.app().test_client())
    plain.sign_in("lin", language="en")
    assert "second place" not in plain.get(f"/evidence/{ITEM}").text
