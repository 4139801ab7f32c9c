"""Reward functions for TRL's trainers. Nothing here loads TRL, torch or transformers but `stop_callback`."""

from trainer_client.trl.errors import HeuristicJudge, TooManyNulls
from trainer_client.trl.functions import (
    COMPONENTS,
    RewardFunction,
    make_component_functions,
    make_reward_function,
)
from trainer_client.trl.settings import OnNulls, Options
from trainer_client.trl.stopping import stop_callback

__all__ = [
    "COMPONENTS",
    "HeuristicJudge",
    "OnNulls",
    "Options",
    "RewardFunction",
    "TooManyNulls",
    "make_component_functions",
    "make_reward_function",
    "stop_callback",
]
