"""A set travels as one archive, of which nothing is taken on trust."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from build_worker.dependencies import SetStore
from build_worker.dependencies.marker import MANIFEST
from build_worker.node import Node
from services.errors import DependencySetMissing
from tests.support.sets import FILES, archived, key, put

NODE = Node(Path("/usr/bin/node"), ("/usr/bin/npm",), "v20.0.0", "11.0.0")
A = key("a")
Member = tuple[tarfile.TarInfo, bytes]
RUN = "node_modules/a/bin/run.js"


def members(content: bytes) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isreg() else None
            yield member, source.read() if source else b""


def archive_of(parts: list[Member]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member, content in parts:
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


def changed(path: str, change: Callable[[tarfile.TarInfo, bytes], list[Member]]) -> bytes:
    """The archive with another member in the place of one."""
    parts: list[Member] = []
    for member, content in members(archived(A)):
        parts += change(member, content) if member.name == path else [(member, content)]
    return archive_of(parts)


def listed(change: Callable[[list[list[object]]], object]) -> bytes:
    """The archive with another manifest."""

    def rewritten(member: tarfile.TarInfo, content: bytes) -> list[Member]:
        rows = [json.loads(line) for line in content.decode().splitlines()]
        change(rows)
        text = "".join(json.dumps(row) + "\n" for row in rows).encode()
        member.size = len(text)
        return [(member, text)]

    return changed(MANIFEST, rewritten)


def with_type(kind: bytes, target: str = "") -> bytes:
    def other(member: tarfile.TarInfo, _: bytes) -> list[Member]:
        member.type, member.linkname, member.size = kind, target, 0
        return [(member, b"")]

    return changed(RUN, other)


def named(name: str) -> bytes:
    def other(member: tarfile.TarInfo, content: bytes) -> list[Member]:
        member.name = name
        return [(member, content)]

    return changed(RUN, other)


def file(name: str) -> Member:
    member = tarfile.TarInfo(name)
    member.size = 1
    return member, b"x"


def renamed(path: str) -> bytes:
    return listed(lambda rows: [row.__setitem__(0, path) for row in rows if row[0] == RUN])


def linked(target: str) -> bytes:
    return listed(lambda rows: [row.__setitem__(4, target) for row in rows if row[1] == "link"])


def appended(extra: Member) -> bytes:
    return archive_of([*members(archived(A)), extra])


HOSTILE: dict[str, Callable[[], bytes]] = {
    "no archive": lambda: b"not an archive",
    "nothing": lambda: b"",
    "cut off": lambda: archived(A)[:-200],
    "another set": lambda: archived(key("b")),
    "another content": lambda: changed(RUN, lambda member, content: [(member, content[::-1])]),
    "a file that is missing": lambda: changed(RUN, lambda *_: []),
    "a file twice": lambda: changed(RUN, lambda member, content: [(member, content)] * 2),
    "a file more": lambda: appended(file("node_modules/a/more")),
    "a path above": lambda: named("../../outside"),
    "an absolute path": lambda: named("/tmp/outside"),
    "a symbolic link for a file": lambda: with_type(tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": lambda: with_type(tarfile.LNKTYPE, "/etc/passwd"),
    "a device": lambda: with_type(tarfile.CHRTYPE),
    "a pipe": lambda: with_type(tarfile.FIFOTYPE),
    "a listed path above": lambda: renamed("node_modules/../../outside"),
    "a listed absolute path": lambda: renamed("/tmp/outside"),
    "a listed path beside the modules": lambda: renamed("set.json"),
    "a listed path through a link": lambda: renamed("node_modules/.bin/run/x"),
    "a listed path twice": lambda: renamed("node_modules/a/package.json"),
    "a listed link out of the set": lambda: linked("../../../../etc/passwd"),
    "a listed absolute link": lambda: linked("/etc/passwd"),
    "a listed mode": lambda: listed(lambda rows: [row.__setitem__(2, 0o4755) for row in rows if row[0] == RUN]),
    "a listed kind": lambda: listed(lambda rows: [row.__setitem__(1, "device") for row in rows if row[0] == RUN]),
    "a bomb": lambda: listed(lambda rows: [row.__setitem__(3, 10**13) for row in rows if row[0] == RUN]),
    "a manifest that is none": lambda: changed(MANIFEST, lambda m, c: [(m, b"[" * len(c))]),
}


@pytest.fixture
def store(tmp_path: Path) -> SetStore:
    return SetStore(tmp_path / "sets", NODE)


def test_a_set_arrives_as_it_was_and_equal_sets_are_equal_archives(store: SetStore, tmp_path: Path) -> None:
    put(store, "a")
    with store.use(A) as folder:
        assert {path: (folder / path).read_bytes() for path in FILES} == FILES
        assert (folder / "node_modules/.bin/run").readlink() == Path("../a/bin/run.js")
    assert store.verify(A) == []
    other = SetStore(tmp_path / "other", NODE)
    other.unpack(A, store.pack(A))
    assert other.pack(A) == store.pack(A) == archived(A)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_other_archive_leaves_anything(store: SetStore, tmp_path: Path, name: str) -> None:
    with pytest.raises(DependencySetMissing):
        store.unpack(A, HOSTILE[name]())
    assert store.held() == []
    assert [path.name for path in tmp_path.rglob("*") if path.name != ".locks"] == ["sets"]


def test_an_archive_that_swells_beyond_its_manifest_is_refused(store: SetStore) -> None:
    member = tarfile.TarInfo("node_modules/a/more")
    member.pax_headers = {"comment": "x" * 5_000_000}
    with pytest.raises(DependencySetMissing, match="swells"):
        store.unpack(A, appended((member, b"")))


def test_a_damaged_set_is_not_packed(store: SetStore) -> None:
    put(store, "a")
    with store.use(A) as folder:
        (folder / RUN).write_bytes(b"other")
    with pytest.raises(DependencySetMissing):
        store.pack(A)
    assert store.path(A) is None
