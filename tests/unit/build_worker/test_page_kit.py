"""The page kit: how it is pinned, and what its fonts' configuration says."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import build_worker.page_kit
from build_worker.page_kit import bake, page_kit_hash, prepare_page_kit
from services.errors import RegistryError, ToolchainError
from services.settings import ToolSettings
from services.settings.page_kit import PAGE_KIT, PageKit
from tests.support.npm_registry import registry

SOURCE = Path(build_worker.page_kit.__file__).parent
FAMILIES = json.loads((SOURCE / "fonts.json").read_text())


def test_its_folder_is_named_by_all_that_it_is_made_from() -> None:
    assert f"page-kit-{page_kit_hash()}" == PAGE_KIT, "put the new hash into services.settings.page_kit"


def test_its_packages_are_pinned_without_a_registry_s_address() -> None:
    pinned = json.loads((SOURCE / "package.json").read_text())["dependencies"]
    locked = json.loads((SOURCE / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in pinned} == pinned
    assert all("integrity" in package for path, package in locked.items() if path)
    assert not any("resolved" in package for package in locked.values())


def test_every_package_of_fonts_is_used() -> None:
    pinned = json.loads((SOURCE / "package.json").read_text())["dependencies"]
    assert set(pinned) == {"axe-core", *(f"@expo-google-fonts/{family}" for family in FAMILIES)}


def test_every_family_that_another_name_leads_to_is_there() -> None:
    tree = ElementTree.parse(SOURCE / "fonts.conf")  # noqa: S314 - our own file
    led_to = {named.text for path in (".//edit/string", ".//prefer/family") for named in tree.iterfind(path)}
    assert {str(name).lower().replace(" ", "-") for name in led_to} <= set(FAMILIES)


def test_nothing_is_left_of_one_that_could_not_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with registry({}) as server, pytest.raises(RegistryError):
        prepare_page_kit(ToolSettings(sets=tmp_path / "sets"), server.url)
    assert [path.name for path in (tmp_path / "sets").iterdir()] == [".locks"]


def test_a_browser_that_ends_before_it_listens_is_told_with_what_it_said(tmp_path: Path) -> None:
    dud = tmp_path / "browser"
    dud.write_text("#!/bin/sh\necho no display >&2\n")
    dud.chmod(0o755)
    with pytest.raises(ToolchainError, match="no display"):
        bake(PageKit(tmp_path), dud)
