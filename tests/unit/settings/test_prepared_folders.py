"""What an image holds prepared is used from there; everything else is where it always was."""

from __future__ import annotations

from pathlib import Path

from services.settings import ToolSettings
from services.settings.page_kit import PAGE_KIT, find_page_kit


def test_what_the_image_holds_goes_before_the_folder_of_sets(tmp_path: Path) -> None:
    image, sets = tmp_path / "image", tmp_path / "sets"
    for folder in (image / PAGE_KIT, sets / PAGE_KIT):
        folder.mkdir(parents=True)
    kit = find_page_kit(ToolSettings(sets=sets, prepared=image))
    assert kit is not None
    assert kit.folder == image / PAGE_KIT


def test_what_it_does_not_hold_is_in_the_folder_of_sets(tmp_path: Path) -> None:
    tools = ToolSettings(sets=tmp_path / "sets", prepared=tmp_path / "image")
    assert tools.place("toolchain-1") == tmp_path / "sets" / "toolchain-1"
    assert find_page_kit(tools) is None
