"""The command line on machines that have one extra and not the other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from reward_api.cli.commands import COMMANDS, add_all
from reward_api.cli.extras import extra_of

SERVER_ALONE = (
    "alembic",
    "celery",
    "docker",
    "fastapi",
    "openai",
    "orjson",
    "playwright",
    "prometheus_client",
    "psycopg",
    "pydantic_settings",
    "redis",
    "sqlalchemy",
    "structlog",
    "uvicorn",
)
"""What the extra `server` brings and the extra `trainer` does not."""


def without(*modules: str, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """The program where none of these modules can be imported."""
    code = f"""
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {modules!r}:
            raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)

sys.meta_path.insert(0, Absent())
from reward_api.cli import main
main()
"""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_training_machine_has_the_commands_that_read_over_http() -> None:
    done = without(*SERVER_ALONE, arguments=("--help",))
    assert done.returncode == 0, done.stderr
    lines = {name: next(line for line in done.stdout.splitlines() if f" {name} " in line) for name in COMMANDS}
    for name in ("preflight", "watch", "group", "report", "rejudge", "replay", "profiles", "score"):
        assert "Not installed" not in lines[name]
    assert "Not installed here" in lines["doctor"]


def test_a_command_that_is_not_there_says_what_to_install_whatever_it_is_given() -> None:
    done = without(*SERVER_ALONE, arguments=("doctor", "one", "--two", "three"))
    assert done.returncode == 1
    assert re.fullmatch(r"webgen-reward: this needs \w+: pip install 'webgen-reward\[server\]'", done.stderr.strip())


def test_a_command_that_needs_more_on_its_way_says_so(tmp_path: Path) -> None:
    done = without(*SERVER_ALONE, arguments=("keys", "list", "--data-dir", str(tmp_path)))
    assert done.returncode == 1
    assert "webgen-reward[server]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("sqlalchemy.orm", "server"),
        ("PIL.Image", "server"),
        ("yaml", "trainer"),
        ("scipy", "analysis"),
        ("kombu", "server"),
    ],
)
def test_a_module_is_found_in_the_extra_that_brings_it(module: str, extra: str) -> None:
    assert extra_of(module) == extra


def test_a_mistake_in_a_name_of_ours_is_not_taken_for_a_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError):
        add_all(typer.Typer(), {"none": "reward_api.cli.no_such_module:none"})


def test_a_stand_in_is_listed_among_the_others() -> None:
    app = typer.Typer()
    add_all(app, {"absent": "no_such_package.module:command", "profiles": COMMANDS["profiles"]})
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert "absent" in shown
    assert "webgen-reward[server]" in shown.replace("\n", " ")
    assert "profiles" in shown
