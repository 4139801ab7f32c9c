"""The dashboard: panels that ask for metrics that there are, and how its queries are drawn without Grafana."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from benchmarks.dashboard.ask import Line
from benchmarks.dashboard.draw import draw
from benchmarks.dashboard.model import DASHBOARD, Panel, Query, panels
from services.telemetry.catalogue import catalogue

SUFFIX = re.compile(r"_(bucket|sum|count)$")
SHOWN = list(panels(json.loads(DASHBOARD.read_text())))
NOT_SHOWN = {"webgen_http_request_duration_seconds", "webgen_blobs_total", "webgen_dependency_sets"} | {
    "webgen_dependency_install_duration_seconds",
    "webgen_dependency_sets_removed_total",
    "webgen_reaper_sweeps_total",
    "webgen_judge_answered_calls_total",
}
"""For looking closer: something of the same is on the dashboard."""


def asked(panel: Panel) -> set[str]:
    return {SUFFIX.sub("", name) for query in panel.queries for name in re.findall(r"\bwebgen_[a-z_]+\b", query.expr)}


@pytest.mark.parametrize("panel", SHOWN, ids=lambda panel: panel.title)
def test_a_panel_asks_for_metrics_that_there_are(panel: Panel) -> None:
    assert asked(panel) <= {metric.name for metric in catalogue()}
    assert asked(panel)


def test_every_metric_is_on_the_dashboard_or_left_out_on_purpose() -> None:
    shown = set().union(*map(asked, SHOWN))
    assert {metric.name for metric in catalogue()} - shown == NOT_SHOWN


def test_panels_do_not_overlap() -> None:
    boxes = [panel.place for panel in SHOWN]
    for number, (x, y, width) in enumerate(boxes):
        assert x + width <= 24
        beside = [box for box in boxes[number + 1 :] if box[1] == y]
        assert all(other >= x + width or other + wide <= x for other, _, wide in beside)


def test_a_legend_names_the_labels_of_its_line() -> None:
    query = Query("rate(a[$__rate_interval])", "{{stage}} {{outcome}}")
    assert query.named({"stage": "build"}) == "build none"
    assert query.over("1m") == "rate(a[1m])"


def test_panels_with_gaps_and_without_data_are_drawn(tmp_path: Path) -> None:
    line = Line("build", (0.0, 1.0, 2.0), (1.0, math.nan, 3.0))
    draw("title", [(SHOWN[0], [line]), (SHOWN[1], [])], tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
