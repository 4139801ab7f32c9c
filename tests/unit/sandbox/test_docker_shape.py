"""What is asked of the engine for every container."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from services.sandbox import Limits, Mount, SandboxJob
from services.sandbox.command import System
from services.sandbox.docker.keeper import keeper_argv, request
from services.sandbox.docker.owner import is_left, own_mark
from services.sandbox.docker.profile import browser_profile
from services.sandbox.docker.shape import container, image_archive, shape_of

SYSTEM = System(("/usr", "/etc/fonts"), (("usr/bin", "/bin"),), None)
LIMITS = Limits(memory_bytes=100_000_000, processes=10, disk_bytes=5_000_000)
JOB = SandboxJob(
    ("/bin/tool", "an 'arg'"),
    mounts=(Mount(Path("/sets/a"), "/job/site/node_modules"),),
    temporary=("/job/site/node_modules/.cache",),
    environment={"B": "two words", "A": "1"},
    limits=LIMITS,
)


def host_config(job: SandboxJob = JOB, runtime: str | None = None) -> dict[str, object]:
    config = container(shape_of(job), SYSTEM, "image", ["keeper"], {"label": "x"}, runtime)["HostConfig"]
    assert isinstance(config, dict)
    return config


def test_every_container_is_closed() -> None:
    host = host_config()
    assert (host["NetworkMode"], host["ReadonlyRootfs"], host["CapDrop"], host["IpcMode"]) == (
        "none",
        True,
        ["ALL"],
        "none",
    )
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert "Privileged" not in host
    assert "CapAdd" not in host
    assert container(shape_of(JOB), SYSTEM, "image", [], {}, None)["User"] == "1000:1000"
    assert all(mount["ReadOnly"] for mount in host["Mounts"])  # type: ignore[attr-defined]


def test_the_kernels_limits_are_just_above_the_jobs() -> None:
    host = host_config()
    assert host["Memory"] == host["MemorySwap"]
    assert 100_000_000 < int(str(host["Memory"])) <= 120_000_000
    assert 80 < int(str(host["PidsLimit"])) < 200


def test_every_writable_folder_has_a_size_and_no_devices() -> None:
    folders = host_config()["Tmpfs"]
    assert isinstance(folders, dict)
    writable = {path: options for path, options in folders.items() if options.startswith("rw")}
    assert set(writable) == {"/job", "/tmp", "/dev/shm", "/job/site/node_modules/.cache"}
    assert all("nosuid,nodev" in options and "size=" in options for options in folders.values())
    assert "size=5000000," in writable["/job"]


def test_a_runtime_is_named_where_it_is_set() -> None:
    assert "Runtime" not in host_config()
    assert host_config(runtime="runsc")["Runtime"] == "runsc"


def test_jobs_that_differ_in_what_a_container_does_not_fix_share_its_shape() -> None:
    other = replace(JOB, argv=("/bin/other",), environment={}, files={"a": b""}, limits=replace(LIMITS, cpu_seconds=1))
    assert shape_of(other) == shape_of(JOB)
    assert shape_of(replace(JOB, limits=replace(LIMITS, disk_bytes=1))) != shape_of(JOB)


def test_folders_that_the_engine_makes_below_a_writable_folder_are_known() -> None:
    assert shape_of(JOB).nested == ("/job/site",)
    assert shape_of(replace(JOB, mounts=(Mount(Path("/a"), "/tmp/a/b"),))).nested == ("/tmp/a",)
    assert shape_of(replace(JOB, mounts=(Mount(Path("/a"), "/opt/a/b"),))).nested == ()


def test_the_image_is_the_same_for_the_same_machine() -> None:
    assert image_archive(SYSTEM) == image_archive(SYSTEM)
    assert image_archive(SYSTEM) != image_archive(replace(SYSTEM, links=()))


def test_a_request_carries_the_program_its_environment_and_the_archive() -> None:
    head, _, rest = request(JOB, "mark", b"archive").partition(b"\n")
    mark, script_length, archive_length = head.split()
    assert (mark, rest[int(script_length) :], int(archive_length)) == (b"mark", b"archive", 7)
    words = shlex.split(rest[: int(script_length)].decode().replace(";", " "))
    assert words[words.index("-i") :][:5] == ["-i", "A=1", "B=two words", "/bin/tool", "an 'arg'"]


@pytest.mark.parametrize("folder", ["../etc", "a/../../b", "/etc", ""])
def test_no_results_come_from_outside_the_work_folder(folder: str) -> None:
    assert b"results() { false; }" in request(replace(JOB, read_back=folder), "mark", b"")


def test_a_keeper_begins_without_an_environment_and_under_the_filter() -> None:
    argv = keeper_argv("x86_64", bytes(8))
    assert argv[:3] == ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin"]
    assert argv[argv.index("157") + 1] == "00" * 8
    assert keeper_argv("riscv64", None)[3] == "/bin/sh"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_browser_may_make_namespaces_and_nothing_in_them(machine: str) -> None:
    profile = json.loads(browser_profile(machine))
    refused = {name for rule in profile["syscalls"] if not rule["args"] for name in rule["names"]}
    assert {"mount", "setns", "bpf", "io_uring_setup", "ptrace", "open_by_handle_at", "keyctl"} <= refused
    assert not refused & {"unshare", "clone", "clone3", "chroot", "memfd_create"}
    assert {rule["action"] for rule in profile["syscalls"]} == {"SCMP_ACT_ERRNO"}


class TestOwner:
    def test_this_process_is_there(self) -> None:
        assert not is_left(own_mark())

    def test_another_start_of_the_same_number_is_another_process(self) -> None:
        boot, namespace, pid, _ = own_mark().split(":")
        assert is_left(f"{boot}:{namespace}:{pid}:1")

    def test_a_number_that_nobody_has_is_gone(self) -> None:
        boot, namespace, _, started = own_mark().split(":")
        assert is_left(f"{boot}:{namespace}:4194305:{started}")

    def test_nothing_outlives_a_boot(self) -> None:
        assert is_left("another-boot:1:1:1")

    def test_another_process_namespace_is_not_judged(self) -> None:
        boot, _, pid, _ = own_mark().split(":")
        assert not is_left(f"{boot}:1:{pid}:1")
