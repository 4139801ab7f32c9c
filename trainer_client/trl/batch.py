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
    return Trainer(
        group_size=settings.num_generations or size,
        longest=settings.max_completion_length or getattr(trainer, "max_completion_length", None),
        ends=_ends(trainer),
        evaluating=evaluating,
        rank=_ranks(trainer, "process_index", "RANK", 0),
        ranks=_ranks(trainer, "num_processes", "WORLD_SIZE", 1),
    )


def _ranks(trainer: Any, known: str, variable: str, otherwise: int) -> int:
    found = getattr(getattr(trainer, "accelerator", None), known, None)
    return int(os.environ.get(variable, otherwise)) if found is None else int(found)


def _ends(trainer: Any) -> frozenset[int]:
    """Tokens that end or pad a completion: the tokenizer's, and those more that later versions of TRL know."""
    tokenizer = getattr(trainer, "_tokenizer", None)
    told = [getattr(tokenizer, name, None) for name in ("eos_token_id", "pad_token_id")]
    known = (*told, *(getattr(trainer, "eos_token_ids", None) or []))
    return frozenset(token for token in known if token is not None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row belongs: its group's name in the step, and its number in the group."""

    group: str
    sample: int


def places(batch: Batch, before: int) -> list[Place]:
    """Where each row belongs, ``before`` rows of all ranks having come before this batch in its step.

    TRL lays the rows of all ranks one after the other and takes ``group_size`` of them for a group. Groups are
    numbered through a step. Where the group size is unknown, equal prompts that follow one another are a group, named
    after its first row.
    """
    first, size = before + batch.trainer.rank * len(batch), group_size(batch)
    if size is None:
        return _by_prompt(batch, first)
    return [Place(str(row // size), row % size) for row in range(first, first + len(batch))]


def group_size(batch: Batch) -> int | None:
    """As the trainer told; or the batch's length, where all of it answers one prompt."""
    if batch.trainer.group_size or not batch.prompts:
        return batch.trainer.group_size
    return len(batch) if all(prompt == batch.prompts[0] for prompt in batch.prompts) else None


def _by_prompt(batch: Batch, first: int) -> list[Place]:
    found: list[Place] = []
    start = 0
    for row, prompt in enumerate(batch.prompts):
        if prompt != batch.prompts[start]:
            start = row
        found.append(Place(str(first + start), row - start))
    return found


def step_of(batch: Batch, before: int, groups_per_step: int | None) -> int | None:
    """The trainer's step; where it tells none, counted from the groups that came before."""
    size = group_size(batch)
    if not batch.narrow or not groups_per_step or not size:
        return batch.step
    return before // size // groups_per_step


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
