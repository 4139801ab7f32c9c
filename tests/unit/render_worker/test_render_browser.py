"""Which browser is taken, and what a run is pinned to."""

from __future__ import annotations

from pathlib import Path

import pytest

from render_worker.browser import find_browser, sandbox_job
from render_worker.probe import SCRIPTS, call
from render_worker.versions import render_version
from services.errors import ToolchainError
from services.settings import RenderSettings, ToolSettings


def settings(browser: Path) -> RenderSettings:
    return RenderSettings(tools=ToolSettings(browser=browser))


def test_the_browser_that_is_set_is_taken(tmp_path: Path) -> None:
    program = tmp_path / "browser"
    program.write_text("")
    assert find_browser(settings(program)) == program


def test_one_that_is_set_but_not_there_is_named_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="WEBGEN_TOOLS__BROWSER"):
        find_browser(settings(tmp_path / "gone"))


def test_without_any_browser_the_mend_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ToolchainError, match="apt-get install"):
        find_browser(RenderSettings())


def test_playwrights_own_browser_goes_before_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / ".cache/ms-playwright/chromium_headless_shell-1234/chrome-linux/headless_shell"
    own.parent.mkdir(parents=True)
    own.write_text("")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_browser(RenderSettings()) == own


def test_a_browser_outside_the_system_brings_its_folder_and_nothing_else(tmp_path: Path) -> None:
    job = sandbox_job(tmp_path / "browser")
    assert str(tmp_path) in [mount.target for mount in job.mounts]
    assert not any(Path(mount.target).is_relative_to(Path.home()) for mount in job.mounts)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_called_as_expressions(name: str) -> None:
    expression = call(name, {"quiet": 1})
    assert "export" not in expression.split("(", 2)[1]
    assert expression.endswith('({"quiet": 1})')


def test_the_version_follows_what_is_seen() -> None:
    base = RenderSettings()
    assert render_version(base) == render_version(RenderSettings())
    assert render_version(base) != render_version(RenderSettings(width=base.width + 1))
    assert render_version(base) != render_version(RenderSettings(routes=base.routes + 1))
