"""Every metric of every process, once. Prefix ``webgen_``, base units, bounded labels: never a run or an id.

A process with children, and processes that share one exposition, set ``PROMETHEUS_MULTIPROC_DIR`` before they
start (an empty folder); `exposition` then adds up what all of them counted. What is read from the record at the
time of a scrape (queue depth and age) is no metric object: it is handed to `exposition`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

REGISTRY: Final = CollectorRegistry()

_HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
_STAGE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300)
_QUEUE_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600)
_REWARD_VALUES = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5)

HTTP_REQUESTS: Final = Counter(
    "webgen_http_requests_total",
    "Requests answered, by route template, method and status class (disconnected: nobody was there to be answered).",
    ("route", "method", "status"),
    registry=REGISTRY,
)
HTTP_SECONDS: Final = Histogram(
    "webgen_http_request_duration_seconds",
    "Time from the request's first byte to the answer's last, waiting for evaluations included.",
    ("route", "method"),
    buckets=_HTTP_SECONDS,
    registry=REGISTRY,
)
HTTP_REFUSALS: Final = Counter(
    "webgen_http_refusals_total",
    "Requests refused, by reason: the last word of the problem's type.",
    ("reason",),
    registry=REGISTRY,
)
SUBMITTED: Final = Counter(
    "webgen_rollouts_submitted_total",
    "Rollouts accepted, repeated submissions included.",
    registry=REGISTRY,
)
ENDED: Final = Counter(
    "webgen_evaluations_ended_total",
    "Evaluations that ended, by status; reason is empty but for unscored ones.",
    ("status", "reason"),
    registry=REGISTRY,
)
REWARD: Final = Histogram(
    "webgen_evaluation_reward",
    "Rewards given, by built-in profile; every other profile is counted as custom.",
    ("profile",),
    buckets=_REWARD_VALUES,
    registry=REGISTRY,
)
STAGE_SECONDS: Final = Histogram(
    "webgen_stage_duration_seconds",
    "Work of one claimed stage.",
    ("stage",),
    buckets=_STAGE_SECONDS,
    registry=REGISTRY,
)
STAGE_QUEUE_SECONDS: Final = Histogram(
    "webgen_stage_queue_duration_seconds",
    "Time from a stage's dispatch to its claim.",
    ("stage",),
    buckets=_QUEUE_SECONDS,
    registry=REGISTRY,
)
STAGE_OUTCOMES: Final = Counter(
    "webgen_stage_outcomes_total",
    "Ends of a stage: passed, failed, contended, reused, or the reason of our own failure.",
    ("stage", "outcome"),
    registry=REGISTRY,
)
CLAIMS_LOST: Final = Counter(
    "webgen_stage_claims_lost_total",
    "Claims that ran out because their worker was gone.",
    ("stage",),
    registry=REGISTRY,
)
REDISPATCHES: Final = Counter(
    "webgen_stage_redispatches_total",
    "Stages that the reaper sent again.",
    ("stage",),
    registry=REGISTRY,
)
JUDGE_SECONDS: Final = Histogram(
    "webgen_judge_call_duration_seconds",
    "One call to the judge, by its kind.",
    ("kind",),
    buckets=_STAGE_SECONDS,
    registry=REGISTRY,
)
JUDGE_CALLS: Final = Counter(
    "webgen_judge_calls_total",
    "Calls to the judge, by kind and outcome (answered, refused: 400, 413 or 422, rate-limited, failed, no-answer).",
    ("kind", "outcome"),
    registry=REGISTRY,
)


class _Read(Collector):
    """Families that were read for one scrape."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def exposition(families: Iterable[Metric] = ()) -> tuple[bytes, str]:
    """The text of one scrape and its media type: all metrics of this process (or of all that share the folder),
    then the families handed in."""
    shown: list[CollectorRegistry] = [REGISTRY]
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        shown = [CollectorRegistry()]
        MultiProcessCollector(shown[0])  # type: ignore[no-untyped-call]  # the library has no annotation here
    scrape = CollectorRegistry()
    scrape.register(_Read(list(families)))
    return b"".join(generate_latest(registry) for registry in (*shown, scrape)), CONTENT_TYPE_LATEST
