"""The command line of a sandbox."""

from __future__ import annotations

from pathlib import Path

from services.sandbox.command import System, run_argv, wrapper_script, writable_folders
from services.sandbox.protocol import Limits, Mount, SandboxJob

SYSTEM = System(folders=("/usr",), links=(("usr/bin", "/bin"),), user=None)
ROOT = System(folders=("/usr",), links=(), user=64731)
JOB = SandboxJob(
    ("/opt/tool", "--flag", "a b"),
    mounts=(Mount(Path("/srv/set"), "/job/site/node_modules"),),
    temporary=("/job/site/node_modules/.vite",),
    environment={"B": "2", "A": "1 1"},
    limits=Limits(disk_bytes=1_000, cpu_seconds=7.5),
)


def after(argv: list[str], *words: str) -> int:
    """Position behind a run of words."""
    for index in range(len(argv)):
        if tuple(argv[index : index + len(words)]) == words:
            return index + len(words)
    raise AssertionError(f"{words} is not in {argv}")


def test_every_namespace_is_new_and_every_capability_dropped() -> None:
    argv = run_argv(SYSTEM, JOB)
    for words in (
        ("--unshare-all",),
        ("--die-with-parent",),
        ("--new-session",),
        ("--clearenv",),
        ("--cap-drop", "ALL"),
    ):
        after(argv, *words)
    assert "--share-net" not in argv


def test_root_becomes_another_user_before_anything_else() -> None:
    argv = run_argv(ROOT, JOB)
    assert argv[:5] == ["/usr/bin/setpriv", "--reuid", "64731", "--regid", "64731"]
    assert run_argv(SYSTEM, JOB)[0] == "/usr/bin/bwrap"


def test_writable_folders_have_a_size_and_come_before_what_lies_in_them() -> None:
    argv = run_argv(SYSTEM, JOB)
    work = after(argv, "--size", "1000", "--tmpfs", "/job")
    modules = after(argv, "--ro-bind", "/srv/set", "/job/site/node_modules")
    inner = after(argv, "--tmpfs", "/job/site/node_modules/.vite")
    assert work < modules < inner < after(argv, "--remount-ro", "/")
    assert argv.count("--tmpfs") == argv.count("--size") == len(writable_folders(JOB))


def test_no_mount_of_the_machine_is_writable() -> None:
    argv = run_argv(SYSTEM, JOB)
    assert not {"--bind", "--dev-bind", "--bind-try"} & set(argv)


def test_the_environment_and_the_limits_are_the_jobs() -> None:
    argv = run_argv(SYSTEM, JOB)
    assert argv[after(argv, "/usr/bin/env", "-i") :] == ["A=1 1", "B=2", "/opt/tool", "--flag", "a b"]
    after(argv, "--fsize=1000")
    after(argv, "--core=0")
    after(argv, "--cpu=19")


def test_the_wrapper_passes_arguments_on_and_quotes_everything_else() -> None:
    odd = SandboxJob(("/bin/sh", "-c", "echo $HOME; `id`"), environment={"X": "a'b"})
    script = wrapper_script(SYSTEM, odd, "/srv/a folder")
    assert script.startswith("#!/bin/sh\n")
    assert "'echo $HOME; `id`' \"$@\"\n" in script
    assert "'/srv/a folder'/launch.XXXXXX" in script
    assert "--disable-userns" not in script
