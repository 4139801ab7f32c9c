"""The panels of the dashboard, as its JSON says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

DASHBOARD = Path(__file__).resolve().parents[2] / "helm/webgen-reward/files/dashboard.json"
WINDOW = "$__rate_interval"
"""What Grafana puts a window in place of."""


class Named(dict[str, str]):
    """Labels by name; what a line does not have is named so."""

    def __missing__(self, label: str) -> str:
        return "none"


@dataclass(frozen=True, slots=True)
class Query:
    """One line, or several, of a panel. ``legend`` has labels as ``{{label}}``."""

    expr: str
    legend: str

    def over(self, window: str) -> str:
        """The expression with a window of this length, for example ``1m``."""
        return self.expr.replace(WINDOW, window)

    def named(self, labels: Mapping[str, str]) -> str:
        """The legend of a line."""
        template = Template(self.legend.replace("{{", "${").replace("}}", "}"))
        return template.substitute(Named(labels))


@dataclass(frozen=True, slots=True)
class Panel:
    """Attributes:
    row: title of the row that it stands in.
    unit: as Grafana names it.
    place: column, line and width on a grid of 24 columns.
    """

    row: str
    title: str
    said: str
    unit: str
    place: tuple[int, int, int]
    queries: tuple[Query, ...]


def panels(dashboard: Mapping[str, Any]) -> Iterator[Panel]:
    """In their order."""
    row = ""
    for each in dashboard["panels"]:
        if each["type"] == "row":
            row = each["title"]
        else:
            yield _panel(row, each)


def _panel(row: str, each: Mapping[str, Any]) -> Panel:
    at = each["gridPos"]
    queries = tuple(Query(target["expr"], target["legendFormat"]) for target in each["targets"])
    unit = each["fieldConfig"]["defaults"]["unit"]
    return Panel(row, each["title"], each["description"], unit, (at["x"], at["y"], at["w"]), queries)
