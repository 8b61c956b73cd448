"""`bianwu sales`: a series from a file onto a lost-sales item, in a person's name, changing no sum."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from caseapp.bootstrap import build_application
from caseapp.config import Settings
from caseapp.demo.case_data import data_file
from caseapp.models import DamageItem, User
from caseapp.services.cases import create_case
from caseapp.services.damages import add_damage
from caseapp.services.work import Actor, open_work
from tests.caseapp.cli.conftest import Cli


def test_a_series_is_kept_and_told(installed: Cli, tmp_path: Path) -> None:
    words = ("user", "add", "zhou", "--name", "周", "--role", "counsel", "--password-stdin")
    assert installed(*words, input="another honest passphrase\n").code == 0
    app = build_application(Settings.for_folder(tmp_path / "d"))
    with app.sessions() as session:
        row = session.scalars(select(User).where(User.login == "zhou")).one()
        actor = Actor(row.id, row.display, frozenset(row.roles), desk_id=row.desk_id)
    with open_work(app, actor) as work:
        case = create_case(work, title="甲案")
        number = str(case.no)
        add_damage(work, case, head="D2", title="销量下降", amount=Decimal(0), counted=False)
    file = tmp_path / "日销售.csv"
    file.write_bytes("日期,毛利\n".encode("gb18030") + b"\n".join(b"2026-07-%02d,100" % n for n in range(1, 31)))
    ask = ("sales", number, "d2-01", str(file), "--event", "2026-07-20", "--as", "zhou")
    assert "缺口 0.00 元" in installed(*ask).out
    file.write_text(data_file("daily_sales.csv").read_text("utf-8-sig"), "utf-8-sig")
    told = installed("sales", number, "D2-01", str(file), "--event", "2026-08-11", "--as", "zhou", "--json")
    assert json.loads(told.out)["gap"] == "73088.69"
    assert "shortfall" in installed(*ask[:3], str(file), "--event", "2026-08-11", "--as", "zhou", lang="en").out
    for wrong, code in ((("--as", "root-admin"), 1), (("--as", "nobody"), 1), (("--event", "昨天"), 2)):
        assert installed(*ask, *wrong).code == code, wrong
    assert installed("sales", number, "D1-01", *ask[3:]).code == 1
    assert installed("sales", "案-2026-9999", *ask[2:]).code == 1
    file.write_text("昨天,1")
    assert "不是日期" in installed(*ask).err
    with app.sessions() as session:
        (item,) = session.scalars(select(DamageItem))
        assert (item.amount_fen, item.counted, len((item.sales or {})["rows"])) == (Decimal("0.00"), False, 60)
    app.close()
