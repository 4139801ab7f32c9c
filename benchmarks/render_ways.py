"""The ways to photograph a built site's home page that are compared, and what each costs."""

from __future__ import annotations

import asyncio
import functools
import http.server
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Playwright, async_playwright

from benchmarks.bundles import site_of
from benchmarks.figures import Cost
from render_worker.host import Host
from render_worker.render import Run, run_in
from render_worker.tour import Mode
from render_worker.verdict import End
from services.sandbox import Sandbox
from services.settings import RenderSettings

FULL_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOOK_SECONDS = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")


class NotSeen(Exception):
    """A way that did not photograph a golden site, and why."""


def full_browser() -> Path:
    """Raises:
    NotSeen: this machine has none.
    """
    found = next(filter(None, map(shutil.which, FULL_BROWSERS)), None)
    if found is None:
        raise NotSeen("there is no full Chromium. Mend: `apt-get install chromium`")
    return Path(found)


class Clock(threading.Thread):
    """Real time and CPU time of this process and its descendants while the context lasts. What one of them uses
    between the last look and its end is missed; looking itself is not counted."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ended = threading.Event()
        self._seen: dict[tuple[int, str], int] = {}
        self._looking = 0.0
        self.cost = Cost(0.0, 0.0, 0)

    def __enter__(self) -> Clock:
        self._look()
        self._before = time.monotonic(), self._cpu()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        wall = time.monotonic() - self._before[0]
        self._ended.set()
        self.join()
        self._look()
        self.cost = Cost(wall, self._cpu() - self._before[1], 0)

    def run(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self._look()
        self._looking = time.thread_time()

    def _look(self) -> None:
        below = [os.getpid()]
        while below:
            children = _children(below.pop())
            below += children
            for pid in children:
                with suppress(OSError, IndexError):
                    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                    self._seen[pid, fields[19]] = int(fields[11]) + int(fields[12])

    def _cpu(self) -> float:
        return time.process_time() - self._looking + sum(self._seen.values()) / _TICKS


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, task.read_text().split())
    return found


class Plain:
    """Full Chromium, launched for each page; the driver is kept, which is in favour of this way. No sandbox of ours:
    for sites of our own only."""

    def __init__(self, settings: RenderSettings) -> None:
        self._settings = settings
        self._program = full_browser()
        self._runner = asyncio.Runner()
        self._driver: Playwright = self._runner.run(async_playwright().start())

    def photograph(self, bundle: bytes) -> None:
        with _served(bundle) as url:
            self._runner.run(self._photograph(url))

    async def _photograph(self, url: str) -> None:
        rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = await self._driver.chromium.launch(executable_path=self._program, args=[rules])
        page = await browser.new_page(viewport={"width": self._settings.width, "height": self._settings.height})
        await page.goto(url, wait_until="load")
        await page.screenshot()
        await browser.close()

    def close(self) -> None:
        self._runner.run(self._driver.stop())
        self._runner.close()


class Ours:
    """The render stage's own way, at home or everywhere, in browsers that live as the settings say.

    Args:
        only_pictures: as `Tour.only_pictures`.
    """

    def __init__(self, settings: RenderSettings, sandbox: Sandbox, *, only_pictures: bool = False) -> None:
        self._settings = settings
        self._only_pictures = only_pictures
        self._host = Host(settings, sandbox)

    def close(self) -> None:
        self._host.close()

    def photograph(self, bundle: bytes, mode: Mode = "home") -> Run:
        """Raises:
        NotSeen: there is no picture.
        """
        run = run_in(self._host, self._settings, site_of(bundle), mode, only_pictures=self._only_pictures)
        if run.end is not End.DONE or run.visits[0].png is None:
            raise NotSeen(f"{run.end.value}: {run.failure}")
        return run


class Way(Protocol):
    def photograph(self, bundle: bytes) -> object: ...

    def close(self) -> None: ...


class Lanes:
    """Several of one way side by side, each with a browser of its own."""

    def __init__(self, make: Callable[[], Way], count: int) -> None:
        self._lanes: queue.SimpleQueue[Way] = queue.SimpleQueue()
        self._all = [make() for _ in range(count)]
        for lane in self._all:
            self._lanes.put(lane)
        self._pool = ThreadPoolExecutor(count)

    def photograph(self, bundles: Sequence[bytes]) -> Cost:
        """All of them, as many at a time as there are lanes. Raises what a way raises."""
        with Clock() as clock:
            list(self._pool.map(self._one, bundles))
        return clock.cost

    def _one(self, bundle: bytes) -> None:
        lane = self._lanes.get()
        try:
            lane.photograph(bundle)
        finally:
            self._lanes.put(lane)

    def close(self) -> None:
        self._pool.shutdown()
        for lane in self._all:
            lane.close()


@contextmanager
def _served(bundle: bytes) -> Iterator[str]:
    """The site's address on a loopback server."""
    with tempfile.TemporaryDirectory(prefix="plain-") as name:
        for path, content in site_of(bundle).files.items():
            (Path(name) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / path).write_bytes(content)
        handler = functools.partial(_Quiet, directory=name)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        return
