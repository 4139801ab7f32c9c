"""The packaged browser: where it lies, and that it is refused where it cannot run."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

import build_worker.browser
from build_worker.browser import browser_hash, prepare_browser
from services.errors import RegistryError, ToolchainError
from services.settings import ToolSettings
from services.settings.browsers import PACKAGED
from tests.support.npm_registry import registry

SOURCE = Path(build_worker.browser.__file__).parent


def test_its_folder_is_named_by_all_that_it_is_made_from() -> None:
    assert PACKAGED.parent.name == f"browser-{browser_hash()}", "put the new hash into services.settings.browsers"


def test_its_package_is_pinned_without_a_registry_s_address() -> None:
    pinned = json.loads((SOURCE / "package.json").read_text())["dependencies"]["@sparticuz/chromium"]
    locked = json.loads((SOURCE / "package-lock.json").read_text())["packages"]
    assert locked["node_modules/@sparticuz/chromium"]["version"] == pinned
    assert all("integrity" in package for path, package in locked.items() if path)
    assert not any("resolved" in package for package in locked.values())


def test_another_architecture_is_told_what_else_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(ToolchainError, match=r"aarch64.*Mend: .apt-get install"):
        prepare_browser(ToolSettings(sets=tmp_path))


def test_nothing_is_left_of_one_that_could_not_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with registry({}) as server, pytest.raises(RegistryError):
        prepare_browser(ToolSettings(sets=tmp_path / "sets"), server.url)
    assert [path.name for path in (tmp_path / "sets").iterdir()] == [".locks"]
