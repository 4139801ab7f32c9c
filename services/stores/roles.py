"""What each process may do in PostgreSQL: one role a process, granted after the migrations.

Those beside candidate code may claim and report, and no more: no reward, profile, run or key is theirs to write, and
keys are not even theirs to read. An evaluation that comes to its end with them is concluded by the reaper
(`services.pipeline.route.leave_to_reaper`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import Connection, text

from services.stores.models import Base, EvaluationRow

PREFIX: Final = "webgen_"
SELECT, INSERT, UPDATE, DELETE = "SELECT", "INSERT", "UPDATE", "DELETE"

REWARD: Final = frozenset({"reward", "band", "components", "rewards_by_profile"})
"""Columns of an evaluation that are written where its reward is decided."""

ROLLOUT: Final = frozenset(
    {"id", "run", "rollout_id", "body_hash", "request_id", "traceparent", "derived_from", "asked", "instruction"}
    | {"completion", "step", "group_name", "sample", "truncated", "metadata", "profile_hash", "versions", "created_at"}
)
"""Columns that are written once, at the submission."""

JOURNEY: Final = tuple(column.name for column in EvaluationRow.__table__.columns if column.name not in REWARD | ROLLOUT)
"""Columns that change on the way."""

Rights = Mapping[str, tuple[str, ...]]

_READ_ONLY: Final = dict.fromkeys(("runs", "profile_documents", "alembic_version"), (SELECT,))
_STAGE: Final = {
    **_READ_ONLY,
    "announcements": (SELECT, INSERT, UPDATE),
    "reports": (SELECT, INSERT),
    "memos": (SELECT, INSERT, UPDATE),
}
_ON_THE_WAY: Final = (SELECT, *(f"{UPDATE} ({', '.join(JOURNEY)})",))
_TO_ITS_END: Final = (SELECT, f"{UPDATE} ({', '.join((*JOURNEY, *sorted(REWARD)))})")

ROLES: Final[Mapping[str, Rights]] = {
    "gateway": {
        **_STAGE,
        "runs": (SELECT, INSERT, UPDATE),
        "profiles": (SELECT, INSERT, UPDATE),
        "profile_documents": (SELECT, INSERT),
        "evaluations": (SELECT, INSERT, UPDATE),
        "judge_spending": (SELECT,),
        "api_keys": (SELECT,),
    },
    "reaper": {**_STAGE, "evaluations": _TO_ITS_END, "judge_spending": (SELECT,)},
    "resolver": {**_STAGE, "evaluations": _ON_THE_WAY},
    "build": {**_STAGE, "evaluations": _ON_THE_WAY},
    "render": {**_STAGE, "evaluations": _ON_THE_WAY},
    "judge": {**_STAGE, "evaluations": _TO_ITS_END, "judge_spending": (SELECT, INSERT, UPDATE)},
    # To lock a row is to have the right to update some column of it.
    "cleaner": {
        "runs": (SELECT,),
        "evaluations": (SELECT, f"{UPDATE} (since)", DELETE),
        "reports": (SELECT, DELETE),
        "memos": (SELECT, f"{UPDATE} (settled_at)", DELETE),
    },
}
"""Role without its prefix -> table -> what it may do there."""


def statements(present: frozenset[str]) -> Iterator[str]:
    """The grants of the roles that are there, from nothing. Pure.

    Args:
        present: names of the server's roles.
    """
    tables = ", ".join([*(f'"{name}"' for name in Base.metadata.tables), "alembic_version"])
    for name, rights in ROLES.items():
        role = PREFIX + name
        if role not in present:
            continue
        yield f'GRANT CONNECT ON DATABASE "{{database}}" TO {role}'
        yield f"REVOKE ALL ON {tables} FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        for table, allowed in rights.items():
            yield f'GRANT {", ".join(allowed)} ON "{table}" TO {role}'


def grant(connection: Connection) -> int:
    """Give every role of this service that the server has its rights; how many there are. Needs the tables' owner."""
    present = frozenset(connection.scalars(text("SELECT rolname FROM pg_roles")))
    database = connection.scalar(text("SELECT current_database()"))
    connection.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for statement in statements(present):
        connection.exec_driver_sql(statement.replace("{database}", str(database)))
    return len(present & {PREFIX + name for name in ROLES})
