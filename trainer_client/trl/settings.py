"""What a reward function is told once, when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypedDict

from trainer_client.limits import SCORE_SECONDS, ClientLimits
from trainer_client.scores import Progress

OnNulls = Literal["continue", "wait", "stop", "wait-then-stop"]


class Options(TypedDict, total=False):
    """Keyword arguments of `make_reward_function` and `make_component_functions`: the fields of `Settings`."""

    api_key: str | None
    accept_versions: bool
    allow_heuristic: bool
    limits: ClientLimits | None
    deadline: float
    max_null_share: float
    on_nulls: OnNulls
    null_wait: float
    min_group_share: float
    instruction_column: str
    answer_prefix: str
    components: tuple[str, ...]
    num_generations: int | None
    max_completion_length: int | None
    groups_per_step: int | None
    narrow_deadline: float
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how to score.

    Attributes:
        url, api_key, run, profile, accept_versions, limits: as for `RewardClient`. Rollouts of TRL's evaluation loop go
            to the run ``<run>.eval``, so that they are in no training step's statistics.
        allow_heuristic: train on a judge that is no model's opinion, too.
        deadline: seconds for one call. The other ranks wait meanwhile: with `null_wait` it must stay below the
            trainer's ``ddp_timeout`` (1,800 s).
        max_null_share: share of a call's rollouts without a reward above which `on_nulls` acts. 0 to 1.
        on_nulls: ``continue`` trains with what is there; ``wait`` goes on for up to `null_wait` seconds, in which what
            is unfinished is waited for and what is unscored is sent again, and then continues; ``stop`` ends the
            training at a checkpoint (see `stop_callback`); ``wait-then-stop`` does one after the other.
        min_group_share: a group of which a smaller share has a reward gets none at all: two rewards of sixteen would
            each teach at full advantage. 0 turns it off. A group that lies on several ranks is left as it is.
        instruction_column: the dataset's column with the instruction; without it, the last user message or the prompt.
        answer_prefix: what the chat template begins the model's answer with, such as ``<think>`` and a line end: part
            of the prompt for the trainer, and of the answer for a reward that looks at its format.
        components: those that metrics and the table of completions show.
        num_generations, max_completion_length: the trainer's own where it can be asked; a trainer that tells a reward
            function nothing of itself (asynchronous GRPO) cannot.
        groups_per_step: where the trainer does not tell its step (asynchronous GRPO), every so many groups are one.
        narrow_deadline: seconds for one call there, whose worker is taken for dead after ``heartbeat_stale_after_s``
            (300 s) without a sign; nothing is waited for beyond it.
        progress: told the evaluations after every answer.
    """

    url: str
    run: str
    profile: str | None = None
    api_key: str | None = field(default=None, repr=False)
    accept_versions: bool = False
    allow_heuristic: bool = False
    limits: ClientLimits | None = None
    deadline: float = SCORE_SECONDS
    max_null_share: float = 0.5
    on_nulls: OnNulls = "wait"
    null_wait: float = 600.0
    min_group_share: float = 0.5
    instruction_column: str = "instruction"
    answer_prefix: str = ""
    components: tuple[str, ...] = ("appearance", "functional", "format")
    num_generations: int | None = None
    max_completion_length: int | None = None
    groups_per_step: int | None = None
    narrow_deadline: float = 240.0
    progress: Progress | None = None

    def __post_init__(self) -> None:
        if self.on_nulls not in ("continue", "wait", "stop", "wait-then-stop"):
            raise ValueError(f"on_nulls: {self.on_nulls!r} is none of continue, wait, stop, wait-then-stop")
        for name in ("max_null_share", "min_group_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name}: {getattr(self, name)} is not between 0 and 1")
