"""What statistics need of an evaluation's reports, beside its record"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_EVALUATIONS = sa.table("evaluations", sa.column("id", sa.String), sa.column("figures", sa.JSON))
_REPORTS = sa.table(
    "reports", sa.column("evaluation_id", sa.String), sa.column("stage", sa.String), sa.column("body", sa.JSON)
)
_CHUNK = 500


def upgrade() -> None:
    op.add_column("evaluations", sa.Column("figures", sa.JSON(none_as_null=True), nullable=True))
    connection = op.get_bind()
    ids = list(connection.scalars(sa.select(_EVALUATIONS.c.id)))
    for start in range(0, len(ids), _CHUNK):
        _fill(connection, ids[start : start + _CHUNK])


def downgrade() -> None:
    op.drop_column("evaluations", "figures")


def _fill(connection: sa.Connection, ids: list[str]) -> None:
    """Of evaluations that ended before there were figures; the lengths of their completions stay unknown."""
    found: dict[str, dict[str, Any]] = {evaluation_id: {"reused": []} for evaluation_id in ids}
    for evaluation_id, stage, body in connection.execute(sa.select(_REPORTS).where(_REPORTS.c.evaluation_id.in_(ids))):
        figures = found[evaluation_id]
        figures["reused"] += [stage] if body.get("reused") else []
        figures |= {name: value for name, value in _figures(stage, body).items() if value is not None}
    for evaluation_id, figures in found.items():
        row = sa.update(_EVALUATIONS).where(_EVALUATIONS.c.id == evaluation_id)
        connection.execute(row.values(figures=figures))


def _figures(stage: str, body: dict[str, Any]) -> dict[str, Any]:
    facts = body["facts"]
    match stage:
        case "lint":
            return {"source_bytes": facts.get("bytes")}
        case "judge":
            return {name: facts.get(name) for name in ("kind", "model", "spread")}
        case "render" if body["passed"]:
            home = (facts.get("page") or {}).get("home.png") or {}
            return {"rendered": True, "routes": _routes(facts), "controls": home.get("controls")}
        case "render":
            return {"rendered": False}
        case _:
            return {}


def _routes(facts: dict[str, Any]) -> int | None:
    if facts.get("mode") == "home":
        return None
    return sum(not route.get("blank") and route.get("identical_to") is None for route in facts.get("routes", []))
