"""The sandbox's containers, where its body is Docker."""

from __future__ import annotations

from typing import Any

from services.settings import BuildSettings

LABEL = "webgen-reward.sandbox"


def count_containers(sandbox: str) -> int:
    """How many there are at the settings' engine, running or not; 0 with another body."""
    if sandbox != "docker":
        return 0
    import docker

    engine = BuildSettings().sandbox.engine
    client: Any = docker.DockerClient(base_url=engine) if engine else docker.from_env()
    try:
        return len(client.containers.list(all=True, filters={"label": LABEL}))
    finally:
        client.close()
