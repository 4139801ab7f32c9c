"""The kernel's accounts of a container are read in both versions of control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.errors import SandboxError
from services.sandbox.docker.meter import Group, GroupMeter, group_of

V1_MOUNTS = (
    "30 23 0:26 / {root}/memory rw,relatime - cgroup cgroup rw,memory\n"
    "31 23 0:27 / {root}/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "32 23 0:28 /outer {root}/pids rw,relatime - cgroup cgroup rw,pids\n"
    "33 23 0:29 / {root}/unified rw,relatime - cgroup2 cgroup2 rw\n"
)
V1_GROUPS = "5:memory:/docker/c1\n4:cpu,cpuacct:/docker/c1\n3:pids:/outer/docker/c1\n0::/\n"
V2_MOUNTS = "30 23 0:26 / {root} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V2_GROUPS = "0::/system.slice/docker-c1.scope\n"


def proc(folder: Path, mounts: str, groups: str) -> Path:
    for name in ("self", "42"):
        (folder / "proc" / name).mkdir(parents=True)
    (folder / "proc/self/mountinfo").write_text("21 1 8:1 / / rw - ext4 /dev/a rw\n" + mounts.format(root="/cg"))
    (folder / "proc/42/cgroup").write_text(groups)
    return folder / "proc"


def test_version_1_has_a_folder_for_each_account(tmp_path: Path) -> None:
    found = group_of(42, proc(tmp_path, V1_MOUNTS, V1_GROUPS))
    expected = Path("/cg/memory/docker/c1"), Path("/cg/cpu,cpuacct/docker/c1"), Path("/cg/pids/docker/c1")
    assert found == Group(*expected, unified=False)


def test_version_2_has_one_folder(tmp_path: Path) -> None:
    folder = Path("/cg/system.slice/docker-c1.scope")
    assert group_of(42, proc(tmp_path, V2_MOUNTS, V2_GROUPS)) == Group(folder, folder, folder, unified=True)


def test_a_process_of_another_machine_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(SandboxError):
        group_of(4711, proc(tmp_path, V2_MOUNTS, V2_GROUPS))


def accounts(folder: Path, *, unified: bool, killed: int = 0) -> GroupMeter:
    prefix = "" if unified else "total_"
    files = {
        "memory.stat": f"{prefix}inactive_file 300\n{prefix}active_file 100\n{prefix}shmem 250\n",
        "memory.current" if unified else "memory.usage_in_bytes": "1400\n",
        "memory.events" if unified else "memory.oom_control": f"oom_kill {killed}\n",
        "cpu.stat" if unified else "cpuacct.usage": "usage_usec 2500000\n" if unified else "2500000000\n",
        "cgroup.procs": "10\n11\n12\n",
        "pids.current": "9\n",
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    return GroupMeter(Group(folder, folder, folder, unified=unified), hard_bytes=5_000)


@pytest.mark.parametrize("unified", [False, True])
def test_usage_is_without_the_keeper_and_without_pages_of_files(tmp_path: Path, unified: bool) -> None:
    meter = accounts(tmp_path, unified=unified)
    usage = meter.read()
    assert (usage.cpu_seconds, usage.memory_bytes, usage.processes, usage.threads) == (2.5, 1_000, 2, 8)
    assert (meter.shared_bytes, meter.peak_memory_bytes, meter.killed) == (250, 1_000, False)


@pytest.mark.parametrize("unified", [False, True])
def test_what_the_kernel_killed_had_reached_its_limit(tmp_path: Path, unified: bool) -> None:
    meter = accounts(tmp_path, unified=unified, killed=1)
    assert meter.read().memory_bytes == 5_000
    assert meter.killed


def test_what_has_ended_keeps_its_last_figures(tmp_path: Path) -> None:
    meter = accounts(tmp_path, unified=True)
    before = meter.read()
    for file in tmp_path.iterdir():
        file.unlink()
    assert meter.read() == before
