"""Every error that the client raises.

    ClientError
    |-- InvalidRollout        a rollout that cannot be sent; nothing left this machine
    |-- TransportError        the address or the key cannot be used at all
    |   `-- DeadlineExceeded  the deadline passed while connecting or retrying; `last` says what went wrong last
    |-- BadAnswer             a 2xx answer that is not what the contract says, for example a proxy's page
    `-- Declined              an answer of 4xx or 5xx, with its problem document
        |-- Refused           4xx: sending the same again will not help
        |   |-- Unauthorized  401 and 403: no API key, a revoked one, or one without the scope
        |   |-- NotFound      404
        |   |-- Conflict      409: the id belongs to another body, or the run is pinned to other versions
        |   `-- TooLarge      413
        `-- ServiceFault      5xx that went on after the retries

What goes away by itself (connection faults, 429, 502, 503, 504) is never raised: it is retried until the deadline.

`score`, `wait` and `iter_results` go further: whatever is the service's fault is retried, and what is missing at
the deadline is None. They raise `InvalidRollout`, `Refused` and, for an address that never answered as the service
would, `BadAnswer`. What was known then is in the error's ``scores``. `submit` raises `DeadlineExceeded` besides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer_client.scores import Scores

OWN_PROBLEMS = "urn:webgen-reward:problem:"
"""Beginning of every ``type`` of the service's own problem documents."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An RFC 9457 problem document. `members` holds everything that it said."""

    title: str
    detail: str = ""
    members: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, status: int, content: bytes) -> Problem:
        """From a body of any kind: what is no problem document becomes one with the text's beginning as detail."""
        try:
            members = json.loads(content)
        except (ValueError, RecursionError):
            members = None
        if not isinstance(members, dict):
            return cls(f"HTTP {status}", content[:300].decode("utf-8", "replace").strip())
        return cls(str(members.get("title") or f"HTTP {status}"), str(members.get("detail") or ""), members)

    @property
    def from_service(self) -> bool:
        """The service said it, and not something that stands before it."""
        return str(self.members.get("type", "")).startswith(OWN_PROBLEMS)

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title


class ClientError(Exception):
    """Base of everything raised on purpose.

    ``scores``: what a call for many rollouts had found when it raised this; `RewardClient.wait` goes on with it.
    """

    scores: Scores | None = None


class InvalidRollout(ClientError):
    """`index` is the rollout's place in the list that was given."""

    def __init__(self, index: int, detail: str) -> None:
        super().__init__(f"rollout {index}: {detail}")
        self.index = index
        self.detail = detail


class TransportError(ClientError):
    """No answer can be had from this address, or with this key."""


class DeadlineExceeded(TransportError):
    """`last` is the last fault met, or None when there was none."""

    def __init__(self, what: str, last: str | None) -> None:
        super().__init__(f"{what}: the deadline passed" + (f"; last fault: {last}" if last else ""))
        self.last = last


class BadAnswer(ClientError):
    """The service, or something before it, answered outside the contract."""


class Declined(ClientError):
    """`status` is the HTTP status, `problem` what the service said."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{status} {problem}")
        self.status = status
        self.problem = problem


class Refused(Declined):
    """4xx."""


class Unauthorized(Refused):
    """401 or 403."""


class NotFound(Refused):
    """404."""


class Conflict(Refused):
    """409."""


class TooLarge(Refused):
    """413."""


class ServiceFault(Declined):
    """5xx."""


_BY_STATUS: dict[int, type[Refused]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
}


def declined(status: int, content: bytes) -> Declined:
    """The error for an answer that is not 2xx."""
    kind = ServiceFault if status >= 500 else _BY_STATUS.get(status, Refused)
    return kind(status, Problem.read(status, content))
