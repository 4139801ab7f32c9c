"""Which of several browsers is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.errors import ToolchainError
from services.settings import ToolSettings
from services.settings.browsers import PACKAGED, find_browser


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    return tmp_path


def test_the_order_is_set_then_playwrights_then_the_systems_then_packaged(machine: Path) -> None:
    tools = ToolSettings(sets=machine / "sets")
    assert find_browser(tools) is None
    packaged = program(tools.sets / PACKAGED)
    assert find_browser(tools) == packaged
    system = program(machine / "bin/chromium-headless-shell")
    assert find_browser(tools) == system
    own = program(machine / ".cache/ms-playwright/chromium_headless_shell-1234/chrome-linux/headless_shell")
    assert find_browser(tools) == own
    chosen = program(machine / "chosen")
    assert find_browser(tools.model_copy(update={"browser": chosen})) == chosen


def test_one_that_is_set_but_not_there_is_named_not_replaced(machine: Path) -> None:
    program(machine / "bin/chromium")
    with pytest.raises(ToolchainError, match="WEBGEN_TOOLS__BROWSER"):
        find_browser(ToolSettings(browser=machine / "gone"))


def test_the_newest_of_playwrights_is_taken(machine: Path) -> None:
    shells = machine / ".cache/ms-playwright"
    program(shells / "chromium_headless_shell-999/chrome-linux/headless_shell")
    newest = program(shells / "chromium_headless_shell-1001/chrome-linux/headless_shell")
    assert find_browser(ToolSettings(sets=machine)) == newest


def test_playwrights_folder_may_be_elsewhere(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(machine / "shared"))
    own = program(machine / "shared/chromium_headless_shell-7/chrome-linux/headless_shell")
    assert find_browser(ToolSettings(sets=machine)) == own


def test_snaps_do_not_start_in_our_sandbox_and_are_passed_over(machine: Path) -> None:
    program(machine / "bin/chromium-headless-shell", '#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    (machine / "bin/headless-shell").symlink_to(program(machine / "bin/snap"))
    assert find_browser(ToolSettings(sets=machine)) is None
    shell = program(machine / "bin/headless_shell")
    assert find_browser(ToolSettings(sets=machine)) == shell


FULL = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


@pytest.mark.parametrize("name", FULL)
def test_full_browsers_are_passed_over_and_refused_where_set(machine: Path, name: str) -> None:
    found = program(machine / "bin" / name)
    assert find_browser(ToolSettings(sets=machine)) is None
    link = machine / "browser"
    link.symlink_to(found)
    for chosen in (found, link):
        with pytest.raises(ToolchainError, match=r"names a full browser: .* Mend: .*headless-shell"):
            find_browser(ToolSettings(browser=chosen))
