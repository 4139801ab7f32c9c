"""Where a trainer's rows belong: groups and samples over ranks and rounds, steps, token limits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trainer_client.trl.batch import Batch, places, read_batch, step_of, truncated, whole_groups
from trainer_client.trl.settings import Settings

SETTINGS = Settings("http://127.0.0.1:1", "run")


class Caller:
    """What TRL's trainers are to a reward function: the owner of its ``log_metric``."""

    def __init__(self, training: bool = True, **known: Any) -> None:
        self.model = SimpleNamespace(training=training)
        self.__dict__.update(known)

    def log_metric(self, name: str, value: float) -> None: ...


def batch(*prompts: str, caller: Caller | None = None, step: int | None = 7, ids: Any = None, **rest: Any) -> Batch:
    told: dict[str, Any] = {**rest}
    if step is not None:
        told["trainer_state"] = SimpleNamespace(global_step=step)
    if caller:
        told["log_metric"] = caller.log_metric
    return read_batch(SETTINGS, list(prompts), ["text"] * len(prompts), ids, told)


def named(rows: Batch, before: int = 0) -> list[tuple[str, int]]:
    return [(place.group, place.sample) for place in places(rows, before)]


def test_rows_are_cut_into_groups_of_the_trainers_size_even_where_prompts_repeat() -> None:
    rows = batch("a", "a", "a", "a", caller=Caller(num_generations=2))
    assert named(rows) == [("0", 0), ("0", 1), ("1", 0), ("1", 1)]


def test_groups_go_on_over_ranks_and_over_rounds_of_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    rows = batch("a", "a", "b", "b", caller=Caller(num_generations=8))
    assert named(rows) == [("0", 4), ("0", 5), ("0", 6), ("0", 7)]
    assert named(rows, before=8)[0] == ("1", 4)
    assert whole_groups(rows, places(rows, 0)) == []


def test_without_a_known_size_equal_prompts_are_a_group_named_after_its_first_row() -> None:
    assert named(batch("a", "a", "b"), before=3) == [("3", 0), ("3", 1), ("5", 0)]


def test_evaluation_has_its_own_group_size() -> None:
    rows = batch("a", "b", caller=Caller(training=False, num_generations=2, num_generations_eval=1))
    assert rows.trainer.evaluating
    assert named(rows) == [("0", 0), ("1", 0)]


def test_a_trainer_that_tells_no_step_has_them_counted_in_groups() -> None:
    rows = batch("a", "a", step=None)
    assert rows.narrow
    assert [step_of(rows, before, 3) for before in (0, 4, 6)] == [0, 0, 1]
    assert step_of(rows, 6, None) is None
    assert step_of(batch("a", "a", step=7), 6, 3) == 7


def test_only_lists_of_one_value_a_row_are_columns() -> None:
    rows = batch("a", "b", kind=["x", "y"], environments=["e", "e"], odd=[1], one=3)
    assert dict(rows.columns) == {"kind": ["x", "y"]}


@pytest.mark.parametrize(
    ("known", "ids", "cut"),
    [
        ({"max_completion_length": 3, "eos_token_ids": [9]}, [1, 2, 3], True),
        ({"max_completion_length": 3, "eos_token_ids": [9]}, [1, 2, 9], False),
        ({"max_completion_length": 3, "eos_token_ids": [9]}, [1, 2], False),
        ({"max_completion_length": 3, "_tokenizer": SimpleNamespace(eos_token_id=9)}, [1, 2, 9], False),
        ({"max_completion_length": 3}, [1, 2, 3], True),
        ({"_tokenizer": SimpleNamespace(pad_token_id=0)}, [1, 0], False),
        ({}, [1, 2, 3], False),
        ({"max_completion_length": 3}, [], False),
    ],
)
def test_a_completion_is_truncated_where_it_has_the_longest_length_and_no_end(
    known: dict[str, Any], ids: list[int], cut: bool
) -> None:
    assert truncated(batch("a", caller=Caller(**known), ids=[ids]), 0) is cut
