"""A clean-up keeps what retention says and nothing else, beside work that goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text

from services.contract import Evaluation, StageReport, Status
from services.errors import Conflict, NotFound, RecordError
from services.pipeline.claims import lock_row
from services.pipeline.effects import Effects
from services.pipeline.route import advance
from services.settings import RetentionSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs, blob_name
from services.stores.leader import make_leader
from services.stores.models import EvaluationRow, MemoRow, ReportRow, RunRow
from services.stores.retention.cleaning import Cleaned, clean
from services.stores.retention.references import referred, wait_for_others
from tests.support.stacks import wait_until
from tests.support.workshop import FINISHED, Workshop, rollout

DAY = 86_400.0
MONTH = RetentionSettings(records_days=30)


class Store(Workshop):
    """A workshop whose blobs age with its clock."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder, MemoryBlobs(lambda: self.clock()))

    def play(self, number: int, run: str = "run", **fields: object) -> Evaluation:
        """One rollout, worked to its end."""
        (evaluation,) = self.submit(rollout(number, **fields), run=run)  # type: ignore[arg-type]
        self.drain()
        return self.get(evaluation)

    def clean(self, retention: RetentionSettings = MONTH, *, dry_run: bool = False) -> Cleaned:
        return clean(self.records, self.blobs, retention, dry_run=dry_run, clock=self.clock)

    def names(self) -> set[str]:
        return {kept.name for kept in self.blobs.listed()}

    def is_whole(self, evaluation: Evaluation) -> bool:
        """Whether it answers as it did, with everything that it left."""
        assert self.get(evaluation) == evaluation
        assert self.pipeline.rollout(evaluation.id).completion
        names = [name for report in evaluation.reports for name in report.artifacts]
        return len(names) > 1 and all(self.pipeline.artifact(evaluation.id, name)[1] for name in names)

    def count(self, model: type[EvaluationRow] | type[ReportRow] | type[MemoRow] | type[RunRow]) -> int:
        with self.records.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Store]:
    store = Store(database_url, tmp_path / "room")
    yield store
    store.records.close()


@pytest.fixture
def on_postgres(postgres: str, tmp_path: Path) -> Iterator[Store]:
    from tests.support.databases import fresh_postgres

    store = Store(fresh_postgres(postgres), tmp_path / "room")
    yield store
    store.records.close()


def test_what_is_older_goes_and_nothing_else(shop: Store) -> None:
    old = shop.play(1, completion="old")
    baseline = shop.play(2, "baseline-7", completion="a baseline")
    shop.blobs.put(b"nobody's")
    shop.clock.now += 29 * DAY
    new = shop.play(3, completion="new")
    shop.clock.now += 2 * DAY
    fresh = shop.blobs.put(b"nobody's yet")
    lost = sum(len(shop.blobs.get(name)) for name in shop.names() if name not in _named(shop, baseline, new) | {fresh})

    cleaned = shop.clean(RetentionSettings(records_days=30, keep_runs=("base*",)))

    assert shop.names() == _named(shop, baseline, new) | {fresh}
    assert (cleaned.evaluations, cleaned.bytes) == (1, lost)
    assert cleaned.blobs_kept == len(shop.names())
    assert shop.is_whole(new)
    assert shop.is_whole(baseline)
    with pytest.raises(NotFound):
        shop.get(old)
    assert {run.run for run in shop.pipeline.runs(None, 10).runs} == {"run", "baseline-7"}
    assert shop.count(ReportRow) == 10


def _named(shop: Store, *evaluations: Evaluation) -> set[str]:
    left = {found.blob for each in evaluations for report in each.reports for found in report.artifacts.values()}
    return left | {blob_name(shop.pipeline.rollout(each.id).completion.encode()) for each in evaluations}


def test_a_dry_run_says_the_same_and_changes_nothing(shop: Store) -> None:
    old, kept = shop.play(1, completion="old"), shop.play(2, "kept", completion="kept")
    shop.blobs.put(b"nobody's")
    shop.clock.now += 31 * DAY
    retention = RetentionSettings(records_days=30, keep_runs=("kept",))
    said = shop.clean(retention, dry_run=True)
    assert shop.is_whole(old)
    assert shop.is_whole(kept)
    assert said == shop.clean(retention)
    assert said.evaluations == 1
    assert said.blobs > 1


def test_without_a_retention_records_stay_for_ever(shop: Store) -> None:
    old = shop.play(1)
    stray = shop.blobs.put(b"nobody's")
    shop.clock.now += 10_000 * DAY
    cleaned = shop.clean(RetentionSettings())
    assert (cleaned.evaluations, cleaned.memos, cleaned.blobs) == (0, 0, 1)
    assert stray not in shop.blobs
    assert shop.is_whole(old)


def test_what_has_not_ended_stays_and_ends(shop: Store) -> None:
    (waiting,) = shop.submit(rollout())
    shop.deliver()  # linted, and then nobody came
    shop.clock.now += 100 * DAY
    assert shop.clean().evaluations == 0
    shop.sweep()
    shop.drain()
    found = shop.get(waiting)
    assert found.reward == FINISHED
    assert shop.is_whole(found)


def test_what_took_over_old_work_keeps_its_blobs(shop: Store) -> None:
    first = shop.play(1)
    shop.clock.now += 29 * DAY
    second = shop.play(2)
    assert Stage.RENDER in second.reused
    shop.clock.now += 2 * DAY
    cleaned = shop.clean()
    assert cleaned.evaluations == 1
    assert shop.is_whole(second)
    with pytest.raises(NotFound):
        shop.get(first)


def test_work_that_was_forgotten_is_done_again(shop: Store) -> None:
    shop.play(1)
    shop.clock.now += 31 * DAY
    cleaned = shop.clean()
    assert (cleaned.memos, cleaned.blobs_kept, shop.names()) == (5, 0, set())
    again = shop.play(1)
    assert again.reward == FINISHED
    assert again.reused == []
    assert shop.is_whole(again)


def test_screenshots_of_a_rejudged_evaluation_stay_with_it(shop: Store) -> None:
    old = shop.play(1)
    shop.clock.now += 29 * DAY
    derived = shop.rejudge(old)
    shop.drain()
    shop.clock.now += 2 * DAY
    assert shop.clean().evaluations == 1
    assert shop.is_whole(shop.get(derived))


def test_many_go_in_batches(shop: Store) -> None:
    for number in range(7):
        shop.play(number, completion=f"site {number}")
    shop.clock.now += 31 * DAY
    cleaned = shop.clean(RetentionSettings(records_days=30, batch=2))
    assert (cleaned.evaluations, cleaned.memos) == (7, 35)
    assert (shop.count(EvaluationRow), shop.count(ReportRow), shop.count(MemoRow)) == (0, 0, 0)


def test_one_at_a_time(shop: Store) -> None:
    with make_leader(shop.records.url, "cleaner") as other, make_leader(shop.records.url) as reaper:
        assert other.holds()
        assert reaper.holds()
        with pytest.raises(Conflict, match="under way"):
            shop.clean()


def test_blobs_of_other_records_are_not_touched(shop: Store) -> None:
    name = shop.blobs.put(b"of another installation")
    shop.clock.now += 31 * DAY
    with pytest.raises(Conflict, match="other records"):
        shop.clean()
    assert name in shop.blobs


def test_what_a_failed_stage_left_behind_is_kept(shop: Store) -> None:
    (evaluation,) = shop.submit(rollout())
    shop.drain()
    name = shop.blobs.put(b"a log")
    with shop.records.write() as session:
        row = session.get_one(EvaluationRow, evaluation.id)
        row.left_behind = {"build.txt": {"blob": name, "media_type": "text/plain", "size": 5}}
    shop.clock.now += 20 * DAY
    shop.clean()
    assert shop.pipeline.artifact(evaluation.id, "build.txt")[1] == b"a log"


def test_work_that_is_taken_over_during_the_clean_up_keeps_its_blobs(on_postgres: Store) -> None:
    """The memo is read before it goes, and what is copied from it is committed after it is gone."""
    shop = on_postgres
    shop.play(1)
    shop.clock.now += 31 * DAY
    (second,) = shop.submit(rollout(2))
    with shop.records.write() as session:  # as it stands when no message has been answered yet
        row = session.get_one(EvaluationRow, second.id)
        session.execute(text("DELETE FROM reports WHERE evaluation_id = :id"), {"id": second.id})
        row.status, row.stage, row.attempt, row.reward = Status.QUEUED.value, Stage.LINT.value, 0, None
    with shop.desk.transaction() as (session, effects, now):
        taking = lock_row(session, second.id)
        assert taking is not None
        advance(session, taking, now, effects)
        session.flush()
        thread = threading.Thread(target=shop.clean)
        thread.start()
        wait_until(lambda: not shop.count(MemoRow), "the memos are gone", 30)
        thread.join(1.0)
        assert thread.is_alive()  # it waits for this transaction
    thread.join(60)
    shop.drain()
    found = shop.get(second)
    assert Stage.RENDER in found.reused
    assert shop.is_whole(found)


def test_a_transaction_that_never_ends_keeps_all_blobs(on_postgres: Store) -> None:
    with on_postgres.records.write() as session:
        session.execute(text("UPDATE runs SET created_at = 0"))
        with pytest.raises(RecordError, match="open"):
            wait_for_others(on_postgres.records, 0.3)
    wait_for_others(on_postgres.records, 30)


def test_a_memo_that_goes_while_it_is_taken_is_made_again(on_postgres: Store) -> None:
    shop = on_postgres
    (evaluation,) = shop.submit(rollout())
    with shop.records.write() as session:
        session.execute(text("UPDATE memos SET owner = NULL"))
    removed = []

    @event.listens_for(shop.records.engine, "after_cursor_execute")
    def remove_it(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO memos") and not removed:
            removed.append(statement)
            with shop.records.write() as other:
                other.execute(text("DELETE FROM memos"))

    with shop.desk.transaction() as (session, _, now):
        row = lock_row(session, evaluation.id)
        assert row is not None
        advance(session, row, now, Effects())
    assert removed
    shop.drain()
    assert shop.get(evaluation).reward == FINISHED


def test_every_name_that_a_report_tells_is_kept(shop: Store) -> None:
    """In its facts too, wherever they stand."""
    name = shop.blobs.put(b"a picture")
    evaluation = shop.play(1)
    with shop.records.write() as session:
        found = session.get_one(ReportRow, (evaluation.id, "lint"))
        report = StageReport.model_validate(found.body)
        found.body = report.model_copy(update={"facts": {"a": [{"b": f"/blobs/{name}.png"}]}}).model_dump(mode="json")
    with referred(shop.records) as names:
        assert name in names
        assert "f" * 64 not in names
