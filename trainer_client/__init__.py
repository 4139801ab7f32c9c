"""HTTP client for trainers. Loads httpx and pydantic and nothing of the service but its contract."""

from trainer_client.async_client import AsyncRewardClient
from trainer_client.client import RewardClient
from trainer_client.errors import (
    BadAnswer,
    ClientError,
    Conflict,
    DeadlineExceeded,
    Declined,
    InvalidRollout,
    NotFound,
    Problem,
    Refused,
    ServiceFault,
    TooLarge,
    TransportError,
    Unauthorized,
)
from trainer_client.limits import ClientLimits
from trainer_client.scores import Progress, Scores
from trainer_client.trl import make_component_functions, make_reward_function

__all__ = [
    "AsyncRewardClient",
    "BadAnswer",
    "ClientError",
    "ClientLimits",
    "Conflict",
    "DeadlineExceeded",
    "Declined",
    "InvalidRollout",
    "NotFound",
    "Problem",
    "Progress",
    "Refused",
    "RewardClient",
    "Scores",
    "ServiceFault",
    "TooLarge",
    "TransportError",
    "Unauthorized",
    "make_component_functions",
    "make_reward_function",
]
