"""What a reward function raises besides `trainer_client.errors`. Both end the training: its owner has to act."""

from __future__ import annotations

from trainer_client.errors import ClientError


class HeuristicJudge(ClientError):
    """The service grades with a judge that is no model's opinion, and the training did not ask for that."""

    def __init__(self, judge: str) -> None:
        super().__init__(
            f"the service's judge is {judge!r}, which is for trying things out and not for training: start the service "
            "with a vision-language model, or pass allow_heuristic=True"
        )


class TooManyNulls(ClientError):
    """More rollouts of a step stayed without a reward than `max_null_share` allows."""

    def __init__(self, nulls: int, rollouts: int, why: str) -> None:
        super().__init__(f"{nulls} of {rollouts} rollouts have no reward ({why})")
