"""The sandbox's containers, where its body is Docker."""

from __future__ import annotations

from typing import Any

LABEL = "webgen-reward.sandbox"


def count_containers(sandbox: str) -> int:
    """How many there are, running or not; 0 with another body."""
    if sandbox != "docker":
        return 0
    import docker

    client: Any = docker.from_env()
    try:
        return len(client.containers.list(all=True, filters={"label": LABEL}))
    finally:
        client.close()
