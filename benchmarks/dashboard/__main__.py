"""``python -m benchmarks.dashboard http://127.0.0.1:9090``: the dashboard's queries as a picture."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import httpx

from benchmarks.dashboard.ask import Span, lines
from benchmarks.dashboard.draw import draw
from benchmarks.dashboard.model import DASHBOARD, panels


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prometheus", help="its address")
    parser.add_argument("--minutes", type=float, default=60.0, help="how far to look back")
    parser.add_argument("--window", default="2m", help="over which rates are taken")
    parser.add_argument("--out", type=Path, default=Path("dashboard.png"))
    given = parser.parse_args()
    dashboard = json.loads(DASHBOARD.read_text())
    span = Span(time.time() - 60 * given.minutes, time.time(), given.window)
    with httpx.Client(base_url=given.prometheus, timeout=60.0) as http:
        shown = [(panel, lines(http, panel, span)) for panel in panels(dashboard)]
    draw(f"{dashboard['title']}: {given.minutes:g} minutes", shown, given.out)
    empty = [panel.title for panel, found in shown if not found]
    print(f"{given.out}: {len(shown)} panels" + (f", without data: {', '.join(empty)}" if empty else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
