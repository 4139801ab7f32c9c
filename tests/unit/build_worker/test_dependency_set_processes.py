"""One process resolves a set, however many want it, and whatever becomes of that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_worker.dependencies import SetStore
from build_worker.node import Node, find_node
from services.settings import ToolSettings
from tests.support.npm_registry import Registry, registry
from tests.support.sets import key, put

pytestmark = pytest.mark.stack

PACKAGES = {"react": {"version": "18.3.1"}, "left": {"version": "1.0.0", "dependencies": {"right": "^2.0.0"}},
            "right": {"version": "2.5.0"}}  # fmt: skip
RESOLVE = """
import sys
from pathlib import Path
from build_worker.dependencies import DeclaredDependencies, ResolvedSet, SetStore
from build_worker.dependencies.npm import Npm
from build_worker.node import find_node
from services.settings import ToolSettings
node = find_node(ToolSettings(npm=Path(sys.argv[3])))
found, was_there = SetStore(Path(sys.argv[1]), node).resolve(
    DeclaredDependencies((("left", "^1.0.0"),)), Npm(node, sys.argv[2])
)
assert isinstance(found, ResolvedSet), found
print(found.key, was_there)
"""
USE = """
import sys
from pathlib import Path
from build_worker.dependencies import SetStore
from build_worker.node import find_node
from services.settings import ToolSettings
with SetStore(Path(sys.argv[1]), find_node(ToolSettings())).use(sys.argv[2]):
    print("using", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[Registry]:
    with registry(PACKAGES) as running:
        yield running


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """npm, which leaves a letter behind for each installation that it is asked for."""
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    npm = tmp_path / "npm"
    command = " ".join(find_node(ToolSettings()).npm)
    npm.write_text(f'#!/bin/sh\n[ "$1" = install ] && printf x >> {tmp_path}/installs\nexec {command} "$@"\n')
    npm.chmod(0o755)
    return npm


def resolver(tmp_path: Path, server: Registry, npm: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RESOLVE, str(tmp_path / "sets"), server.url, str(npm)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def installs(tmp_path: Path) -> int:
    return len((tmp_path / "installs").read_text())


def there(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "sets").iterdir() if path.name != ".locks"]


def test_sixteen_in_several_processes_install_a_set_once(tmp_path: Path, server: Registry, counting: Path) -> None:
    processes = [resolver(tmp_path, server, counting) for _ in range(16)]
    said = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 16
    assert sorted(was_there for _, was_there in said) == ["False", *["True"] * 15]
    assert installs(tmp_path) == 1
    assert there(tmp_path) == [said[0][0]]
    assert list((tmp_path / "sets" / ".locks").iterdir()) == []


def test_what_a_killed_resolver_began_the_next_one_finishes(tmp_path: Path, server: Registry, counting: Path) -> None:
    server.gate.clear()
    with resolver(tmp_path, server, counting) as killed:
        assert server.waiting.wait(120)
        assert [name[:5] for name in there(tmp_path)] == [".new-"]
        os.kill(killed.pid, signal.SIGKILL)
    server.gate.set()
    with resolver(tmp_path, server, counting) as process:
        name, was_there = process.communicate()[0].split()
    assert was_there == "False"
    assert there(tmp_path) == [name]
    assert installs(tmp_path) == 2
    node = find_node(ToolSettings(npm=counting))
    assert SetStore(tmp_path / "sets", node).verify(name) == []


def test_a_set_that_another_process_uses_is_not_removed(tmp_path: Path) -> None:
    node = Node(Path("/usr/bin/node"), ("/usr/bin/npm",), "v20.0.0", "11.0.0")
    store = SetStore(tmp_path / "sets", node)
    name = put(store, "a")
    command = [sys.executable, "-c", USE, str(tmp_path / "sets"), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout
        assert user.stdout.readline() == "using\n"
        store.distrust(name)
        assert store.held() == [name]
        os.kill(user.pid, signal.SIGKILL)
    store.distrust(name)
    assert store.held() == []
    assert name == key("a")
