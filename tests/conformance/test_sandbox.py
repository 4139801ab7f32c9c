"""What every sandbox promises, whatever its body."""

from __future__ import annotations

import errno
import os
import platform
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from services.errors import SandboxError
from services.sandbox import Limits, Mount, Outcome, Sandbox, SandboxJob, Wrapped
from tests.support.sandboxes import bodies, sandbox_body

pytestmark = pytest.mark.stack

PATH = {"PATH": "/usr/bin:/bin"}
ENVIRONMENTS = "cat /proc/[0-9]*/environ /proc/[0-9]*/task/[0-9]*/environ | tr '\\0' '\\n'"
"""A program that tells the environment of every process that it sees."""


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def host_folder() -> Iterator[Path]:
    """A folder that every user of the machine can read, as mounts must be; pytest's own folders are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(params=bodies())
def sandbox(request: pytest.FixtureRequest, scratch: Path) -> Iterator[Sandbox]:
    with sandbox_body(request.param, scratch) as body:
        yield body


def limits(**changes: float) -> Limits:
    values: dict[str, float] = {
        "cpu_seconds": 20,
        "wall_seconds": 60,
        "memory_bytes": 300_000_000,
        "processes": 32,
        "disk_bytes": 20_000_000,
        "output_bytes": 100_000,
        "files": 50,
    }
    return Limits(**(values | changes))  # type: ignore[arg-type]


def shell(sandbox: Sandbox, script: str, *, files: dict[str, bytes] | None = None, **changes: float) -> Outcome:
    job = SandboxJob(
        ("/bin/sh", "-c", script), files=files or {}, environment=PATH, read_back="out", limits=limits(**changes)
    )
    return sandbox.run(job)


def test_the_self_check_finds_nothing_wrong_here(sandbox: Sandbox) -> None:
    assert sandbox.self_check() == []


class TestOutcome:
    @pytest.mark.parametrize("code", [0, 1, 3, 127, 255])
    def test_the_exit_code_passes(self, sandbox: Sandbox, code: int) -> None:
        outcome = shell(sandbox, f"exit {code}")
        assert (outcome.exit_code, outcome.limit_hit) == (code, None)

    def test_a_signal_is_128_and_its_number(self, sandbox: Sandbox) -> None:
        assert shell(sandbox, "kill -SEGV $$").exit_code == 139

    def test_a_sigkill_that_no_limit_sent_may_be_our_load(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "kill -KILL $$")
        assert (outcome.exit_code, outcome.limit_hit, outcome.contended) == (137, None, True)

    @pytest.mark.parametrize("signal", ["TERM", "SEGV", "ABRT"])
    def test_other_signals_are_the_programs_own(self, sandbox: Sandbox, signal: str) -> None:
        assert not shell(sandbox, f"kill -{signal} $$").contended

    def test_the_two_outputs_are_kept_apart(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "echo to-out; echo to-err >&2")
        assert (outcome.stdout, outcome.stderr) == (b"to-out\n", b"to-err\n")

    def test_input_files_are_there_and_results_come_back(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "cp -r site out", files={"site/a b/-x.txt": b"one", "site/\u00e9.txt": b"\x00two"})
        assert outcome.files == {"a b/-x.txt": b"one", "\u00e9.txt": b"\x00two"}
        assert outcome.refused == ()

    def test_a_job_of_which_no_file_is_wanted_may_leave_none(self, sandbox: Sandbox) -> None:
        outcome = sandbox.run(SandboxJob(("/bin/true",), environment=PATH, limits=limits(files=0)))
        assert (outcome.exit_code, outcome.limit_hit) == (0, None)

    def test_a_program_that_does_not_exist_is_an_outcome(self, sandbox: Sandbox) -> None:
        assert sandbox.run(SandboxJob(("/no/such/program",), limits=limits())).exit_code == 127

    def test_a_mount_that_does_not_exist_is_our_fault(self, sandbox: Sandbox, tmp_path: Path) -> None:
        job = SandboxJob(("/bin/true",), mounts=(Mount(tmp_path / "missing", "/opt/missing"),), limits=limits())
        with pytest.raises(SandboxError):
            sandbox.run(job)

    @pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../x", "a//x", "./x", "", "x" * 256])
    def test_a_path_that_leaves_the_work_folder_is_not_laid_out(self, sandbox: Sandbox, path: str) -> None:
        with pytest.raises(SandboxError):
            shell(sandbox, "true", files={path: b""})


class TestIsolation:
    def test_the_environment_is_the_jobs_alone(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET", "of-the-worker")
        job = SandboxJob(("/usr/bin/env",), environment={"A": "1", "B": "two words"}, limits=limits())
        assert sandbox.run(job).stdout == b"A=1\nB=two words\n"

    def test_no_environment_of_another_process_is_seen(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "cat /proc/*/environ | tr '\\0' '\\n' | grep -v '^PATH=' | grep -v '^PWD='")
        assert outcome.stdout == b""

    def test_the_workers_environment_is_in_no_process_inside(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET", "of-the-worker")
        seen = shell(sandbox, ENVIRONMENTS).stdout
        assert b"PATH=" in seen
        assert b"of-the-worker" not in seen

    def test_standard_input_is_empty(self, sandbox: Sandbox) -> None:
        assert shell(sandbox, "wc -c").stdout.strip() == b"0"

    def test_no_descriptor_leaks_in(self, sandbox: Sandbox) -> None:
        reader, writer = os.pipe()
        os.set_inheritable(reader, True)
        try:
            outcome = shell(sandbox, "exec ls /proc/self/fd")
        finally:
            os.close(reader)
            os.close(writer)
        assert outcome.stdout.split() == [b"0", b"1", b"2", b"3"]

    def test_there_is_no_network_but_loopback(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/route | tail -n +2")
        assert outcome.stdout.split() == [b"lo"]

    def test_a_port_of_the_host_is_out_of_reach(self, sandbox: Sandbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            probe = f"perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(\"127.0.0.1:{port}\") ? 0 : 9)'"
            assert shell(sandbox, probe).exit_code == 9

    def test_an_abstract_socket_of_the_host_is_out_of_reach(self, sandbox: Sandbox) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("\0webgen-sandbox-test")
            assert b"webgen-sandbox-test" not in shell(sandbox, "cat /proc/net/unix").stdout

    @pytest.mark.parametrize("path", ["/etc/shadow", "/etc/machine-id", "/root", "/home", "/var", "/run", "/mnt"])
    def test_the_hosts_files_are_not_there(self, sandbox: Sandbox, path: str) -> None:
        assert shell(sandbox, f"ls -d {path}").exit_code != 0

    def test_the_hosts_devices_are_not_there(self, sandbox: Sandbox) -> None:
        assert shell(sandbox, "ls -A /sys; ls -A /dev/mqueue").stdout == b""

    def test_the_hosts_names_are_not_there(self, sandbox: Sandbox) -> None:
        seen = shell(sandbox, "uname -n; cat /etc/hostname /etc/hosts /etc/resolv.conf").stdout.decode()
        servers = [line.split()[1] for line in seen.splitlines() if line.startswith("nameserver")]
        assert seen.splitlines()[0] == "webgen-sandbox"
        assert socket.gethostname() not in seen.split()
        assert servers in ([], ["127.0.0.1"])

    def test_no_file_of_the_worker_is_there(self, sandbox: Sandbox, tmp_path: Path) -> None:
        canary = tmp_path / "canary"
        canary.write_text("seen")
        assert shell(sandbox, f"cat {canary} {__file__}").stdout == b""

    def test_only_its_own_processes_are_seen(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "cat /proc/[0-9]*/comm")
        assert b"python" not in outcome.stdout
        assert b"pytest" not in outcome.stdout

    @pytest.mark.parametrize("folder", ["/", "/usr", "/usr/bin", "/etc", "/dev", "/opt/tool", "/proc/sys/kernel"])
    def test_nothing_but_the_work_folders_is_writable(self, sandbox: Sandbox, host_folder: Path, folder: str) -> None:
        tool = host_folder / "tool"
        tool.mkdir()
        tool.chmod(0o777)
        job = SandboxJob(
            ("/bin/sh", "-c", f"echo x > {folder}/canary"),
            mounts=(Mount(tool, "/opt/tool"),),
            environment=PATH,
            limits=limits(),
        )
        assert sandbox.run(job).exit_code != 0
        assert list(tool.iterdir()) == []

    def test_a_mount_below_the_work_folder_is_read_only_but_for_its_temporary_part(
        self, sandbox: Sandbox, host_folder: Path
    ) -> None:
        (host_folder / "modules" / ".cache").mkdir(parents=True)
        (host_folder / "modules" / "a.js").write_text("from the set")
        job = SandboxJob(
            ("/bin/sh", "-c", "cat site/m/a.js site/own.js; echo x > site/m/.cache/x && ! echo y > site/m/a.js"),
            files={"site/own.js": b"from the job"},
            mounts=(Mount(host_folder / "modules", "/job/site/m"),),
            temporary=("/job/site/m/.cache",),
            environment=PATH,
            limits=limits(),
        )
        outcome = sandbox.run(job)
        assert (outcome.exit_code, outcome.stdout) == (0, b"from the setfrom the job")
        assert list((host_folder / "modules" / ".cache").iterdir()) == []

    @pytest.mark.parametrize("writable", ["/job", "/tmp", "/dev/shm"])
    def test_beside_a_mount_below_a_writable_folder_the_job_may_write(
        self, sandbox: Sandbox, host_folder: Path, writable: str
    ) -> None:
        job = SandboxJob(
            ("/bin/sh", "-c", f"mkdir {writable}/a/own {writable}/a/b/own && ! mkdir {writable}/a/b/mount/own"),
            mounts=(Mount(host_folder, f"{writable}/a/b/mount"),),
            environment=PATH,
            limits=limits(),
        )
        assert sandbox.run(job).exit_code == 0

    def test_it_gains_no_privilege(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; id -u; unshare -U true")
        words = outcome.stdout.split()
        assert words == [b"CapEff:", b"0" * 16, b"CapBnd:", b"0" * 16, b"NoNewPrivs:", b"1", b"1000"]
        assert outcome.exit_code != 0

    def test_a_job_leaves_nothing_for_the_next(self, sandbox: Sandbox) -> None:
        shell(sandbox, "touch /tmp/canary /dev/shm/canary /job/canary")
        assert shell(sandbox, "ls /tmp /dev/shm /job | grep canary").exit_code == 1

    @pytest.mark.parametrize(
        "call",
        ["319, $n, 0", "29, 0, 4096, 0600", "425, 8, $n", "101, 0, 0, 0, 0", "41, 40, 1, 0", "41, 38, 5, 0"],
        ids=["memfd_create", "shmget", "io_uring_setup", "ptrace", "socket-vsock", "socket-alg"],
    )
    @pytest.mark.skipif(platform.machine() != "x86_64", reason="the calls are given by their numbers on x86_64")
    def test_what_no_bundler_needs_of_the_kernel_is_refused(self, sandbox: Sandbox, call: str) -> None:
        script = f"perl -e 'my $n = q(x) x 200; exit(syscall({call}) == -1 ? 0 + $! : 0)'"
        assert shell(sandbox, script).exit_code == errno.EPERM


class TestLimits:
    def test_memory_of_the_heap(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "head -c 900000000 /dev/zero | tail", memory_bytes=60_000_000)
        assert outcome.limit_hit == "memory"
        assert outcome.peak_memory_bytes > 60_000_000

    def test_memory_taken_at_once(self, sandbox: Sandbox) -> None:
        script = "perl -e 'vec($s, 500_000_000, 8) = 1; sleep 60'"
        assert shell(sandbox, script, memory_bytes=60_000_000).limit_hit == "memory"

    def test_memory_as_files(self, sandbox: Sandbox) -> None:
        script = "for f in /job/x /tmp/x /dev/shm/x; do head -c 18000000 /dev/zero > $f; done; sleep 60"
        assert shell(sandbox, script, memory_bytes=50_000_000).limit_hit == "memory"

    def test_a_fork_bomb(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "f() { f | f & }; f; sleep 60")
        assert outcome.limit_hit == "processes"

    def test_cpu_time(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "while :; do :; done", cpu_seconds=0.3)
        assert (outcome.limit_hit, outcome.contended) == ("cpu", False)
        assert outcome.cpu_seconds >= 0.3

    def test_cpu_time_of_children_that_ended(self, sandbox: Sandbox) -> None:
        loop = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"
        assert shell(sandbox, f"while :; do ({loop}); done", cpu_seconds=0.3).limit_hit == "cpu"

    def test_the_wall_clock_may_be_our_load(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "sleep 60", wall_seconds=0.2)
        assert (outcome.limit_hit, outcome.contended) == ("wall", True)

    def test_a_full_disk(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero > /job/$i || exit 1; done")
        assert outcome.limit_hit == "disk"

    def test_more_files_than_the_disk_may_hold(self, sandbox: Sandbox) -> None:
        assert shell(sandbox, "cd /job; seq 150000 | xargs touch 2>/dev/null; rm 1; exit 1").limit_hit == "disk"

    def test_input_larger_than_the_disk(self, sandbox: Sandbox) -> None:
        assert shell(sandbox, "true", files={"a": b"x" * 30_000_000}).limit_hit == "disk"

    def test_more_results_than_may_be_read(self, sandbox: Sandbox) -> None:
        script = "mkdir out; i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo $i > out/$i; done"
        outcome = shell(sandbox, script)
        assert outcome.limit_hit == "disk"
        assert len(outcome.files) <= 50

    def test_a_flood_of_output(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "yes; sleep 60", output_bytes=5_000)
        assert outcome.limit_hit == "output"
        assert len(outcome.stdout) + len(outcome.stderr) <= 5_000

    def test_an_ignored_sigterm(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "trap '' TERM HUP INT; while :; do sleep 1; done", wall_seconds=0.2)
        assert outcome.limit_hit == "wall"

    def test_a_daemon_does_not_outlive_its_job(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "(setsid sh -c 'sleep 4711 & sleep 4711' &) >/dev/null 2>&1; sleep 0.1")
        assert outcome.exit_code == 0
        assert not _running("4711")

    def test_a_neighbour_of_a_bomb_is_unhurt(self, sandbox: Sandbox) -> None:
        outcomes: list[Outcome] = []
        bomb = threading.Thread(target=lambda: outcomes.append(shell(sandbox, "f() { f | f & }; f; sleep 60")))
        bomb.start()
        neighbour = shell(sandbox, "i=0; while [ $i -lt 60 ]; do i=$((i+1)); /bin/true || exit 1; done")
        bomb.join()
        assert (neighbour.exit_code, neighbour.limit_hit) == (0, None)
        assert outcomes[0].limit_hit == "processes"


class TestReadBack:
    def test_only_regular_files_with_one_name_come_back(self, sandbox: Sandbox) -> None:
        script = (
            "mkdir -p out/sub; cd out; echo good > sub/good; ln -s /etc/passwd link; ln -s /usr folder; mkfifo fifo; "
            "echo two > first; ln first second; ln -s ../../etc sub/up; echo x > \"$(printf 'new\\nline')\""
        )
        outcome = shell(sandbox, script)
        assert outcome.files == {"sub/good": b"good\n"}
        refused = {"link", "folder", "fifo", "first", "second", "sub/up", "new\nline"}
        assert set(outcome.refused) == refused

    def test_a_link_in_place_of_the_results_folder(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "ln -s /usr/share out")
        assert (outcome.files, outcome.refused) == ({}, ("out",))

    def test_a_link_swapped_in_by_a_process_left_behind(self, sandbox: Sandbox) -> None:
        swap = "while :; do rm -rf out/a; echo x > out/a; rm -rf out/a; ln -s /etc/passwd out/a; done"
        outcome = shell(sandbox, f"mkdir out; ({swap}) 2>/dev/null & sleep 0.1")
        assert outcome.files in ({}, {"a": b"x\n"}, {"a": b""})

    def test_a_sparse_file_does_not_grow_beyond_the_disk(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "mkdir out; truncate -s 1T out/big; echo x > out/small")
        assert sum(map(len, outcome.files.values())) <= 20_000_000
        assert outcome.files["small"] == b"x\n"

    def test_results_survive_their_processes(self, sandbox: Sandbox) -> None:
        outcome = shell(sandbox, "mkdir out; echo kept > out/a; kill -KILL $$")
        assert outcome.files == {"a": b"kept\n"}


@pytest.fixture
def pipes() -> Iterator[tuple[int, int, int, int]]:
    """Reader and writer of the pipe into the program, then of the pipe out of it."""
    ends = (*os.pipe(), *os.pipe())
    yield ends
    for end in ends:
        os.close(end)


SPIN = """while read x; do
    case $x in spin) (while :; do :; done) & ;; stop) kill $! ;; esac
    echo $x
done"""


@contextmanager
def staying(wrapped: Wrapped, script: str) -> Iterator[Callable[[str], str]]:
    """A wrapped shell that answers lines with lines; an empty answer is its end."""
    with subprocess.Popen(
        [wrapped.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask(line: str) -> str:
            assert process.stdin
            assert process.stdout
            with suppress(BrokenPipeError):
                process.stdin.write(f"{line}\n")
                process.stdin.flush()
            return process.stdout.readline()

        try:
            yield ask
        finally:
            process.kill()
            with suppress(BrokenPipeError):
                process.communicate()


class TestWrap:
    def test_descriptors_3_and_4_and_arguments_reach_the_program(
        self, sandbox: Sandbox, pipes: tuple[int, int, int, int]
    ) -> None:
        job = SandboxJob(("/bin/sh", "-c", 'read x <&3; echo "$x $1" >&4', "sh"), environment=PATH, limits=limits())
        into, to_program, from_program, out = pipes
        with sandbox.wrap(job) as wrapped:
            for round_number in range(2):
                os.write(to_program, b"hello\n")
                command = f'exec "{wrapped.executable}" "an arg" 3<&{into} 4>&{out}'
                assert subprocess.run(["/bin/bash", "-c", command], pass_fds=(into, out), check=False).returncode == 0
                assert os.read(from_program, 100) == b"hello an arg\n", round_number
            assert wrapped.watch.limit_hit is None

    def test_where_no_sandbox_can_be_had_it_says_why(self, sandbox: Sandbox, tmp_path: Path) -> None:
        job = SandboxJob(("/bin/true",), mounts=(Mount(tmp_path / "missing", "/opt/missing"),), limits=limits())
        with sandbox.wrap(job) as wrapped:
            done = subprocess.run([wrapped.executable], capture_output=True, check=False)
        assert done.returncode != 0
        assert str(tmp_path / "missing").encode() in done.stderr

    def test_it_is_as_closed_as_a_job(self, sandbox: Sandbox) -> None:
        job = SandboxJob(("/bin/sh", "-c"), environment=PATH, limits=limits())
        with sandbox.wrap(job) as wrapped:
            script = "tail -n +3 /proc/net/dev | cut -d: -f1; ls /proc/self/fd | tail -n 1; echo $SECRET; touch /usr/x"
            environment = {"SECRET": "of-the-worker"}
            done = subprocess.run([wrapped.executable, script], env=environment, capture_output=True, check=False)
        assert done.stdout.split() == [b"lo", b"3"]
        assert done.returncode != 0

    def test_the_launchers_environment_is_in_no_process_inside(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET", "of-the-worker")
        job = SandboxJob(("/bin/sh", "-c"), environment=PATH, limits=limits())
        with sandbox.wrap(job) as wrapped:
            done = subprocess.run([wrapped.executable, ENVIRONMENTS], capture_output=True, check=False)
        assert b"PATH=" in done.stdout
        assert b"of-the-worker" not in done.stdout

    def test_limits_hold_and_are_named(self, sandbox: Sandbox) -> None:
        job = SandboxJob(("/bin/sh", "-c"), environment=PATH, limits=limits(wall_seconds=0.2))
        with sandbox.wrap(job) as wrapped:
            assert subprocess.run([wrapped.executable, "sleep 60"], check=False).returncode != 0
            assert wrapped.watch.limit_hit == "wall"

    def test_each_job_of_a_program_that_stays_has_an_account_of_its_own(self, sandbox: Sandbox) -> None:
        job = SandboxJob(("/bin/sh", "-c"), environment=PATH, limits=limits(cpu_seconds=3.0))
        with sandbox.wrap(job) as wrapped, staying(wrapped, SPIN) as ask:
            used = []
            for _ in range(2):
                with wrapped.watch.account() as account:
                    ask("spin")
                    while account.cpu_seconds < 1.6:
                        assert account.limit_hit is None
                    ask("stop")
                used.append((account, account.cpu_seconds))
            assert wrapped.watch.limit_hit is None
            assert wrapped.watch.cpu_seconds > 3.0
            assert all(account.cpu_seconds == told for account, told in used)

    def test_a_limit_is_named_on_the_account_that_it_ended(self, sandbox: Sandbox) -> None:
        job = SandboxJob(("/bin/sh", "-c"), environment=PATH, limits=limits(cpu_seconds=0.5))
        with sandbox.wrap(job) as wrapped, staying(wrapped, SPIN) as ask:
            with wrapped.watch.account() as first:
                assert ask("nothing") == "nothing\n"
            with wrapped.watch.account() as second:
                ask("spin")
                while second.limit_hit is None:
                    assert ask("still there") in ("still there\n", "")
            assert (first.limit_hit, second.limit_hit, wrapped.watch.limit_hit) == (None, "cpu", "cpu")

    def test_a_program_at_rest_has_no_wall_limit_and_its_memory_is_known(self, sandbox: Sandbox) -> None:
        job = SandboxJob(("/bin/sh", "-c"), environment=PATH, limits=limits(wall_seconds=1.0))
        with sandbox.wrap(job) as wrapped, staying(wrapped, "while read x; do sleep $x; echo $x; done") as ask:
            with wrapped.watch.account() as first:
                assert ask("0") == "0\n"
            assert ask("2") == "2\n"
            assert wrapped.watch.memory_bytes > 0
            with wrapped.watch.account() as second:
                assert ask("60") == ""
            assert (first.limit_hit, second.limit_hit) == (None, "wall")

    def test_all_is_dead_and_gone_afterwards(self, sandbox: Sandbox, scratch: Path) -> None:
        job = SandboxJob(("/bin/sh", "-c"), environment=PATH, limits=limits())
        with sandbox.wrap(job) as wrapped:
            script = "setsid sleep 4712 & echo ready; sleep 4712"
            process = subprocess.Popen([wrapped.executable, script], stdout=subprocess.PIPE)
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
        assert process.wait(timeout=30) != 0
        process.stdout.close()
        assert not _running("4712")
        assert list(scratch.iterdir()) == []

    def test_a_launch_that_was_never_let_go_ends_too(self, sandbox: Sandbox) -> None:
        job = SandboxJob(("/bin/sleep",), environment=PATH, limits=limits())
        with sandbox.wrap(job) as wrapped:
            process = subprocess.Popen([wrapped.executable, "4713"], stderr=subprocess.DEVNULL)
        assert process.wait(timeout=30) != 0
        assert not _running("4713")


def test_a_job_leaves_nothing_in_the_scratch_folder(sandbox: Sandbox, scratch: Path) -> None:
    shell(sandbox, "mkdir out; echo x > out/a", files={"in": b"x"})
    assert list(scratch.iterdir()) == []


def _running(argument: str) -> bool:
    """Whether a process of this machine has that argument."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        if argument.encode() in words:
            return True
    return False
