"""Dependency sets, resolved by the real npm from a registry on loopback."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_worker.dependencies import DeclaredDependencies, ResolvedSet, SetStore
from build_worker.dependencies.classify import Failure, Fault
from build_worker.dependencies.install import MOUNT_POINTS
from build_worker.dependencies.npm import Npm, npm_environment
from build_worker.node import Node, find_node
from services.errors import RegistryError
from services.settings import ToolSettings
from tests.support.npm_registry import Registry, registry

pytestmark = pytest.mark.stack

PACKAGES = {
    "react": {"version": "18.3.1"},
    "left": {"version": "1.0.0", "dependencies": {"right": "^2.0.0"}},
    "right": {"version": "2.5.0"},
    "picky-of-node": {"version": "1.0.0", "engines": {"node": ">=999"}},
    "lately": {"version": "1.0.0", "dependencies": {"left": "^1.0.0"}},
    "scripted": {"version": "1.0.0", "scripts": {"postinstall": "touch ../../ran", "preinstall": "touch ../../ran"}},
    "picky": {"version": "1.0.0", "peerDependencies": {"react": "^17.0.0"}},
    "misplaced": {"version": "1.0.0", "os": ["darwin"]},
    "of-git": {"version": "1.0.0", "dependencies": {"inner": "git+file:///no/such/repository"}},
    "of-host": {"version": "1.0.0", "dependencies": {"inner": "owner/repository"}},
    "of-ssh": {"version": "1.0.0", "dependencies": {"inner": "git+ssh://git@127.0.0.1/x.git"}},
    "of-url": {"version": "1.0.0", "dependencies": {"inner": "http://127.0.0.1:9/inner.tgz"}},
    "of-file": {"version": "1.0.0", "dependencies": {"inner": "file:./inner.tgz"}},
    "of-folder": {"version": "1.0.0", "dependencies": {"inner": "file:../left"}},
    "of-link": {"version": "1.0.0", "dependencies": {"inner": "link:../left"}},
    "perhaps-git": {"version": "1.0.0", "optionalDependencies": {"inner": "git+file:///no/such/repository"}},
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own for npm, and a short wait where nobody answers."""
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))


@pytest.fixture(scope="module")
def node() -> Node:
    return find_node(ToolSettings())


@pytest.fixture
def server() -> Iterator[Registry]:
    with registry(PACKAGES) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path, node: Node) -> SetStore:
    return SetStore(tmp_path / "sets", node)


@pytest.fixture
def elsewhere() -> Iterator[Registry]:
    """Where another registry keeps its packages."""
    with registry(PACKAGES) as running:
        yield running


def resolve(store: SetStore, node: Node, server: Registry, **packages: str) -> tuple[ResolvedSet | Failure, bool]:
    return store.resolve(DeclaredDependencies(tuple(sorted(packages.items()))), Npm(node, server.url))


def modules(store: SetStore, found: ResolvedSet | Failure) -> Path:
    assert isinstance(found, ResolvedSet), found
    path = store.path(found.key)
    assert path
    return path / "node_modules"


def leftovers(store: SetStore, tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "sets").iterdir() if path.name.startswith(".new-")]


def test_a_set_is_complete_readable_by_all_and_shared(
    store: SetStore, node: Node, server: Registry, tmp_path: Path
) -> None:
    found, was_there = resolve(store, node, server, left="1.0.0")
    assert not was_there
    folder = modules(store, found)
    assert json.loads((folder / "right/package.json").read_text())["version"] == "2.5.0"
    assert all((folder / name).is_dir() for name in MOUNT_POINTS)
    assert folder.parent.stat().st_mode & 0o005 == 0o005
    assert isinstance(found, ResolvedSet)
    assert (found.packages, found.peer_conflict) == (2, False)
    server.status = 500
    assert resolve(store, node, server, left="1.0.0") == (found, True)
    assert leftovers(store, tmp_path) == []


def test_lifecycle_scripts_never_run(store: SetStore, node: Node, server: Registry) -> None:
    folder = modules(store, resolve(store, node, server, scripted="1.0.0")[0])
    assert (folder / "scripted").is_dir()
    assert not (folder.parent / "ran").exists()


def test_peer_dependencies_that_do_not_fit_are_installed_and_remembered(
    store: SetStore, node: Node, server: Registry
) -> None:
    found, _ = resolve(store, node, server, react="18.3.1", picky="1.0.0")
    assert isinstance(found, ResolvedSet)
    assert found.peer_conflict


@pytest.mark.parametrize(
    ("packages", "rule"),
    [
        ({"no-such": "^1.0.0", "left": "1.0.0"}, "resolve/no-such-package"),
        ({"no-such": "^1.0.0"}, "resolve/no-such-package"),
        ({"left": "^9.0.0", "right": "2"}, "resolve/no-such-version"),
        ({"misplaced": "1.0.0"}, "resolve/wrong-platform"),
    ],
)
def test_what_the_registry_does_not_have_is_the_candidates(
    store: SetStore, node: Node, server: Registry, tmp_path: Path, packages: dict[str, str], rule: str
) -> None:
    failure, _ = resolve(store, node, server, **packages)
    assert isinstance(failure, Failure)
    assert failure.rule == rule
    assert leftovers(store, tmp_path) == []


LATE = "2026-11-20T00:00:01.000Z"
EARLY = "2026-11-19T23:59:59.000Z"


@pytest.mark.parametrize("packages", [{"left": "1.0.0"}, {"left": "^1.0.0"}, {"right": "*", "left": "latest"}])
def test_what_was_published_after_the_date_is_not_there(
    store: SetStore, node: Node, server: Registry, packages: dict[str, str]
) -> None:
    server.times["left"], server.times["right"] = LATE, EARLY
    declared = DeclaredDependencies(tuple(sorted(packages.items())))
    failure, _ = store.resolve(declared, Npm(node, server.url, before="2026-11-20"))
    assert isinstance(failure, Failure)
    assert (failure.fault, failure.rule) == (Fault.CANDIDATE, "resolve/no-such-version")
    assert "left published before 2026-11-20" in failure.message


def test_the_date_holds_for_what_packages_depend_on(store: SetStore, node: Node, server: Registry) -> None:
    server.times["left"] = LATE
    declared = DeclaredDependencies((("lately", "1.0.0"),))
    failure, _ = store.resolve(declared, Npm(node, server.url, before="2026-11-20"))
    assert isinstance(failure, Failure)
    assert failure.rule == "resolve/no-such-version"


def test_what_was_published_by_the_date_is_there(store: SetStore, node: Node, server: Registry) -> None:
    server.times.update(dict.fromkeys(PACKAGES, EARLY))
    declared = DeclaredDependencies((("left", "1.0.0"),))
    found, _ = store.resolve(declared, Npm(node, server.url, before="2026-11-20"))
    assert isinstance(found, ResolvedSet)
    assert found.resolved_before == "2026-11-20"


def test_a_later_date_is_another_set(tmp_path: Path, node: Node) -> None:
    declared = DeclaredDependencies((("left", "1.0.0"),))
    one, two = (SetStore(tmp_path, node, date).key(declared) for date in ("2026-11-20", "2026-11-21"))
    assert one != two


def test_a_package_for_another_node_is_installed_whatever_npm_is_told(
    store: SetStore, node: Node, server: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_engine_strict", "true")
    assert modules(store, resolve(store, node, server, **{"picky-of-node": "1.0.0"})[0])


@pytest.mark.parametrize("kind", ["damaged", "lost"])
def test_a_tarball_that_is_not_as_listed(store: SetStore, node: Node, server: Registry, kind: str) -> None:
    getattr(server, kind).add("left")
    if kind == "damaged":
        with pytest.raises(RegistryError, match=r"EINTEGRITY|Z_DATA_ERROR"):
            resolve(store, node, server, left="1.0.0")
    else:
        failure, _ = resolve(store, node, server, left="1.0.0")
        assert isinstance(failure, Failure)
        assert failure.rule == "resolve/no-such-package"


class TestPackagesElsewhere:
    """A registry that keeps its packages at another address."""

    LEFT = DeclaredDependencies((("left", "1.0.0"),))

    def test_are_taken_from_where_the_operator_says(
        self, store: SetStore, node: Node, server: Registry, elsewhere: Registry
    ) -> None:
        server.files = elsewhere.url
        found, _ = store.resolve(self.LEFT, Npm(node, server.url, tarballs=[f"{elsewhere.url}/files"]))
        assert (modules(store, found) / "right/package.json").is_file()
        assert any(path.endswith("left.tgz") for path in elsewhere.asked)

    @pytest.mark.parametrize("named", [[], ["http://127.0.0.1:9"]])
    def test_are_ours_to_allow_not_the_candidates_fault(
        self, store: SetStore, node: Node, server: Registry, elsewhere: Registry, named: list[str]
    ) -> None:
        server.files = elsewhere.url
        with pytest.raises(RegistryError):
            store.resolve(self.LEFT, Npm(node, server.url, tarballs=named))
        assert elsewhere.asked == []

    def test_an_address_in_a_dependency_is_refused_all_the_same(
        self, store: SetStore, node: Node, server: Registry, elsewhere: Registry
    ) -> None:
        packages = {**PACKAGES, "sly": {"version": "1.0.0", "dependencies": {"x": f"{elsewhere.url}/files/left.tgz"}}}
        server.packages, server.files = packages, elsewhere.url
        npm = Npm(node, server.url, tarballs=[f"{elsewhere.url}/files"])
        failure, _ = store.resolve(DeclaredDependencies((("sly", "1.0.0"),)), npm)
        assert isinstance(failure, Failure)
        assert failure.rule == "resolve/refused-dependency"
        assert not any("left" in path for path in elsewhere.asked)


def test_a_set_that_is_there_needs_no_registry(store: SetStore, node: Node, server: Registry) -> None:
    found, _ = resolve(store, node, server, left="1.0.0")
    with registry(PACKAGES) as gone:
        pass
    assert resolve(store, node, gone, left="1.0.0") == (found, True)


@pytest.fixture
def git_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once npm ran the git of the operator's configuration."""
    called = tmp_path / "git-ran"
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\ntouch {called}\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("npm_config_git", str(program))
    return called


@pytest.mark.parametrize("name", sorted(name for name in PACKAGES if name.startswith("of-")))
def test_a_package_that_needs_what_no_registry_has_is_refused_and_git_never_runs(
    store: SetStore, node: Node, server: Registry, git_calls: Path, name: str
) -> None:
    failure, _ = resolve(store, node, server, **{name: "1.0.0"})
    assert isinstance(failure, Failure)
    assert (failure.fault, failure.rule) == (Fault.CANDIDATE, "resolve/refused-dependency")
    assert not git_calls.exists()


def test_a_git_repository_that_is_optional_is_left_out(
    store: SetStore, node: Node, server: Registry, git_calls: Path
) -> None:
    folder = modules(store, resolve(store, node, server, **{"perhaps-git": "1.0.0"})[0])
    assert (folder / "perhaps-git").is_dir()
    assert not (folder / "inner").exists()
    assert not git_calls.exists()


def test_a_version_that_npm_takes_for_a_file_is_refused(store: SetStore, node: Node, server: Registry) -> None:
    failure, _ = resolve(store, node, server, left="left.tgz")
    assert isinstance(failure, Failure)
    assert (failure.fault, failure.rule) == (Fault.CANDIDATE, "resolve/refused-dependency")


def test_no_configuration_gives_npm_a_git_or_scripts() -> None:
    given = {"NPM_CONFIG_GIT": "/usr/bin/git", "npm_config_allow_git": "all", "NPM_CONFIG_IGNORE_SCRIPTS": "false"}
    lines = npm_environment(given, Path("/usr/bin"))
    last = {name.upper(): value for name, value in lines.items()}
    assert (last["NPM_CONFIG_GIT"], last["NPM_CONFIG_ALLOW_GIT"]) == ("/bin/false", "none")
    assert last["NPM_CONFIG_IGNORE_SCRIPTS"] == "true"


@pytest.mark.parametrize("signal", ["KILL", "TERM", "SEGV"])
def test_an_npm_that_a_signal_ended_is_ours(store: SetStore, node: Node, server: Registry, signal: str) -> None:
    dying = ("/bin/sh", "-c", f'case "$1" in install) kill -{signal} $$;; esac', "npm")
    with pytest.raises(RegistryError, match="signal"):
        resolve(store, dataclasses.replace(node, npm=dying), server, left="1.0.0")


def test_without_the_control_package_nobody_is_blamed(store: SetStore, node: Node) -> None:
    with registry({"left": {"version": "1.0.0"}}) as empty, pytest.raises(RegistryError):
        resolve(store, node, empty, **{"no-such": "1.0.0"})


@pytest.mark.parametrize("status", [500, 503, 401])
def test_a_broken_registry_is_ours(
    store: SetStore, node: Node, server: Registry, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.status = status
    with pytest.raises(RegistryError):
        resolve(store, node, server, left="1.0.0")


def test_a_closed_port_is_ours(store: SetStore, node: Node) -> None:
    with registry(PACKAGES) as gone:
        pass
    with pytest.raises(RegistryError):
        resolve(store, node, gone, **{"no-such": "1.0.0"})


def test_many_at_once_install_a_set_once(store: SetStore, node: Node, server: Registry) -> None:
    results: list[tuple[ResolvedSet | Failure, bool]] = []
    threads = [
        threading.Thread(target=lambda: results.append(resolve(store, node, server, right="2.5.0"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(was_there for _, was_there in results) == [False, True, True, True]
    assert len({str(found) for found, _ in results}) == 1


def test_half_a_set_is_no_set(store: SetStore, node: Node, server: Registry, tmp_path: Path) -> None:
    key = store.key(DeclaredDependencies((("left", "1.0.0"),)))
    (tmp_path / "sets" / ".new-abandoned" / "node_modules").mkdir(parents=True)
    assert store.path(key) is None
    assert store.path(".new-abandoned") is None
