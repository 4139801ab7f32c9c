"""``clean``: whose stores it takes, and what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reward_api.cli.app import app
from services.errors import InvalidRequest
from services.stores.blobs import FileBlobs
from tests.support.told_runs import ToldRuns, told

STRAY = b"nobody's"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one old evaluation, and a blob that nobody refers to."""
    for name in list(os.environ):
        if name.startswith("WEBGEN_"):
            monkeypatch.delenv(name)
    runs = ToldRuns(tmp_path)
    runs.play(told())
    runs.close()
    FileBlobs(tmp_path / "blobs").put(STRAY)
    for path in (tmp_path / "blobs").rglob("*"):
        os.utime(path, (1_000_000, 1_000_000))
    return tmp_path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["clean", *map(str, arguments)], catch_exceptions=True)


def counts(folder: Path, *arguments: object) -> dict[str, Any]:
    result = call("--data-dir", folder, "--json", *arguments)
    assert result.exit_code == 0, result.output
    counted: dict[str, Any] = json.loads(result.stdout)
    return counted


def stored(folder: Path) -> int:
    return len(list(FileBlobs(folder / "blobs").listed()))


def test_it_removes_nothing_unless_asked(folder: Path) -> None:
    before = stored(folder)
    said = counts(folder, "--records-days", 1)
    assert (said["removed"], said["evaluations"], said["blobs"]) == (False, 1, before)
    assert stored(folder) == before
    assert counts(folder, "--records-days", 1, "--delete") == {**said, "removed": True}
    assert stored(folder) == 0


def test_records_stay_unless_a_retention_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = counts(folder, "--delete")
    assert (said["evaluations"], said["blobs"], said["bytes"]) == (0, 1, len(STRAY))
    monkeypatch.setenv("WEBGEN_RETENTION__RECORDS_DAYS", "1")
    assert counts(folder)["evaluations"] == 1
    assert counts(folder, "--keep-run", "r*")["evaluations"] == 0
    monkeypatch.setenv("WEBGEN_RETENTION__KEEP_RUNS", '["run"]')
    assert counts(folder)["evaluations"] == 0


def test_the_answer_for_people(folder: Path) -> None:
    result = call("--data-dir", folder)
    assert result.stdout.startswith("Would remove 0 evaluations, 0 memories of equal work and 1 blobs (8 B).")
    assert call("--data-dir", folder, "--delete").stdout.startswith("Removed 0 evaluations")


def test_the_stores_of_the_environment_are_taken_together(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("WEBGEN_RECORDS__URL", f"sqlite:///{folder}/records.db")
    result = call("--data-dir", elsewhere)
    assert isinstance(result.exception, InvalidRequest)
    assert "only WEBGEN_RECORDS__URL is set" in str(result.exception)
    monkeypatch.setenv("WEBGEN_BLOBS__ROOT", str(folder / "blobs"))
    assert counts(elsewhere)["blobs"] == 1


def test_a_folder_without_records_is_not_made(tmp_path: Path, folder: Path) -> None:
    result = call("--data-dir", tmp_path / "nowhere")
    assert isinstance(result.exception, InvalidRequest)
    assert not (tmp_path / "nowhere").exists()


def test_a_retention_that_is_too_short_is_refused(folder: Path) -> None:
    result = call("--data-dir", folder, "--blob-hours", 1)
    assert isinstance(result.exception, InvalidRequest)
    assert "blob_hours" in str(result.exception)
    assert stored(folder) > 1
