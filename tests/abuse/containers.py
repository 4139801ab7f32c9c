"""The sandbox's containers as their engine lists them, where the body is Docker."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.errors import SandboxError
from services.sandbox.docker.meter import group_of
from services.sandbox.docker.owner import is_left
from services.sandbox.docker.pool import SHAPES
from services.sandbox.docker.shape import LABEL

_OF_AN_ENGINE = re.compile(r"/overlay2/[0-9a-f]+/merged$|/docker/netns/\w+$|/containers/[0-9a-f]{64}/")

READY = 1
"""Containers that wait for jobs of one shape, in the stack under attack."""


@dataclass(frozen=True, slots=True)
class Containers:
    """Attributes:
    outlived: ids of those whose worker is gone.
    surplus: how many more wait than the pools of the stack may hold.
    processes: in those of the stack, beside the first of each, which waits for a job.
    places: where the engine has mounted something for a container that is there; where the stack has no engine, where
        any has: those are other people's.
    """

    outlived: frozenset[str] = frozenset()
    surplus: int = 0
    processes: int = 0
    places: frozenset[str] = frozenset()


def look(engine: str | None, workers: Collection[int]) -> Containers:
    """What there is at an engine; nothing where there is none.

    Args:
        workers: process ids of the stack.
    """
    if engine is None:
        points = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
        return Containers(places=frozenset(point for point in points if _OF_AN_ENGINE.search(point)))
    import docker

    with contextlib.closing(docker.APIClient(base_url=engine)) as client:
        found = list(_inspected(client))
    owned = {one["Id"]: one["Config"]["Labels"][LABEL] for one in found if LABEL in (one["Config"]["Labels"] or {})}
    ours = [one for one in found if _owner(owned.get(one["Id"], "")) in workers]
    inside = [_processes(one["State"]["Pid"]) for one in ours]
    owners = {owned[one["Id"]] for one in ours}
    return Containers(
        outlived=frozenset(name for name, mark in owned.items() if is_left(mark)),
        surplus=max(0, inside.count(0) - len(owners) * SHAPES * READY),
        processes=sum(inside),
        places=frozenset(place for one in found for place in _places(one)),
    )


def _inspected(client: Any) -> Iterator[dict[str, Any]]:
    """Every container, also others' than the stack's."""
    from docker.errors import NotFound

    for one in client.containers(all=True):
        with contextlib.suppress(NotFound):
            yield client.inspect_container(one["Id"])


def _owner(mark: str) -> int | None:
    number = (mark.split(":") + [""] * 3)[2]
    return int(number) if number.isdigit() else None


def _processes(pid: int) -> int:
    """Beside the first one; 0 where it has ended."""
    if not pid:
        return 0
    with contextlib.suppress(SandboxError, OSError):
        return len((group_of(pid).pids / "cgroup.procs").read_bytes().split()) - 1
    return 0


def _places(one: dict[str, Any]) -> Iterator[str]:
    """Its root file system, and the name that its network namespace is kept by."""
    for place in ((one["GraphDriver"]["Data"] or {}).get("MergedDir"), one["NetworkSettings"].get("SandboxKey")):
        if place:
            yield os.path.realpath(place)
