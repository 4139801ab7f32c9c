"""Ending a training at a checkpoint, on all ranks at once."""

from __future__ import annotations

from typing import Any

from trainer_client.trl.functions import RewardFunction
from trainer_client.trl.scorer import Scorer, Stop


def stop_callback(function: RewardFunction) -> Any:
    """A ``TrainerCallback`` for ``callbacks=[...]`` that saves a checkpoint and ends the training after a step in
    which the function (of `make_reward_function`, or any of `make_component_functions`) found too many rewards
    missing under ``on_nulls="stop"`` or ``"wait-then-stop"``. Without it the function raises `TooManyNulls` instead.
    """
    from transformers import TrainerCallback

    scorer: Scorer = function.args[0]  # type: ignore[attr-defined]
    stop = scorer.stop

    class StopAtCheckpoint(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            stop.heeded, stop.wished = True, False

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if _anywhere(stop, args.device):
                control.should_save = control.should_training_stop = True

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            stop.heeded = False

    return StopAtCheckpoint()


def _anywhere(stop: Stop, device: Any) -> bool:
    """Whether any rank wishes to stop: one that left alone would leave the others waiting."""
    import torch
    from torch import distributed

    wished = torch.tensor(float(stop.wished), device=device)
    if distributed.is_available() and distributed.is_initialized():
        distributed.all_reduce(wished, op=distributed.ReduceOp.MAX)
    return bool(wished.item())
