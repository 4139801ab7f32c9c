"""The seccomp profile of the workers: enough for the sandbox, and nothing that the sandbox can do without."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.compose_stack import ROOT, docker

PROFILE: dict[str, Any] = json.loads((ROOT / "docker" / "seccomp" / "worker.json").read_text())
ADDED = ("clone", "unshare", "mount", "umount2", "pivot_root", "sethostname")
"""Each is needed for the sandbox to start at all."""

CHECK = """
from services.sandbox import make_sandbox
from services.settings import SandboxSettings
print(make_sandbox(SandboxSettings()).self_check())
"""
HARDENED = ("--rm", "--network", "none", "--cap-drop", "ALL", "--read-only", "--security-opt", "no-new-privileges")
FOLDERS = ("--tmpfs", "/tmp:exec,mode=1777")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def run(profile: str, *command: str, image: str = "build", proc: bool = True) -> tuple[int, str]:
    options = ["--security-opt", f"seccomp={profile}"] if profile else []
    options += ["--security-opt", "systempaths=unconfined"] if proc else []
    done = docker("run", *HARDENED, *FOLDERS, *options, f"webgen-reward/{image}", *command)
    return done.returncode, done.stdout + done.stderr


def allowed(name: str) -> list[dict[str, Any]]:
    return [rule for rule in PROFILE["syscalls"] if name in rule["names"] and rule["action"] == "SCMP_ACT_ALLOW"]


def test_the_sandbox_is_sound_under_it() -> None:
    assert run(str(ROOT / "docker/seccomp/worker.json"), "python", "-c", CHECK) == (0, "[]\n")


def test_the_browsers_own_sandbox_starts_and_a_page_is_rendered() -> None:
    code, said = run(str(ROOT / "docker/seccomp/worker.json"), "python", "-m", "render_worker.check", image="render")
    assert code == 0, said
    assert all(json.loads(line)["found"] for line in said.splitlines())


@pytest.mark.parametrize("name", ADDED)
def test_without_any_one_call_that_it_adds_there_is_no_sandbox(name: str, folder: Path) -> None:
    less = {**PROFILE, "syscalls": [rule for rule in PROFILE["syscalls"] if rule["names"] != [name]]}
    (folder / "less.json").write_text(json.dumps(less))
    assert run(str(folder / "less.json"), "python", "-c", CHECK) != (0, "[]\n")


def test_a_worker_without_it_refuses_work_and_names_the_mend() -> None:
    code, said = run("", "python", "-P", "-m", "build_worker.worker")
    assert code != 0
    assert "refuses work" in said
    assert "Mend:" in said


FORBIDDEN = (
    *(
        "setns",
        "ptrace",
        "bpf",
        "keyctl",
        "io_uring_setup",
        "userfaultfd",
        "open_by_handle_at",
        "kexec_load",
        "quotactl",
    ),
    *("init_module", "perf_event_open", "fsopen", "move_mount", "process_vm_readv", "reboot", "swapon"),
)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_the_sandbox_does_not_need_stays_forbidden(name: str) -> None:
    assert not allowed(name)


def test_what_may_be_unshared_is_named_and_only_pipes_are_made() -> None:
    assert [rule["args"][0]["op"] for rule in allowed("unshare")] == ["SCMP_CMP_MASKED_EQ"]
    assert {rule["args"][0]["valueTwo"] for name in ("mknod", "mknodat") for rule in allowed(name)} == {0o010_000}
    assert set(PROFILE["architectures"]) == {"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"}
