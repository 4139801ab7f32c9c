"""The service as docker/compose.yaml starts it, under a name of the test's own, on the engine that answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.stacks import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS = ("resolver", "build", "render", "judge")
PROCESSES = ("gateway", "reaper", *WORKERS)
START_SECONDS = 900.0

_CERTIFICATES = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))


@dataclass(frozen=True, slots=True)
class ComposeStack:
    """Attributes:
    folder: compose.yaml, the profile that it names and the environment's files.
    project: first word of every container's name.
    port: of the gateway, on loopback.
    """

    folder: Path
    project: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def compose(self, *words: str, check: bool = True) -> str:
        """Run the compose command; its standard output."""
        command = [*compose_command(), "-p", self.project, "-f", "compose.yaml", "-f", "machine.yaml", *words]
        environment = {**os.environ, "WEBGEN_LISTEN": f"127.0.0.1:{self.port}", "WEBGEN_PROMETHEUS": "127.0.0.1:0"}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, done.stderr[-3_000:]
        return done.stdout

    def container(self, service: str) -> str:
        """The id of a service's container."""
        return self.compose("ps", "-q", service).strip()

    def inside(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program in a service's container, as its process runs."""
        return docker("exec", self.container(service), *command)

    def key(self, *scopes: str) -> str:
        """A new API key with these scopes."""
        words = [word for scope in scopes for word in ("--scope", scope)]
        said = self.compose("run", "--rm", "-T", "admin", "keys", "create", "test", *words)
        return said.strip().splitlines()[-1]


def docker(*words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0 or not check, done.stderr[-3_000:]
    return done


def compose_command() -> list[str]:
    """The engine client's plugin, else the program beside this Python's. Release 1 knows no ``systempaths``."""
    has_plugin = docker("compose", "version").returncode == 0
    return ["docker", "compose"] if has_plugin else [str(Path(sys.executable).with_name("docker-compose"))]


def inspected(container: str) -> dict[str, object]:
    found: list[dict[str, object]] = json.loads(docker("inspect", container, check=True).stdout)
    return found[0]


def is_healthy(container: str) -> bool:
    return docker("inspect", "-f", "{{.State.Health.Status}}", container).stdout.strip() == "healthy"


@contextmanager
def compose_stack(project: str = "webgen-test", judge: str = "heuristic") -> Iterator[ComposeStack]:
    """A stack whose every process is healthy; its containers, networks and volumes are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="wg-compose-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        stack = ComposeStack(_laid_out(folder, judge), project, _free_port())
        try:
            stack.compose("up", "-d", "--no-build")
            for service in PROCESSES:
                container = stack.container(service)
                wait_until(lambda c=container: is_healthy(c), f"{service} is healthy", START_SECONDS)  # type: ignore[misc]
            yield stack
        finally:
            stack.compose("down", "--volumes", "--timeout", "2", check=False)


def _laid_out(folder: Path, judge: str) -> Path:
    shutil.copy(ROOT / "docker" / "compose.yaml", folder)
    shutil.copytree(ROOT / "docker" / "seccomp", folder / "seccomp")
    environment = {**os.environ, "WEBGEN_ENV_FOLDER": str(folder)}
    subprocess.run([ROOT / "docker" / "compose-env.sh", judge], env=environment, check=True)
    (folder / "machine.yaml").write_text(json.dumps({"services": {"resolver": _this_machines_registry(folder)}}))
    return folder


def _this_machines_registry(folder: Path) -> dict[str, object]:
    """How npm reaches its registry from here: this machine's certificates and npm's own configuration."""
    files = {"certificates": _CERTIFICATES, "npmrc": Path.home() / ".npmrc"}
    inside = {"certificates": "NODE_EXTRA_CA_CERTS", "npmrc": "NPM_CONFIG_USERCONFIG"}
    there = {name: path for name, path in files.items() if path.is_file()}
    for name, path in there.items():
        shutil.copyfile(path, folder / name)
        (folder / name).chmod(0o644)
    return {
        "environment": {inside[name]: f"/run/{name}" for name in there},
        "volumes": [f"{folder / name}:/run/{name}:ro" for name in there],
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def addresses(stack: ComposeStack, services: Sequence[str]) -> dict[str, list[str]]:
    """Service -> its addresses in every network."""
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    return {s: re.findall(r"\S+", docker("inspect", "-f", form, stack.container(s)).stdout) for s in services}
