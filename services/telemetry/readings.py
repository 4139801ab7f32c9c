"""What is read at the time of a scrape instead of being counted: the same at every gateway, so take the largest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric that is read.

    Attributes:
        name: as it is scraped; a counter's ends in ``_total``.
    """

    name: str
    kind: Literal["gauge", "counter"]
    said: str
    labels: tuple[str, ...]

    def family(self, values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
        """The metric with its values by label values."""
        made = GaugeMetricFamily if self.kind == "gauge" else CounterMetricFamily
        family = made(self.name, self.said, labels=self.labels)
        for labels, value in values:
            family.add_metric(labels, value)
        return family


QUEUED = Reading("webgen_evaluations_queued", "gauge", "Evaluations waiting for a worker of a stage.", ("stage",))
PARKED = Reading(
    "webgen_evaluations_parked",
    "gauge",
    "Evaluations waiting for equal work that another evaluation does; no worker would take them.",
    ("stage",),
)
RUNNING = Reading("webgen_evaluations_running", "gauge", "Evaluations a stage works on.", ("stage",))
OLDEST = Reading(
    "webgen_queue_oldest_age_seconds",
    "gauge",
    "How long the evaluation has been due that waits longest for a worker of a stage.",
    ("stage",),
)
REACHABLE = Reading(
    "webgen_dependency_up", "gauge", "Whether the gateway reaches what all need: records, broker.", ("dependency",)
)
FREE_DISK = Reading("webgen_disk_free_bytes", "gauge", "Bytes free where the gateway keeps blobs.", ("folder",))
ANSWERED = Reading("webgen_judge_answered_calls_total", "counter", "Calls that the judge answered.", ("model",))
TOKENS = Reading("webgen_judge_tokens_total", "counter", "Tokens of these calls.", ("model", "direction"))
COST = Reading("webgen_judge_cost_total", "counter", "What the calls with a price cost.", ("model", "currency"))
UNPRICED = Reading("webgen_judge_unpriced_calls_total", "counter", "Calls whose cost is not known.", ("model",))

READINGS = (QUEUED, PARKED, RUNNING, OLDEST, REACHABLE, FREE_DISK, ANSWERED, TOKENS, COST, UNPRICED)
