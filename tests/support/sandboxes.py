"""Every sandbox body that tests can have here, by name."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from services.sandbox import Bubblewrap, Sandbox
from services.sandbox.docker import Docker, engine_address
from services.settings import SandboxSettings

DOCKER = SandboxSettings(kind="docker", ready=1)


def bodies() -> list[str]:
    """Bubblewrap; and Docker where an engine answers. Where ``WEBGEN_TEST_DOCKER`` is set it is promised, so that its
    cases fail and are not left out where there is none."""
    has_docker = bool(os.environ.get("WEBGEN_TEST_DOCKER")) or _answers(engine_address(DOCKER))
    return ["bubblewrap", *(["docker"] if has_docker else [])]


@contextmanager
def sandbox_body(name: str, scratch: Path | None = None) -> Iterator[Sandbox]:
    """A body that leaves nothing behind."""
    if name == "bubblewrap":
        yield Bubblewrap(SandboxSettings(scratch=scratch))
    else:
        with closing(Docker(DOCKER.model_copy(update={"scratch": scratch}))) as docker:
            yield docker


def _answers(address: str) -> bool:
    if not address.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(address.removeprefix("unix://")) == 0
