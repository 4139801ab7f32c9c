"""The program as it is called: exit statuses and messages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reward_api.cli.app import app
from reward_api.cli.options import JudgeKind, judge_environment
from reward_api.doctor import WORKERS, ask, check_bubblewrap, check_python, check_redis, check_sandbox

runner = CliRunner()


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from reward_api.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_key_lives_from_create_to_revoke(tmp_path: Path) -> None:
    made = runner.invoke(app, ["keys", "create", "trainer", "--data-dir", str(tmp_path), "--scope", "submit"])
    assert made.exit_code == 0
    assert made.stdout.startswith("wgr_")
    key_id = made.stderr.split()[1]
    listed = runner.invoke(app, ["keys", "list", "--data-dir", str(tmp_path)]).stdout
    assert key_id in listed
    assert made.stdout.strip() not in listed
    assert runner.invoke(app, ["keys", "revoke", key_id, "--data-dir", str(tmp_path)]).exit_code == 0


def test_an_unknown_key_ends_with_one_message(tmp_path: Path) -> None:
    done = program("keys", "revoke", "nobody", "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip() == "webgen-reward: no API key has the id 'nobody'"


def test_a_built_in_profile_can_be_shown_changed_and_checked(tmp_path: Path) -> None:
    shown = runner.invoke(app, ["profiles", "show", "cascade"])
    own = tmp_path / "own.toml"
    own.write_text(shown.stdout.replace('name = "cascade"', 'name = "own"'), "utf-8")
    checked = runner.invoke(app, ["profiles", "check", str(own)])
    assert checked.exit_code == 0
    assert checked.stdout.startswith("own 2 is valid")
    assert "cascade (default)" in runner.invoke(app, ["profiles", "list"]).stdout


def test_a_wrong_profile_names_the_wrong_key(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\nversion = "1"\nbounds = 1\n', "utf-8")
    done = program("profiles", "check", str(own))
    assert done.returncode == 1
    assert "bounds" in done.stderr


def test_scoring_nothing_readable_is_wrong_usage(tmp_path: Path) -> None:
    done = runner.invoke(app, ["score", str(tmp_path / "missing.jsonl"), "--url", "http://127.0.0.1:1"])
    assert done.exit_code == 2


def test_a_vlm_needs_a_model() -> None:
    done = runner.invoke(app, ["up", "--judge", "vlm"], env={"WEBGEN_JUDGE__MODEL": ""})
    assert done.exit_code == 2
    assert "--judge-model" in done.output


def test_a_model_that_may_be_another_tomorrow_is_refused_before_anything_starts() -> None:
    done = runner.invoke(app, ["up", "--judge", "vlm", "--judge-model", "gpt-4o"])
    assert done.exit_code == 2
    assert "ALLOW_ALIASES" in done.output


def test_a_model_that_may_be_another_tomorrow_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBGEN_JUDGE__ALLOW_ALIASES", "true")
    assert judge_environment(JudgeKind.VLM, None, "gpt-4o") == {"WEBGEN_JUDGE__MODEL": "gpt-4o"}


def test_the_judge_s_options_become_settings() -> None:
    assert judge_environment(JudgeKind.VLM, "http://vlm.test/v1", "m") == {
        "WEBGEN_JUDGE__BASE_URL": "http://vlm.test/v1",
        "WEBGEN_JUDGE__MODEL": "m",
    }
    assert judge_environment(JudgeKind.HEURISTIC, None, None) == {}


def test_without_the_server_extra_the_message_says_what_to_install() -> None:
    script = "import sys; sys.modules['typer'] = None; from reward_api.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "webgen-reward[server]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_sandbox_s_problems_become_a_check_with_their_mend() -> None:
    check = check_sandbox(["no namespaces. Mend: sysctl -w a=1", "no tar. Mend: apt-get install tar"])
    assert not check.found
    assert check.detail == "no namespaces; no tar"
    assert check.mend == "sysctl -w a=1; apt-get install tar"
    assert check_sandbox([]).found


@pytest.mark.parametrize(
    ("version", "found"), [("bubblewrap 0.8.0", True), ("bubblewrap 0.6.1", False), ("huh", False), (None, False)]
)
def test_bubblewrap_must_be_there_and_new_enough(version: str | None, found: bool) -> None:
    check = check_bubblewrap(version)
    assert check.found is found
    assert bool(check.mend) is not found


def test_an_old_python_is_named() -> None:
    assert check_python((3, 11)).found
    assert "3.11" in check_python((3, 10)).mend


def test_a_redis_that_does_not_start_is_missing(tmp_path: Path) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("no program")
    assert not check_redis(broken).found
    assert "not found" in check_redis(None).detail


def test_a_toolchain_folder_of_other_tools_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toolchain-0123456789abcdef").mkdir()
    monkeypatch.setenv("WEBGEN_TOOLS__SETS", str(tmp_path))
    checks = {check.name: check for check in ask("build worker", WORKERS["build worker"])}
    assert checks["node"].found
    assert not checks["toolchain"].found
    assert "build_worker.setup" in checks["toolchain"].mend
    assert not checks["scaffold's packages"].found


def test_a_worker_that_cannot_say_is_a_failed_check() -> None:
    (check,) = ask("some worker", ("no_such_module",))
    assert not check.found
    assert "no_such_module" in check.detail
