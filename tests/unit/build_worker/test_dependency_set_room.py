"""Sets take bounded room: the least recently used go, never one in use, kept or new."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from build_worker.dependencies import DeclaredDependencies, ResolvedSet, SetStore
from build_worker.dependencies.declared import set_key
from build_worker.dependencies.marker import MARKER
from build_worker.dependencies.npm import Npm
from build_worker.dependencies.release import RESOLVED_BEFORE
from build_worker.dependencies.room import Held, Room, in_turn, short
from build_worker.node import Node, find_node
from services.errors import ToolchainError
from services.settings import ToolSettings
from tests.support.npm_registry import registry
from tests.support.sets import archived, key, put

NODE = Node(Path("/usr/bin/node"), ("/usr/bin/npm",), "v20.0.0", "11.0.0")
MEGABYTE = {"node_modules/a/bin/run.js": bytes(1_000_000)}
KEPT = DeclaredDependencies((("kept", "1"),))
KEPT_KEY = set_key(KEPT, NODE, RESOLVED_BEFORE)


def limited(root: Path, most: int) -> SetStore:
    return SetStore(root, NODE, room=Room(most=most, free=0), kept=[KEPT])


def used_at(root: Path, name: str, when: float) -> None:
    os.utime(root / name / MARKER, (when, when))


def test_what_is_too_much_is_short() -> None:
    held = [Held("a", 60, 1.0), Held("b", 50, 2.0)]
    assert short(Room(most=100, free=0), held, free=1_000) == 10
    assert short(Room(most=1_000, free=300), held, free=100) == 200
    assert short(Room(most=1_000, free=0), held, free=0) <= 0


def test_the_least_recently_used_goes_first_and_what_is_kept_never() -> None:
    held = [Held("new", 1, 9.0), Held("old", 1, 1.0), Held("kept", 1, 0.0)]
    assert [each.key for each in in_turn(held, frozenset({"kept"}))] == ["old", "new"]


def test_a_new_set_takes_the_place_of_the_one_used_least_recently(tmp_path: Path) -> None:
    store = limited(tmp_path, 2_500_000)
    for when, letter in enumerate("ab"):
        used_at(tmp_path, put(store, letter, MEGABYTE), when)
    with store.use(key("a")):
        pass
    put(store, "c", MEGABYTE)
    assert store.held() == [key("a"), key("c")]


def test_a_set_in_use_stays_and_so_does_the_new_one(tmp_path: Path) -> None:
    store = limited(tmp_path, 0)
    put(store, "a", MEGABYTE)
    with store.use(key("a")):
        put(store, "b", MEGABYTE)
        assert store.held() == [key("a"), key("b")]
    put(store, "c", MEGABYTE)
    assert store.held() == [key("c")]


def test_prepared_sets_toolchain_and_browser_stay(tmp_path: Path) -> None:
    store = limited(tmp_path, 0)
    for name in ("toolchain-0123456789abcdef", "browser-0123456789abcdef", "notes"):
        (tmp_path / name).mkdir()
    store.unpack(KEPT_KEY, archived(KEPT_KEY, MEGABYTE))
    put(store, "b", MEGABYTE)
    put(store, "c", MEGABYTE)
    assert store.held() == sorted([KEPT_KEY, key("c")])
    assert sorted(p.name for p in tmp_path.iterdir() if "-" in p.name) == [
        "browser-0123456789abcdef",
        "toolchain-0123456789abcdef",
    ]


def test_a_disk_without_room_is_cleared_as_far_as_may_be(tmp_path: Path) -> None:
    store = SetStore(tmp_path, NODE, room=Room(most=10**15, free=10**15))
    put(store, "a")
    put(store, "b")
    assert store.held() == [key("b")]


def test_what_a_killed_remover_left_goes(tmp_path: Path) -> None:
    (tmp_path / f".old-{key('a')}-7" / "node_modules").mkdir(parents=True)
    put(limited(tmp_path, 10**12), "b")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".old-")] == []


@pytest.mark.stack
class TestDiskFull:
    """npm's own words for a full disk, said by a program in its place."""

    PACKAGES = {"react": {"version": "18.3.1"}, "left": {"version": "1.0.0"}}
    FULL = (Path(__file__).parent / "npm_output/enospc.json").read_text()

    def npm(self, tmp_path: Path, times: int) -> Node:
        """Full at the first installations, then npm itself."""
        node = find_node(ToolSettings())
        said = tmp_path / "said.json"
        said.write_text(self.FULL)
        script = tmp_path / "npm"
        script.write_text(
            f'#!/bin/sh\nif [ "$(cat {tmp_path}/count 2>/dev/null | wc -c)" -lt {times} ]; then\n'
            f'  printf x >> {tmp_path}/count; cat {said}; exit 228\nfi\nexec {" ".join(node.npm)} "$@"\n'
        )
        script.chmod(0o755)
        return Node(node.program, (str(script),), node.version, node.npm_version)

    def test_room_is_made_and_it_is_tried_once_more(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
        node = self.npm(tmp_path, 1)
        store = SetStore(tmp_path / "sets", node)
        put(store, "a", MEGABYTE)
        with registry(self.PACKAGES) as server:
            found, _ = store.resolve(DeclaredDependencies((("left", "1.0.0"),)), Npm(node, server.url))
        assert isinstance(found, ResolvedSet)
        assert store.held() == [found.key]

    def test_a_disk_that_stays_full_is_ours(self, tmp_path: Path) -> None:
        node = self.npm(tmp_path, 9)
        store = SetStore(tmp_path / "sets", node)
        put(store, "a", MEGABYTE)
        with registry(self.PACKAGES) as server, pytest.raises(ToolchainError, match="ENOSPC"):
            store.resolve(DeclaredDependencies((("left", "1.0.0"),)), Npm(node, server.url))
        assert json.loads(self.FULL)["error"]["code"] == "ENOSPC"
        assert [path.name for path in (tmp_path / "sets").iterdir() if path.name.startswith(".new-")] == []
