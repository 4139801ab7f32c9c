"""Logs that cannot be faked, request ids that can be trusted, metrics that add up."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from services.telemetry.logs import configure_logs
from services.telemetry.request_ids import request_id


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("logger", [structlog.stdlib.get_logger("ours"), logging.getLogger("library")])
def test_a_line_an_event_with_the_request_id(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(json=True, level="info")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logger.info("it happened")
        logger.debug("not shown")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line) | {"event": "it happened", "request_id": "r-1", "level": "info"} == json.loads(line)


@pytest.mark.parametrize("as_json", [True, False])
def test_candidates_cannot_drive_a_terminal(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(json=as_json, level="INFO")
    structlog.stdlib.get_logger("ours").info("finding\nfake line", message="\x1b[2J\u202e")
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize("offered", ["a", "0af-1.b:c_d", "x" * 64])
def test_sane_request_ids_are_kept(offered: str) -> None:
    assert request_id(offered) == offered


@pytest.mark.parametrize("offered", [None, "", "a b", "a\n", "é", "x" * 65, "-a"])
def test_other_request_ids_are_replaced(offered: str | None) -> None:
    assert request_id(offered) not in (offered, request_id(offered))


def test_processes_that_share_a_folder_add_up(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    modules = "from services.telemetry import exposition as e, metrics as m"
    count = f"{modules}; m.SUBMITTED.inc(2); print(e.exposition()[0].decode())"
    shown = [
        subprocess.run([sys.executable, "-c", count], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert "webgen_rollouts_submitted_total 2.0" in shown[0].stdout
    assert "webgen_rollouts_submitted_total 4.0" in shown[1].stdout
