"""With PostgreSQL each process has a role, and those beside candidate code cannot write rewards, profiles or keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from services.contract import Status
from services.pipeline.desk import Desk
from services.pipeline.runner import Runner
from services.pipeline.work import StageJob, StageResult
from services.settings import RetentionSettings
from services.stages import Stage
from services.stores.keys import create_key, verify_key
from services.stores.migrations import give_rights
from services.stores.records import Records
from services.stores.retention.cleaning import clean
from services.stores.roles import PREFIX, REWARD, ROLES
from tests.support.databases import fresh_postgres
from tests.support.workshop import FINISHED, VERSIONS, Workshop, rollout

BESIDE_CANDIDATES = ("resolver", "build", "render")


@pytest.fixture
def shop(postgres: str, tmp_path: Path) -> Iterator[Workshop]:
    """Over a database whose roles exist and have their rights, worked as its owner."""
    url = fresh_postgres(postgres)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
        for name in {PREFIX + role for role in ROLES} - known:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
    engine.dispose()
    workshop = Workshop(url, tmp_path / "room")
    give_rights(url)
    yield workshop
    workshop.records.close()


@pytest.fixture
def opened() -> Iterator[list[Records]]:
    """Records to close after the test."""
    held: list[Records] = []
    yield held
    for records in held:
        records.close()


def records_as(shop: Workshop, role: str, opened: list[Records]) -> Records:
    records = Records(shop.records.url.replace("://webgen@", f"://{PREFIX}{role}@"))
    opened.append(records)
    return records


def employ(shop: Workshop, role: str, tmp_path: Path, opened: list[Records]) -> None:
    """Let every stage be worked by a process of this role, as its settings would have it."""
    concludes = role not in BESIDE_CANDIDATES
    desk = Desk(records_as(shop, role, opened), shop.broker, shop.clock, concludes=concludes)
    shop.runner = Runner(desk, shop.blobs, VERSIONS, tmp_path / "room")


def failing(_job: StageJob) -> StageResult:
    return StageResult(passed=False)


@pytest.mark.parametrize("role", BESIDE_CANDIDATES)
def test_an_end_that_a_worker_may_not_write_is_written_by_the_reaper(
    role: str, shop: Workshop, tmp_path: Path, opened: list[Records]
) -> None:
    employ(shop, role, tmp_path, opened)
    shop.scripts[Stage.BUILD] = failing
    (queued,) = shop.submit(rollout())
    shop.drain()
    assert shop.get(queued).status is Status.QUEUED
    shop.desk = Desk(records_as(shop, "reaper", opened), shop.broker, shop.clock)
    assert shop.sweep(after=1.0) == 1
    ended = shop.get(queued)
    assert (ended.status, ended.band) == (Status.SCORED, "build-failed")
    assert ended.reward is not None


def test_equal_work_is_shared_and_ended_all_the_same(shop: Workshop, tmp_path: Path, opened: list[Records]) -> None:
    employ(shop, "build", tmp_path, opened)
    queued = shop.submit(*(rollout(number) for number in range(3)))
    shop.drain()
    assert shop.worked[Stage.RENDER] == 1
    shop.sweep(after=1.0)
    assert {shop.get(each).reward for each in queued} == {FINISHED}


def test_the_judge_writes_rewards_itself(shop: Workshop, tmp_path: Path, opened: list[Records]) -> None:
    employ(shop, "judge", tmp_path, opened)
    (queued,) = shop.submit(rollout())
    shop.drain()
    assert shop.get(queued).reward == FINISHED


def test_the_cleaner_removes_what_is_old_and_may_write_nothing(shop: Workshop, opened: list[Records]) -> None:
    (queued,) = shop.submit(rollout())
    shop.drain()
    cleaner = records_as(shop, "cleaner", opened)
    refused = [statement for statement in REFUSED if not statement.startswith("DELETE")]
    assert [statement for statement in refused if not is_refused(cleaner, statement)] == []
    shop.clock.now += 3 * 86_400
    month, day = (RetentionSettings(records_days=days) for days in (30, 1))
    assert clean(cleaner, shop.blobs, month, dry_run=False, clock=shop.clock).evaluations == 0
    assert shop.get(queued).reward == FINISHED
    assert clean(cleaner, shop.blobs, day, dry_run=False, clock=shop.clock).evaluations == 1


REFUSED = (
    *(f"UPDATE evaluations SET {column} = NULL" for column in sorted(REWARD)),  # noqa: S608 - our own names
    "UPDATE evaluations SET instruction = 'x'",
    "UPDATE evaluations SET profile_hash = 'x'",
    "UPDATE reports SET body = '{}'",
    "DELETE FROM reports",
    "DELETE FROM evaluations",
    "UPDATE runs SET profile_hash = 'x'",
    "INSERT INTO profiles (name, hash, updated_at) VALUES ('x', 'x', 0)",
    "UPDATE profile_documents SET body = '{}'",
    "SELECT hash FROM api_keys",
    "INSERT INTO api_keys (id, name, hash, scopes, created_at) VALUES ('x', 'x', 'x', '[]', 0)",
    "INSERT INTO judge_spending VALUES ('r', 'm', 'USD', 0, 0, 0, 0, 0)",
    "CREATE TABLE x (y int)",
)


def is_refused(records: Records, statement: str) -> bool:
    with records.engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except ProgrammingError as error:
            return "permission denied" in str(error)
    return False


def test_those_beside_candidates_may_write_no_reward_profile_run_or_key(shop: Workshop, opened: list[Records]) -> None:
    for role in BESIDE_CANDIDATES:
        records = records_as(shop, role, opened)
        assert [statement for statement in REFUSED if not is_refused(records, statement)] == []


def test_the_gateway_reads_keys_and_makes_none(shop: Workshop, opened: list[Records]) -> None:
    _, secret = create_key(shop.records, "somebody", ["read"])
    gateway = records_as(shop, "gateway", opened)
    found = verify_key(gateway, secret)
    assert found is not None
    assert found.name == "somebody"
    with gateway.engine.connect() as connection, pytest.raises(ProgrammingError, match="denied"):
        connection.execute(text("UPDATE api_keys SET scopes = '[\"admin\"]'"))


def test_rights_that_a_version_no_longer_gives_are_taken_back(shop: Workshop, opened: list[Records]) -> None:
    with shop.records.engine.begin() as connection:
        connection.exec_driver_sql(f"GRANT ALL ON api_keys TO {PREFIX}build")
    give_rights(shop.records.url)
    with records_as(shop, "build", opened).engine.connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(text("SELECT id FROM api_keys"))
