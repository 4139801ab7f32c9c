"""Both sources of stored evaluations over the same records: a gateway that serves them, and their folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from gateway_bench import Bench, submission
from gateway_server import served

from reward_api.cli import folder_source, http_source
from reward_api.cli.source import Source, open_source
from services.contract import Submission
from services.errors import NotFound, RecordError
from services.rewards.profile import built_in

RUN = "run-1"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Five evaluations that ended and one that goes on, over two steps and none."""
    bench = Bench(tmp_path, auth=True)
    body = submission("a", "b", "c", "d", "e", "f")
    for rollout, step in zip(body["rollouts"], (0, 0, 0, 1, 1, None), strict=True):
        rollout["step"] = step
    found = bench.pipeline.submit(Submission.model_validate(body), max_queued=100, request_id="test")
    bench.conclude([evaluation.id for evaluation in found[:5]])
    yield bench
    bench.close()


@pytest.fixture
def both(bench: Bench, tmp_path: Path) -> Iterator[tuple[Source, Source]]:
    with ExitStack() as stack:
        url, _ = stack.enter_context(served(bench.app()))
        key = bench.key("read")["Authorization"].removeprefix("Bearer ")
        over_http = stack.enter_context(open_source(url, key, tmp_path / "unused"))
        yield over_http, stack.enter_context(open_source(None, None, tmp_path))


def test_both_give_the_same_answers(both: tuple[Source, Source]) -> None:
    over_http, over_folder = both
    assert [run.run for run in over_http.runs()] == [RUN]
    assert list(over_http.runs()) == list(over_folder.runs())
    assert over_http.run(RUN) == over_folder.run(RUN)
    for step in (None, 0, 7):
        assert list(over_http.steps(RUN, step=step)) == list(over_folder.steps(RUN, step=step))
        assert list(over_http.evaluations(RUN, step=step)) == list(over_folder.evaluations(RUN, step=step))
    for mark in (None, over_folder.steps_from(RUN)[1]):
        assert over_http.steps_from(RUN, mark) == over_folder.steps_from(RUN, mark)
    for group in ("none", "0"):
        assert list(over_http.evaluations(RUN, group=group)) == list(over_folder.evaluations(RUN, group=group))
    first = next(over_http.evaluations(RUN))
    assert over_http.rollout(first.id) == over_folder.rollout(first.id)
    assert over_http.evaluation(first.id) == over_folder.evaluation(first.id) == first
    assert over_http.artifact(first.id, "home.png") == over_folder.artifact(first.id, "home.png") == b"\x89PNG"
    for profile in (first.profile.hash, first.profile.name):
        assert over_http.profile(profile) == over_folder.profile(profile) == built_in()["cascade"]


def test_listings_hold_everything_once_whatever_the_page(
    bench: Bench, both: tuple[Source, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.submit("other", run="run-2")
    for module in (http_source, folder_source):
        monkeypatch.setattr(module, "RUNS_PAGE", 1)
        monkeypatch.setattr(module, "EVALUATIONS_PAGE", 2)
        monkeypatch.setattr(module, "STEPS_PAGE", 1)
    for source in both:
        assert [run.run for run in source.runs()] == ["run-2", RUN]
        assert [e.rollout_id for e in source.evaluations(RUN)] == ["a", "b", "c", "d", "e", "f"]
        assert [e.rollout_id for e in source.evaluations(RUN, step=1)] == ["d", "e"]
        assert [s.step for s in source.steps(RUN)] == [0, 1, None]
        assert [s.step for s in source.steps(RUN, step=1)] == [1]
        steps, mark = source.steps_from(RUN)
        assert [s.step for s in steps] == [0, 1, None]
        assert [s.step for s in source.steps_from(RUN, mark)[0]] == [None]


def test_what_is_not_there_is_named_alike(both: tuple[Source, Source]) -> None:
    said = []
    for source in both:
        for ask in (
            lambda source=source: source.run("other"),
            lambda source=source: list(source.steps("other")),
            lambda source=source: list(source.evaluations("other")),
            lambda source=source: source.evaluation("ev_other"),
            lambda source=source: source.artifact("ev_other", "home.png"),
            lambda source=source: source.artifact(next(source.evaluations(RUN)).id, "other.png"),
            lambda source=source: source.profile("other"),
            lambda source=source: source.profile("0" * 64),
        ):
            with pytest.raises(NotFound) as error:
                ask()
            said.append(error.value.detail)
    assert said[:8] == said[8:]


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_without_a_stack_is_read_and_left_as_it_was(bench: Bench, tmp_path: Path) -> None:
    bench.close()
    before = contents(tmp_path)
    with open_source(None, None, tmp_path) as source:
        first = next(source.evaluations(RUN))
        assert source.artifact(first.id, "home.png") == b"\x89PNG"
        assert source.run(RUN).mean_reward == -1.0
        assert contents(tmp_path) == before
    assert contents(tmp_path) == before


def test_what_a_stack_writes_after_the_folder_was_opened_is_seen(bench: Bench, tmp_path: Path) -> None:
    bench.close()
    with open_source(None, None, tmp_path) as source:
        assert len(list(source.evaluations(RUN))) == 6
        bench.submit("g")
        assert len(list(source.evaluations(RUN))) == 7
        bench.submit("h")
        bench.close()
        assert len(list(source.evaluations(RUN))) == 8


def test_a_folder_without_records_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="--data-dir"), open_source(None, None, tmp_path / "empty"):
        pass
    assert not (tmp_path / "empty").exists()


def test_records_of_another_version_are_neither_read_nor_changed(bench: Bench, tmp_path: Path) -> None:
    with bench.records.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    bench.close()
    before = contents(tmp_path)
    with pytest.raises(RecordError, match="another version"), open_source(None, None, tmp_path):
        pass
    assert contents(tmp_path) == before
