"""The packaged browser, really installed, renders in the real sandbox; and a machine is told where one does not."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from build_worker.browser import prepare_browser
from render_worker.check import examine
from services.checks import Check
from services.settings import RenderSettings, ToolSettings

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the package is for x86-64 alone"),
]


def checks(browser: Path) -> dict[str, Check]:
    settings = RenderSettings(tools=ToolSettings(browser=browser))
    return {check.name: check for check in examine(settings)}


def test_the_packaged_browser_renders_as_any_other() -> None:
    program = prepare_browser(ToolSettings())
    assert prepare_browser(ToolSettings()) == program
    found = checks(program)
    assert "Chromium" in found["headless browser"].detail
    assert [check for check in found.values() if not check.found] == []


def test_what_it_brings_stands_in_for_the_machine_s_libraries() -> None:
    folder = prepare_browser(ToolSettings()).parent
    assert {"libnss3.so", "libnspr4.so", "libexpat.so.1"} <= {path.name for path in (folder / "lib").iterdir()}
    assert not (folder / "node_modules").exists()


def test_a_browser_that_does_not_render_is_found_out_and_a_mend_is_named(tmp_path: Path) -> None:
    dud = tmp_path / "browser"
    dud.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Chromium 1" && exit\nexit 1\n')
    dud.chmod(0o755)
    tmp_path.chmod(0o755)
    found = checks(dud)
    assert found["headless browser"].found
    assert not found["rendering"].found
    assert "build_worker.setup" in found["rendering"].mend
