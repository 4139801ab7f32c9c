"""Which browser is taken, and what a run is pinned to."""

from __future__ import annotations

from pathlib import Path

import pytest

from render_worker.browser import require_browser, sandbox_job
from render_worker.probe import SCRIPTS, call
from render_worker.versions import render_version
from services.errors import ToolchainError
from services.settings import RenderSettings, ToolSettings
from services.settings.page_kit import PageKit, require_page_kit


def test_without_any_browser_the_mend_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    with pytest.raises(ToolchainError, match="apt-get install"):
        require_browser(RenderSettings(tools=ToolSettings(sets=tmp_path)))


def test_a_browser_outside_the_system_brings_its_folder_and_nothing_else(tmp_path: Path) -> None:
    job = sandbox_job(tmp_path / "its" / "browser", PageKit(tmp_path / "kit"))
    assert [mount.target for mount in job.mounts] == [str(tmp_path / "kit"), str(tmp_path / "its")]
    assert not any(Path(mount.target).is_relative_to(Path.home()) for mount in job.mounts)


def test_it_has_the_kit_s_fonts_and_no_others(tmp_path: Path) -> None:
    job = sandbox_job(tmp_path / "browser", PageKit(tmp_path))
    assert job.environment["FONTCONFIG_FILE"] == str(tmp_path / "fonts.conf")


def test_without_the_page_kit_the_mend_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"Mend: .python -m build_worker\.setup"):
        require_page_kit(ToolSettings(sets=tmp_path))


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
