"""The container engine, over its socket: what is asked of it, and its errors as ours."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from docker.errors import DockerException, NotFound

import docker
from services.errors import SandboxError
from services.sandbox.command import System
from services.sandbox.docker.shape import LABEL, REPOSITORY, image_archive, image_tag

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
TIMEOUT_SECONDS = 60
_FORMER = (409, 404)


class Engine:
    """One connection to an engine; threads may share it, processes may not.

    Raises:
        SandboxError: by every call: the engine did not answer, or refused.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        with _crossing("cannot be reached"):
            self._client = docker.APIClient(base_url=address, version="auto", timeout=TIMEOUT_SECONDS)

    def image(self, system: System) -> str:
        """The image's name; it is made where it is not there yet."""
        archive = image_archive(system)
        tag = image_tag(archive)
        name = f"{REPOSITORY}:{tag}"
        with _crossing("did not make the image"):
            if not self._client.images(name=name):
                self._client.import_image_from_data(archive, repository=REPOSITORY, tag=tag)
        return name

    def create(self, config: Mapping[str, Any]) -> str:
        """A new container's id."""
        with _crossing("did not make a container"):
            return str(self._client.create_container_from_config(dict(config), None)["Id"])

    def attach(self, container: str) -> socket.socket:
        """Standard input, output and error of a container, as the engine multiplexes them. Before its start."""
        with _crossing("did not attach to a container"):
            params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            raw = self._client.attach_socket(container, params=params)
            own = socket.socket(fileno=os.dup(raw.fileno()))
            raw._response.close()
            raw.close()
            return own

    def start(self, container: str) -> int:
        """Start it; the number of its first process on this machine."""
        with _crossing("did not start a container"):
            self._client.start(container)
            return int(self._client.inspect_container(container)["State"]["Pid"])

    def run_as_root(self, container: str, argv: list[str]) -> None:
        """Run a program of ours as the owner of what the engine made inside, before any candidate's does. It has no
        more capabilities than theirs."""
        with _crossing("did not prepare a container"):
            started = self._client.exec_create(container, argv, user="0:0")
            said = self._client.exec_start(started["Id"])
            if self._client.exec_inspect(started["Id"])["ExitCode"]:
                raise SandboxError(f"a container could not be prepared: {said.decode(errors='replace')[-300:]}")

    def signal(self, container: str, name: str) -> None:
        """Nothing happens to a container that has ended."""
        with _crossing("did not signal a container"), _of_former():
            self._client.kill(container, name)

    def allow_memory(self, container: str, limit: int) -> None:
        with _crossing("did not change a container's limit"):
            self._client.update_container(container, mem_limit=limit, memswap_limit=limit)

    def out_of_memory(self, container: str) -> bool:
        """Whether the kernel killed in it for want of memory."""
        with _crossing("did not tell of a container"):
            return bool(self._client.inspect_container(container)["State"]["OOMKilled"])

    def remove(self, container: str) -> None:
        """Kill and remove; all its processes are dead afterwards."""
        with _crossing("did not remove a container"), _of_former():
            self._client.remove_container(container, force=True, v=True)

    def owners(self) -> dict[str, str]:
        """Our containers' ids, with the owner that each was labelled with."""
        with _crossing("did not list containers"):
            found = self._client.containers(all=True, filters={"label": LABEL})
        return {one["Id"]: one["Labels"][LABEL] for one in found}

    def close(self) -> None:
        self._client.close()


@contextlib.contextmanager
def _crossing(what: str) -> Iterator[None]:
    try:
        yield
    except (DockerException, requests.RequestException, OSError) as error:
        raise SandboxError(f"the container engine {what}: {str(error)[:500]}") from error


@contextlib.contextmanager
def _of_former() -> Iterator[None]:
    """A container that is gone, or going, is as good as asked."""
    try:
        yield
    except NotFound:
        return
    except docker.errors.APIError as error:
        if error.status_code not in _FORMER:
            raise
