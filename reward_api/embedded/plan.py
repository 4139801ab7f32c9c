"""Which processes the stack is made of, by module name, and how each is started. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reward_api.embedded import environment

MAX_SOCKET_PATH: Final = 100
"""Characters; the system's limit for a Unix socket's path is 107 bytes."""

REDIS_RANK, WORK_RANK, GATEWAY_RANK = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Spawn:
    """One process.

    Attributes:
        name: what it is called in logs and reports.
        rank: started in ascending order, stopped in descending order.
        socket: Unix socket that accepts connections before the next rank starts.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    rank: int
    socket: Path | None = None


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What the caller chose.

    Attributes:
        data_dir: records, blobs, logs and the socket; one stack at a time.
        auth: API keys are required; left out, they are on any address but loopback.
        judge: ``heuristic``, ``vlm`` or ``scripted``.
        build_workers, render_workers: jobs of each kind at a time; the settings' own where None.
    """

    data_dir: Path
    host: str
    port: int
    auth: bool
    judge: str
    build_workers: int | None
    render_workers: int | None
    redis_server: Path
    socket: Path


def loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(host: str, port: int) -> str:
    """The address to call from this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def socket_in(data_dir: Path) -> Path | None:
    """Where Redis listens: in the data folder, or None where that path is too long for a socket."""
    path = data_dir / "run" / "redis.sock"
    return path if len(str(path)) <= MAX_SOCKET_PATH else None


def short_name(data_dir: Path) -> str:
    """A short folder name that belongs to this data folder."""
    return "webgen-" + hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]


def wiring(options: StackOptions) -> dict[str, str]:
    """How the processes find one another."""
    return {
        "WEBGEN_BROKER__URL": f"redis+socket://{options.socket}",
        "WEBGEN_RECORDS__URL": records_url(options.data_dir),
        "WEBGEN_BLOBS__ROOT": str(options.data_dir / "blobs"),
        "WEBGEN_METRICS__HOST": "127.0.0.1",
        "WEBGEN_METRICS__PORT": "0",
        "WEBGEN_METRICS__TARGETS": str(metrics_targets(options.data_dir)),
    }


def metrics_targets(data_dir: Path) -> Path:
    """Folder of the files in which every process says where it answers scrapes."""
    return data_dir / "run" / "metrics"


def records_url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'records.db'}"


def setup(caller: Mapping[str, str]) -> Spawn:
    """What prepares the toolchain, run to its end before the rest is started. Needs the way out, as the resolver."""
    return _python("setup", "build_worker.setup", environment.resolver(caller))


def spawns(options: StackOptions, caller: Mapping[str, str]) -> list[Spawn]:
    """Every process of the stack, in the order of their start. ``caller`` is the caller's environment."""
    wires = wiring(options)
    common = environment.general(caller) | wires
    return [
        _redis(options),
        _python("reaper", "services.pipeline.reaper", common),
        _python("resolve", "build_worker.resolver", environment.resolver(caller) | wires),
        _python("build", "build_worker.worker", common | _at_a_time(options.build_workers)),
        _python("render", "render_worker.worker", common | _at_a_time(options.render_workers)),
        _python("judge", "services.judge.worker", environment.judge(caller, options.judge) | wires),
        _python("gateway", "reward_api.gateway", common | _gateway(options), GATEWAY_RANK),
    ]


def _at_a_time(jobs: int | None) -> dict[str, str]:
    return {} if jobs is None else {"WEBGEN_CONCURRENCY": str(jobs)}


def _gateway(options: StackOptions) -> dict[str, str]:
    return {
        "WEBGEN_HOST": options.host,
        "WEBGEN_PORT": str(options.port),
        "WEBGEN_AUTH": "true" if options.auth else "false",
    }


def _python(name: str, module: str, variables: Mapping[str, str], rank: int = WORK_RANK) -> Spawn:
    # -P: the working directory is a data folder, and no module is taken from there.
    return Spawn(name, (sys.executable, "-P", "-m", module), {**variables, "PYTHONUNBUFFERED": "1"}, rank)


def _redis(options: StackOptions) -> Spawn:
    """Redis on a Unix socket alone, keeping nothing: the records are the truth."""
    listening = ("--port", "0", "--unixsocket", str(options.socket), "--unixsocketperm", "700")
    keeping = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
    argv = (str(options.redis_server), *listening, *keeping, "--dir", str(options.socket.parent), "--daemonize", "no")
    return Spawn("redis", argv, {"LC_ALL": "C"}, REDIS_RANK, options.socket)


def restart_delay(deaths: int) -> float:
    """Seconds to wait after so many deaths in a row (at least 1)."""
    return float(min(10.0, 0.25 * 2.0 ** min(deaths - 1, 10)))
