"""The whole service on one machine: Redis, SQLite, gateway, reaper and workers, as children of this process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from reward_api.embedded import folder
from reward_api.embedded.child import open_log, run_to_end
from reward_api.embedded.errors import StackError
from reward_api.embedded.plan import StackOptions, loopback, records_url, setup, spawns, url_of
from reward_api.embedded.supervisor import Report, Supervisor
from trainer_client import Problem

READY_SECONDS = 300.0
"""The first start prepares the toolchain."""
DEATHS_BEFORE_READY = 4
LOOK_SECONDS = 0.2
LOG_TAIL = 2_000


def silent(_line: str) -> None:
    """Report to nobody."""


class EmbeddedStack:
    """A context manager: ready inside, nothing left after.

    Args:
        data_dir: records, blobs and logs; kept between starts, so unfinished evaluations go on.
        port: 0 picks a free one.
        judge: ``heuristic``, ``vlm`` or ``scripted``.
        auth: whether API keys are required; left out, only where the host is not loopback.
        build_workers, render_workers: jobs of each kind at a time; the settings' own where left out.
        environment: variables that stand above this process's own for the children, for example
            ``WEBGEN_MAX_QUEUED`` or ``WEBGEN_JUDGE__BASE_URL``.
        ready_seconds: how long a start may take.
        report: told in one line what happens.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        judge: str = "heuristic",
        auth: bool | None = None,
        build_workers: int | None = None,
        render_workers: int | None = None,
        environment: Mapping[str, str] | None = None,
        ready_seconds: float = READY_SECONDS,
        report: Report = silent,
    ) -> None:
        self.data_dir = data_dir.expanduser().absolute()
        self.judge = judge
        self.auth = not loopback(host) if auth is None else auth
        self._host, self._port = host, port
        self._workers = (build_workers, render_workers)
        self._environment = dict(os.environ) | dict(environment or {})
        self._ready_seconds, self._report = ready_seconds, report
        self._lock = folder.FolderLock(self.data_dir)
        self._supervisor: Supervisor | None = None

    @property
    def url(self) -> str:
        """Address of the gateway. With port 0, known after the start."""
        return url_of(self._host, self._port)

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    def start(self) -> None:
        """Start everything and wait until it is ready.

        Raises:
            StackRunning: another stack uses the data folder.
            StackError: something is missing, or a process does not stay up.
        """
        if find_spec("celery") is None:
            raise StackError("the service's own packages are missing: pip install 'webgen-reward[server]'")
        if not self.auth and not loopback(self._host):
            raise StackError(f"{self._host} is not loopback: API keys cannot be switched off there")
        folder.make_folders(self.data_dir)
        redis_server = folder.find_redis()
        self._port = folder.free_port(self._host, self._port) if self._port == 0 else self._port
        self._lock.take(self.url)
        try:
            self._launch(redis_server)
            self._await(self._ready_seconds, DEATHS_BEFORE_READY)
        except BaseException:
            self.stop()
            raise

    def _launch(self, redis_server: Path) -> None:
        from reward_api.embedded.records import prepare  # slow to load, and only needed here

        folder.free_port(self._host, self._port)
        prepare(records_url(self.data_dir))
        self._set_up()
        options = StackOptions(
            data_dir=self.data_dir,
            host=self._host,
            port=self._port,
            auth=self.auth,
            judge=self.judge,
            build_workers=self._workers[0],
            render_workers=self._workers[1],
            redis_server=redis_server,
            socket=folder.redis_socket(self.data_dir),
        )
        processes = spawns(options, self._environment)
        self._supervisor = Supervisor(processes, self.logs, self.data_dir / "run", self._report)
        self._supervisor.start()

    def _set_up(self) -> None:
        """Prepare the toolchain. Takes a moment where it is there, and a minute or two where it is not."""
        spawn, log = setup(self._environment), open_log(self.logs / "setup.log")
        if run_to_end(spawn, log, self.data_dir / "run", self._ready_seconds):
            raise StackError(f"the toolchain cannot be prepared:\n{self.log_tail('setup')}")

    def stop(self) -> None:
        """End every process, in order and within a bound. Harmless when nothing runs."""
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None
        self._lock.release()

    def hurry(self) -> None:
        """End a stop that is under way at once."""
        if self._supervisor is not None:
            self._supervisor.hurry()

    def wait(self) -> None:
        """Return when the supervisor has ended, which without `stop` is a defect.

        Raises:
            StackError: it ended by itself.
        """
        supervisor = self._running()
        supervisor.join()
        raise StackError("the supervisor ended by itself")

    def pids(self) -> dict[str, int]:
        """Process name -> process id, of what runs at this moment."""
        return self._running().pids()

    def kill(self, name: str) -> int:
        """SIGKILL one process; its id. The supervisor starts another after a moment."""
        return self._signal(name, signal.SIGKILL)

    def restart(self, name: str, timeout: float = 60.0) -> int:
        """SIGTERM one process and wait for its successor; the successor's id.

        Raises:
            StackError: there is none within the time.
        """
        before = self._signal(name, signal.SIGTERM)
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            now = self.pids().get(name)
            if now is not None and now != before:
                return now
            time.sleep(LOOK_SECONDS)
        raise StackError(f"{name} was not started again within {timeout:g} s")

    def await_ready(self, timeout: float = 60.0) -> None:
        """Wait until the gateway says that everything is there, for example after a `restart`.

        Raises:
            StackError: not within the time; the message says what is missing.
        """
        self._await(timeout, None)

    def _await(self, timeout: float, deaths: int | None) -> None:
        until, said = time.monotonic() + timeout, "no answer"
        with httpx.Client(trust_env=False, timeout=5.0) as http:
            while time.monotonic() < until:
                ready, said = probe(http, self.url)
                if ready:
                    return
                self._check_alive(deaths)
                time.sleep(LOOK_SECONDS)
        raise StackError(f"the stack was not ready within {timeout:g} s: {said}\n{self.log_tail('gateway')}")

    def log_tail(self, name: str) -> str:
        """The end of a process's log."""
        path = self.logs / f"{name}.log"
        return path.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace") if path.exists() else ""

    def _check_alive(self, most: int | None) -> None:
        if not self._running().alive:
            raise StackError("the supervisor ended by itself")
        for name, deaths in self._running().deaths().items():
            if most is not None and deaths >= most:
                raise StackError(f"{name} does not stay up; the end of its log:\n{self.log_tail(name)}")

    def _signal(self, name: str, number: int) -> int:
        pid = self._running().signal(name, number)
        if pid is None:
            raise StackError(f"{name} does not run at this moment")
        return pid

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise StackError("the stack is not running")
        return self._supervisor

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def probe(http: httpx.Client, url: str) -> tuple[bool, str]:
    """Whether the gateway is ready, and what it said."""
    try:
        answer = http.get(f"{url}/readyz")
    except httpx.HTTPError as error:
        return False, f"{type(error).__name__}: {error}"
    return answer.status_code == 200, str(Problem.read(answer.status_code, answer.content))
