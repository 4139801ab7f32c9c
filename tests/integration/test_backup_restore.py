"""The commands of docs/operations.md: what was backed up answers in an empty installation as it did before."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.stores.keys import create_key, verify_key
from services.stores.migrations import is_newest
from tests.support.databases import fresh_postgres, postgres_programs
from tests.support.told_runs import ToldRuns, told

GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
def played(database_url: str, tmp_path: Path) -> Iterator[ToldRuns]:
    """An installation with a scored, a failed and a rejudged evaluation."""
    runs = ToldRuns(tmp_path / "old", database_url)
    runs.play(told(step=1), told("build", step=1), run="before")
    yield runs
    runs.close()


@pytest.fixture
def empty_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Another database of the same kind, with nothing in it."""
    if database_url.startswith("sqlite"):
        (tmp_path / "new").mkdir()
        return f"sqlite:///{tmp_path}/new/records.db"
    return fresh_postgres(request.getfixturevalue("postgres"))


def commands(section: str) -> str:
    """The shell commands of one section of the guide."""
    found = re.search(rf"^### {section}$.*?```sh\n(.*?)```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None, f"{GUIDE.name} has no commands in {section!r}"
    return found[1]


def run(section: str, variables: dict[str, str], folder: Path) -> None:
    programs = postgres_programs()
    path = f"{programs}:/usr/bin:/bin:{Path('.venv/bin').absolute()}"
    subprocess.run(
        ["bash", "-euc", commands(section)],
        cwd=folder,
        check=True,
        env={"PATH": path, "HOME": str(folder), **variables},
    )


def variables(kind: str, old: str, new: str, tmp_path: Path) -> dict[str, str]:
    stores = {"OLD_BLOBS": str(tmp_path / "old" / "blobs"), "NEW_BLOBS": str(tmp_path / "new" / "blobs")}
    if kind == "SQLite":
        names = [url.removeprefix("sqlite:///") for url in (old, new)]
    else:
        names = [url.replace("postgresql+psycopg://", "postgresql://") for url in (old, new)]
    return {"BACKUP": str(tmp_path / "backup"), "OLD_RECORDS": names[0], "NEW_RECORDS": names[1], **stores}


def test_an_empty_installation_answers_for_old_evaluations(
    played: ToldRuns, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    kind = "SQLite" if database_url.startswith("sqlite") else "PostgreSQL"
    _, secret = create_key(played.shop.records, "trainer", ["read"])
    asked = ["/v1/runs", "/v1/runs/before", "/v1/runs/before/evaluations"]
    with played.client() as client:
        before = [answers(client, address) for address in asked]
        ids = [found["id"] for found in before[-1]["evaluations"]]
        artifacts = [artifact(client, each, name) for each in ids for name in ("source.json",)]
        pictures = [artifact(client, ids[0], "home.png")]

    told_variables = variables(kind, database_url, empty_url, tmp_path)
    run(f"Back up {kind}", told_variables, tmp_path)
    run(f"Restore {kind}", told_variables, tmp_path)

    assert is_newest(empty_url)
    restored = ToldRuns(tmp_path / "new", empty_url)
    with restored.client() as client:
        assert [answers(client, address) for address in asked] == before
        assert [artifact(client, each, name) for each in ids for name in ("source.json",)] == artifacts
        assert [artifact(client, ids[0], "home.png")] == pictures
    assert verify_key(restored.shop.records, secret) is not None
    restored.play(told(), run="after")  # and goes on
    restored.close()


def answers(client: TestClient, address: str) -> dict[str, list[dict[str, str]]]:
    response = client.get(address)
    assert response.status_code == 200, response.text
    body: dict[str, list[dict[str, str]]] = response.json()
    return body


def artifact(client: TestClient, evaluation_id: str, name: str) -> bytes:
    response = client.get(f"/v1/evaluations/{evaluation_id}/artifacts/{name}")
    assert response.status_code == 200, response.text
    return response.content
