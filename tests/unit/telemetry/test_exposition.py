"""Where a process answers scrapes, and how Prometheus comes to know."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import httpx
import pytest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from services.settings import MetricsSettings
from services.telemetry.exposition import announce, exposition, serving


def test_a_process_answers_where_its_file_says(tmp_path: Path) -> None:
    settings = MetricsSettings(port=0, targets=tmp_path / "made")
    with serving("reaper", settings) as port:
        (found,) = json.loads((tmp_path / "made" / "reaper.json").read_text())
        assert found == {"targets": [f"127.0.0.1:{port}"], "labels": {"process": "reaper"}}
        answer = httpx.get(f"http://{found['targets'][0]}/metrics", trust_env=False)
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"webgen_process_info", "process_resident_memory_bytes"} <= names
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{found['targets'][0]}/metrics", trust_env=False)


def test_without_a_port_nobody_listens_and_nothing_is_written(tmp_path: Path) -> None:
    with serving("reaper", MetricsSettings(targets=tmp_path)) as port:
        assert port is None
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told_at_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = MetricsSettings(port=other.getsockname()[1])
        with pytest.raises(OSError, match="in use"), serving("reaper", settings):
            raise AssertionError("nobody can listen there")


def test_a_successor_s_address_takes_the_place_of_the_former(tmp_path: Path) -> None:
    settings = MetricsSettings(targets=tmp_path)
    announce("build", settings, 1)
    announce("build", settings, 2, "10.0.0.1")
    (found,) = json.loads((tmp_path / "build.json").read_text())
    assert found["targets"] == ["10.0.0.1:2"]
    assert [path.name for path in tmp_path.glob("*.json")] == ["build.json"]


def test_what_is_read_is_read_at_every_scrape() -> None:
    numbers = iter((1.0, 2.0))
    shown = [exposition(lambda: [GaugeMetricFamily("webgen_read", "Read.", next(numbers))])[0] for _ in range(2)]
    assert b"webgen_read 1.0" in shown[0]
    assert b"webgen_read 2.0" in shown[1]
