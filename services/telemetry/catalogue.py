"""Every metric with what is said of it: what ``docs/metrics.md`` holds, and what an alert or a panel may ask for."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client.metrics import MetricWrapperBase

from services.telemetry import metrics
from services.telemetry.readings import READINGS

METRICS = tuple(value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase))


@dataclass(frozen=True, slots=True)
class Described:
    """Attributes:
    name: as it is scraped; a histogram's without ``_bucket``, ``_sum`` and ``_count``.
    kind: ``counter``, ``gauge`` or ``histogram``.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    said: str


def catalogue() -> list[Described]:
    """In the order of their definition; those that are read come last."""
    return [_described(metric) for metric in METRICS] + [
        Described(reading.name, reading.kind, reading.labels, reading.said) for reading in READINGS
    ]


def _described(metric: MetricWrapperBase) -> Described:
    (family,) = metric.describe()
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return Described(name, family.type, metric._labelnames, family.documentation)
