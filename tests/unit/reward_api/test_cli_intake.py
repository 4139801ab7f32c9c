"""Rollouts from files and folders."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from reward_api.cli.intake import IntakeError, as_id, read_rollouts
from reward_api.cli.score import read


def folder(home: Path, name: str, completion: str = "text") -> None:
    (home / name).mkdir(parents=True)
    (home / name / "instruction.txt").write_text("make a site\n", "utf-8")
    (home / name / "completion.txt").write_text(completion, "utf-8")


def test_each_line_is_a_rollout_and_blank_lines_are_none(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"instruction": "a", "completion": "b"}\n\n{"instruction": "c", "completion": "d"}\n', "utf-8")
    found = read_rollouts(file)
    assert [entry.rollout["instruction"] for entry in found] == ["a", "c"]
    assert [entry.where for entry in found] == ["in.jsonl line 1", "in.jsonl line 3"]


def test_a_folder_of_rollout_folders_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    folder(tmp_path, "shop")
    folder(tmp_path, "blog", "a completion\r\nthat ends mid-li")
    (tmp_path / "notes").mkdir()
    found = read_rollouts(tmp_path)
    assert [entry.rollout["id"] for entry in found] == ["blog", "shop"]
    assert found[0].rollout["instruction"] == "make a site"
    assert found[0].rollout["completion"] == "a completion\r\nthat ends mid-li"


def test_a_single_rollout_folder_is_read_too(tmp_path: Path) -> None:
    folder(tmp_path, "shop")
    assert [entry.rollout["id"] for entry in read_rollouts(tmp_path / "shop")] == ["shop"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no rollout"),
        ("{nope", "line 1 is not JSON"),
        ("[1]", "line 1 is not a JSON object"),
        ("[" * 100_000, "line 1 is not JSON"),
    ],
)
def test_what_is_no_rollout_is_said_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(text, "utf-8")
    with pytest.raises(IntakeError, match=says):
        read_rollouts(file)


@pytest.mark.parametrize("content", [b"\xff\xfe{}", None])
def test_an_unreadable_file_is_said(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "in.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(IntakeError, match="cannot be read"):
        read_rollouts(file)


def test_a_missing_field_is_found_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"instruction": "a", "completion": "b"}\n{"instruction": "a"}\n', "utf-8")
    with pytest.raises(typer.BadParameter, match=r"line 2: completion"):
        read(file)


@pytest.mark.parametrize(("name", "id_"), [("01 a/b", "01-a-b"), ("..", "rollout"), ("_x", "x")])
def test_folder_names_become_ids(name: str, id_: str) -> None:
    assert as_id(name) == id_
