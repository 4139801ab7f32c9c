"""Every metric of every process, once. Prefix ``webgen_``, base units, bounded labels: never a run or an id.

What is read from the record at the time of a scrape (queue depth and age, the judge's ledger) is no metric object but
a `Reading`. ``docs/metrics.md`` is the table of both. What a worker's pool counts needs a label: the library gives a
metric without one its place at import, before `services.telemetry.sharing` has made it.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY: Final = CollectorRegistry()

_HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
_STAGE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300)
_QUEUE_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600)
_WHOLE_SECONDS = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 21_600)
_REWARD_VALUES = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5)
_COMPONENT_VALUES = (0.0, 0.25, 0.5, 0.75, 0.9, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)


def _counter(name: str, said: str, *labels: str) -> Counter:
    return Counter(name, said, labels, registry=REGISTRY)


def _histogram(name: str, said: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(name, said, labels, buckets=buckets, registry=REGISTRY)


def _gauge(name: str, said: str, *labels: str) -> Gauge:
    """Of several processes that share an exposition, the one that told last counts."""
    return Gauge(name, said, labels, registry=REGISTRY, multiprocess_mode="livemostrecent")


PROCESS: Final = _gauge(
    "webgen_process_info", "1, by the process's kind and the version installed.", "process", "version"
)

HTTP_REQUESTS: Final = _counter(
    "webgen_http_requests_total",
    "Requests answered, by route template, method and status class (disconnected: nobody was there to be answered).",
    "route",
    "method",
    "status",
)
HTTP_SECONDS: Final = _histogram(
    "webgen_http_request_duration_seconds",
    "Time from the request's first byte to the answer's last, waiting for evaluations included.",
    "route",
    "method",
    buckets=_HTTP_SECONDS,
)
HTTP_REFUSALS: Final = _counter(
    "webgen_http_refusals_total",
    "Requests refused, by route template and reason: the last word of the problem's type.",
    "route",
    "reason",
)
SUBMITTED: Final = _counter("webgen_rollouts_submitted_total", "Rollouts accepted, repeated submissions included.")

ENDED: Final = _counter(
    "webgen_evaluations_ended_total",
    "Evaluations that ended, by status; reason is empty but for unscored ones.",
    "status",
    "reason",
)
EVALUATION_SECONDS: Final = _histogram(
    "webgen_evaluation_duration_seconds",
    "Time from an evaluation's submission to its end.",
    "status",
    buckets=_WHOLE_SECONDS,
)
REWARD: Final = _histogram(
    "webgen_evaluation_reward",
    "Rewards given, by built-in profile; every other profile is counted as custom.",
    "profile",
    buckets=_REWARD_VALUES,
)
COMPONENT: Final = _histogram(
    "webgen_evaluation_component",
    "Raw values of the components of rewards given: appearance 0 to 5, the others 0 to 1.",
    "profile",
    "component",
    buckets=_COMPONENT_VALUES,
)
BANDS: Final = _counter(
    "webgen_evaluation_bands_total",
    "Rewards given, by the row of the profile's outcome table that they came from.",
    "profile",
    "band",
)

STAGE_SECONDS: Final = _histogram(
    "webgen_stage_duration_seconds", "Work of one claimed stage.", "stage", buckets=_STAGE_SECONDS
)
STAGE_QUEUE_SECONDS: Final = _histogram(
    "webgen_stage_queue_duration_seconds",
    "Time from a stage's dispatch, or from the end of its delay, to its claim.",
    "stage",
    buckets=_QUEUE_SECONDS,
)
STAGE_OUTCOMES: Final = _counter(
    "webgen_stage_outcomes_total",
    "Ends of a stage: passed, failed, contended, reused, or the reason of our own failure.",
    "stage",
    "outcome",
)
CLAIMS_LOST: Final = _counter(
    "webgen_stage_claims_lost_total", "Claims that ran out because their worker was gone.", "stage"
)
REDISPATCHES: Final = _counter("webgen_stage_redispatches_total", "Stages that the reaper sent again.", "stage")
SWEEPS: Final = _counter(
    "webgen_reaper_sweeps_total",
    "Rounds of the reaper: done, failed, or idle where another process has the lead.",
    "outcome",
)
LAST_SWEEP: Final = _gauge(
    "webgen_reaper_last_sweep_timestamp_seconds", "When this process's last round of each kind ended.", "outcome"
)

SANDBOX_KILLS: Final = _counter(
    "webgen_sandbox_kills_total",
    "Programs in a sandbox that a limit ended, by the limit and what enforced it (sampled or cgroup).",
    "limit",
    "mechanism",
)
SET_LOOKUPS: Final = _counter(
    "webgen_dependency_set_lookups_total",
    "Dependency sets asked for: hit (was there), installed, unpacked, or failed (the candidate's fault).",
    "outcome",
)
INSTALL_SECONDS: Final = _histogram(
    "webgen_dependency_install_duration_seconds",
    "Time in which a dependency set was installed, or found impossible.",
    "outcome",
    buckets=_STAGE_SECONDS,
)
INSTALLED_BYTES: Final = _counter(
    "webgen_dependency_set_added_bytes_total", "Bytes of disk of sets that were installed or unpacked.", "outcome"
)
SETS_REMOVED: Final = _counter(
    "webgen_dependency_sets_removed_total", "Dependency sets removed: damaged, or to make room.", "why"
)
SETS: Final = _gauge(
    "webgen_dependency_sets",
    "Dependency sets on this machine, as this process saw them last: kept (they always stay), or passing.",
    "kind",
)
SETS_BYTES: Final = _gauge("webgen_dependency_sets_bytes", "Bytes of disk of these sets.", "kind")
BUILDS: Final = _counter(
    "webgen_builds_total",
    "Builds by lane: passed, failed, or declined (the lane does not promise the project's own result).",
    "lane",
    "outcome",
)
BROWSER_STARTS: Final = _counter(
    "webgen_browser_starts_total",
    "Browsers started, by why: first, spent (its jobs or its size), unsound (something was left, or went wrong), "
    "unfit (not quiet at rest), asked (to be sure of a new one), single (each lives for one evaluation).",
    "reason",
)

JUDGE_SECONDS: Final = _histogram(
    "webgen_judge_call_duration_seconds", "One call to the judge, by its kind.", "kind", buckets=_STAGE_SECONDS
)
JUDGE_CALLS: Final = _counter(
    "webgen_judge_calls_total",
    "Calls to the judge, by kind and outcome (answered, refused: 400, 413 or 422, rate-limited, failed, no-answer).",
    "kind",
    "outcome",
)
BREAKER: Final = _gauge(
    "webgen_judge_breaker_open",
    "The circuit of the judge's server as a call met it last: 1 open (nobody asks it), 0 closed.",
    "kind",
)
BREAKER_CHANGES: Final = _counter(
    "webgen_judge_breaker_changes_total", "Times that it opened and closed.", "kind", "to"
)

BLOBS: Final = _counter("webgen_blobs_total", "Blobs written (those that were there already are not) and read.", "way")
BLOB_BYTES: Final = _counter("webgen_blob_bytes_total", "Bytes of these blobs.", "way")
