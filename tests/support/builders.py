"""A warm builder as the scaffold lane starts it, but outside any sandbox, and the messages that it is sent."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from build_worker.lanes.wire import Reply, decode, encode
from build_worker.node import Node

_HEAD = 4
_MAX_FILES = 2_000


class WarmBuilder:
    """``work`` is the builder's work folder; ``work / "site"`` holds a job's files while it is worked on."""

    def __init__(self, process: subprocess.Popen[bytes], work: Path, modules: Path) -> None:
        self.process = process
        self.work = work
        self.modules = modules

    def build(self, files: Mapping[str, str], modules: Path | None = None) -> Reply:
        """Build text files with a dependency set.

        Raises:
            EOFError: the builder ended instead of answering.
        """
        payload = encode({path: text.encode() for path, text in files.items()}, str(modules or self.modules))
        return decode(self.ask(payload), _MAX_FILES)

    def ask(self, payload: bytes) -> bytes:
        """One frame there, one frame back."""
        assert self.process.stdin is not None
        self.process.stdin.write(len(payload).to_bytes(_HEAD, "big") + payload)
        self.process.stdin.flush()
        return self._read(int.from_bytes(self._read(_HEAD), "big"))

    def _read(self, size: int) -> bytes:
        assert self.process.stdout is not None
        read = self.process.stdout.read(size)
        if len(read) < size:
            raise EOFError("the builder ended")
        return read


@contextmanager
def warm_builder(node: Node, toolchain: Path, work: Path, modules: Path) -> Iterator[WarmBuilder]:
    """A builder whose process ends with the block."""
    work.mkdir(parents=True, exist_ok=True)
    argv = [str(node.program), str(toolchain / "builder/server.mjs"), str(work)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(work.parent), "SECRET": "of the worker"}
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        try:
            yield WarmBuilder(process, work.resolve(), modules)
        finally:
            process.kill()
