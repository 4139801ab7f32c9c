"""The table of the documentation is the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.telemetry.catalogue import Described, catalogue

ROOT = Path(__file__).parents[3]
ROW = re.compile(
    r"^\| `(?P<name>webgen_\w+)` \| (?P<kind>\w+) \| (?P<labels>[^|]+) \| (?P<said>[^|]+) \| [^|]+ \|$", re.M
)
UNBOUNDED = {
    "run",
    "run_id",
    "evaluation",
    "evaluation_id",
    "rollout",
    "group",
    "step",
    "request_id",
    "path",
    "package",
}


def told() -> list[Described]:
    text = (ROOT / "docs/metrics.md").read_text()
    return [
        Described(row["name"], row["kind"], tuple(x for x in row["labels"].split(", ") if x != "-"), row["said"])
        for row in ROW.finditer(text)
    ]


def test_the_table_holds_every_metric_and_nothing_else() -> None:
    assert told() == catalogue()


@pytest.mark.parametrize("metric", catalogue(), ids=lambda metric: metric.name)
def test_names_are_conventional_and_labels_are_bounded(metric: Described) -> None:
    assert re.fullmatch(r"webgen_[a-z]+(_[a-z]+)*", metric.name)
    assert (metric.kind == "counter") == metric.name.endswith("_total")
    assert not set(metric.labels) & UNBOUNDED
    assert metric.said.endswith(".")
