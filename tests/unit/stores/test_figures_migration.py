"""Records from before there were figures get those that their reports hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import select
from told_runs import ToldRuns, told

from services.stores import migrations
from services.stores.models import EvaluationRow

BEFORE = "0003"


def figures(runs: ToldRuns) -> dict[str, dict[str, Any]]:
    with runs.shop.records.read() as session:
        rows = session.execute(select(EvaluationRow.id, EvaluationRow.figures)).all()
    return {evaluation_id: {**kept, "reused": set(kept.get("reused", ()))} for evaluation_id, kept in rows}


def test_figures_of_older_records_are_read_from_their_reports(database_url: str, tmp_path: Path) -> None:
    runs = ToldRuns(tmp_path, database_url)
    whole = told(source="x", routes=3, controls=7, spread=0.2, kind="vlm", model="m")
    runs.play(whole, told(source="x"), told("render"), told("source"), told("outage"))
    before = figures(runs)
    config = migrations._config(database_url)
    command.downgrade(config, BEFORE)
    migrations.upgrade(database_url)
    after = figures(runs)
    runs.close()
    assert any("routes" in kept for kept in after.values())
    for evaluation_id, kept in before.items():
        del kept["characters"]  # no report holds it
        assert after[evaluation_id] == kept
