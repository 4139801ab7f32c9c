"""One call of a trainer to its reward function, and where its rollouts belong. Pure, but for two variables of the
environment that a launcher sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer_client.trl.settings import Settings

LogMetric = Callable[[str, float], None]
LogExtra = Callable[[str, list[Any]], None]

NOT_COLUMNS = frozenset({"trainer_state", "log_extra", "log_metric", "environments", "prompts", "completions"})


@dataclass(frozen=True, slots=True)
class Trainer:
    """What can be learned of the trainer that calls.

    Attributes:
        group_size: completions of one prompt; None where unknown.
        longest: token limit of a completion; None where unknown.
        ends: tokens that end a completion or pad it.
        evaluating: this is TRL's evaluation loop.
        rank, ranks: this process among those that train.
    """

    group_size: int | None = None
    longest: int | None = None
    ends: frozenset[int] = frozenset()
    evaluating: bool = False
    rank: int = 0
    ranks: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call brought, row by row.

    Attributes:
        columns: dataset column -> one value a row.
        step: the optimizer step, from 0; None where the trainer does not tell it.
        token_ids: of the completions; empty where the trainer does not tell them.
    """

    prompts: Sequence[Any]
    completions: Sequence[Any]
    token_ids: Sequence[Sequence[int]]
    columns: Mapping[str, Sequence[Any]]
    step: int | None
    trainer: Trainer
    log_metric: LogMetric | None = None
    log_extra: LogExtra | None = None

    def __len__(self) -> int:
        return len(self.completions)

    @property
    def narrow(self) -> bool:
        """The trainer tells nothing of itself: asynchronous GRPO."""
        return self.log_metric is None and self.step is None


def read_batch(
    settings: Settings,
    prompts: Sequence[Any],
    completions: Sequence[Any],
    completion_ids: Sequence[Sequence[int]] | None,
    rest: Mapping[str, Any],
) -> Batch:
    """From the keyword arguments that TRL's trainers pass."""
    state, log_metric = rest.get("trainer_state"), rest.get("log_metric")
    lists = {name: value for name, value in rest.items() if name not in NOT_COLUMNS}
    return Batch(
        prompts,
        completions,
        completion_ids or [],
        {name: v for name, v in lists.items() if isinstance(v, Sequence) and len(v) == len(completions)},
        getattr(state, "global_step", None),
        read_trainer(settings, log_metric),
        log_metric,
        rest.get("log_extra"),
    )


def read_trainer(settings: Settings, log_metric: LogMetric | None) -> Trainer:
    """TRL tells a reward function neither its group size nor its token limit, but ``log_metric`` is a method of it."""
    trainer = getattr(log_metric, "__self__", None)
    evaluating = not getattr(getattr(trainer, "model", None), "training", True)
    size = getattr(trainer, "num_generations_eval" if evaluating else "num_generations", None)
    padding = getattr(getattr(trainer, "_tokenizer", None), "pad_token_id", None)
    ends = [*(getattr(trainer, "eos_token_ids", None) or []), *([] if padding is None else [padding])]
    return Trainer(
        group_size=settings.num_generations or size,
        longest=settings.max_completion_length or getattr(trainer, "max_completion_length", None),
        ends=frozenset(ends),
        evaluating=evaluating,
        rank=int(os.environ.get("RANK", "0")),
        ranks=int(os.environ.get("WORLD_SIZE", "1")),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row belongs: its group's name in the step, and its number in the group."""

    group: str
    sample: int


def places(batch: Batch, turn: int) -> list[Place]:
    """Where each row belongs.

    TRL lays the rows of all ranks one after the other and takes ``group_size`` of them for a group. Groups are
    numbered through a step: ``turn`` is how many calls it had before this one, all of this length. Where the group
    size is unknown, equal prompts that follow one another are a group, numbered by themselves on each rank.
    """
    size, trainer = batch.trainer.group_size, batch.trainer
    if size is None:
        return _by_prompt(batch, turn)
    first = (turn * trainer.ranks + trainer.rank) * len(batch)
    return [Place(str(row // size), row % size) for row in range(first, first + len(batch))]


def _by_prompt(batch: Batch, turn: int) -> list[Place]:
    rank = f"{batch.trainer.rank}-" if batch.trainer.ranks > 1 else ""
    found: list[Place] = []
    group, sample = 0, 0
    for row, prompt in enumerate(batch.prompts):
        same = row > 0 and prompt == batch.prompts[row - 1]
        group, sample = (group, sample + 1) if same else (group + (row > 0), 0)
        found.append(Place(f"{rank}{turn}-{group}" if turn else f"{rank}{group}", sample))
    return found


def whole_groups(batch: Batch, found: Sequence[Place]) -> list[list[int]]:
    """Rows of each group that lies on this rank as a whole."""
    rows: dict[str, list[int]] = {}
    for row, place in enumerate(found):
        rows.setdefault(place.group, []).append(row)
    size = batch.trainer.group_size
    return [group for group in rows.values() if size is None or len(group) == size]


def truncated(batch: Batch, row: int) -> bool:
    """The completion ended at the token limit: it is as long as allowed, and no end token is its last.

    Where only one of limit and end tokens is known, that one decides; where neither is, nothing is claimed.
    """
    trainer = batch.trainer
    ids = batch.token_ids[row] if row < len(batch.token_ids) else None
    if not ids or (trainer.longest is None and not trainer.ends):
        return False
    full = trainer.longest is None or len(ids) >= trainer.longest
    return full and ids[-1] not in trainer.ends
