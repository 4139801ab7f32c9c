"""Every error that this service raises, by the boundary that was crossed.

    WebgenError
    |-- InfrastructureError          our fault: retried within a bound, then the evaluation is unscored
    |   |-- BrokerError              Redis or the queue
    |   |-- RecordError              the SQL database
    |   |-- BlobError                the blob store
    |   |-- SandboxError             the sandbox could not be set up, or did not report
    |   |-- ToolchainError           Node, the linter or the bundler is missing or damaged
    |   |-- RegistryError            the package registry did not answer
    |   |-- DependencySetMissing     a resolved set is gone from this machine: resolve it again
    |   |-- BrowserError             the browser died of itself
    |   |-- JudgeError               the judge did not answer, or a control shot failed too
    |   |   |-- BudgetSpent          the run may spend no more on judging
    |   |   |-- JudgeBusy            our own limits left no room for a judging before its deadline
    |   |   `-- JudgeDown            the judge's server fails call after call: it was not asked
    |   |-- NotReady                 a kind of worker has never been there: HTTP 503
    |   |-- VersionMismatch          this worker is of another version than the run is pinned to
    |   `-- InternalError            a defect of ours
    `-- CallerError                  the caller's fault: becomes a 4xx problem document
        |-- InvalidRequest   400     |-- Unauthorized    401    |-- Forbidden   403
        |-- NotFound         404     |-- Conflict        409    |-- TooLarge    413
        |-- UnsupportedMedia 415     |-- Unprocessable   422    `-- QueueFull   429

A candidate's failure is never an exception: it is a report with ``passed=False``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from services.stages import Stage


class WebgenError(Exception):
    """Base of everything raised on purpose."""


class InfrastructureError(WebgenError):
    """We failed, not the model.

    Attributes:
        reason: a stable word for records and metrics (``unscored_reason``).
        redo: the stage to go back to before the retry, where the fault is that stage's output.
        retry_after: seconds before which a retry is no use, where that is known; such a retry counts as no try.
        patience: seconds for which it is retried so; the stage's own (`RetryPolicy`) where None.
        final: a retry is no use at all.
        left: artifacts that the stage kept before it failed, for people who look into it: name -> `Artifact` as JSON.
    """

    reason = "infrastructure"
    redo: Stage | None = None
    retry_after: float | None = None
    patience: float | None = None
    final: bool = False
    left: Mapping[str, Any] = MappingProxyType({})


class BrokerError(InfrastructureError):
    reason = "broker"


class RecordError(InfrastructureError):
    reason = "records"


class BlobError(InfrastructureError):
    reason = "blobs"


class SandboxError(InfrastructureError):
    reason = "sandbox"


class ToolchainError(InfrastructureError):
    reason = "toolchain"


class RegistryError(InfrastructureError):
    reason = "registry"


class DependencySetMissing(InfrastructureError):
    reason = "dependency-set"
    redo = Stage.RESOLVE


class BrowserError(InfrastructureError):
    reason = "browser"


class JudgeError(InfrastructureError):
    """``replies``: what the judge's models replied before it, raw; empty where nothing came."""

    reason = "judge"
    replies: tuple[str, ...] = ()


class BudgetSpent(JudgeError):
    """Only a person can change that."""

    reason = "budget"
    final = True


class JudgeBusy(JudgeError):
    """Nobody failed: a queue was long. So an evaluation waits on, for much longer than for a server that is down."""

    reason = "judge-busy"
    patience = 6 * 3_600.0

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class JudgeDown(JudgeError):
    """Nothing was tried, so it counts as a try of the stage only after its patience (`RetryPolicy`)."""

    reason = "judge-down"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class VersionMismatch(InfrastructureError):
    reason = "version-mismatch"


class InternalError(InfrastructureError):
    reason = "internal"


class NotReady(InfrastructureError):
    """No worker of some kind has announced itself yet, so that a run could not be pinned to its versions."""

    reason = "not-ready"


class CallerError(WebgenError):
    """The caller's fault.

    Attributes:
        status: HTTP status.
        title: short text, the same for every occurrence.
        detail: what to send instead.
        retry_after: seconds, where waiting helps.
    """

    status = 400
    title = "Bad request"

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class InvalidRequest(CallerError):
    status, title = 400, "Invalid request"


class Unauthorized(CallerError):
    status, title = 401, "Unauthorized"


class Forbidden(CallerError):
    status, title = 403, "Forbidden"


class NotFound(CallerError):
    status, title = 404, "Not found"


class Conflict(CallerError):
    status, title = 409, "Conflict"


class TooLarge(CallerError):
    status, title = 413, "Too large"


class UnsupportedMedia(CallerError):
    status, title = 415, "Unsupported media type"


class Unprocessable(CallerError):
    status, title = 422, "Unprocessable"


class QueueFull(CallerError):
    status, title = 429, "Queue full"


def boundary(error: BaseException) -> InfrastructureError:
    """Name the boundary that an error of a stage crossed. What nobody named is a defect of ours."""
    if isinstance(error, InfrastructureError):
        return error
    return InternalError(f"{type(error).__name__}: {error}")
