"""One browser for many evaluations: real browser, real sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from render_worker.browser import Running
from render_worker.host import Host
from render_worker.render import Run, run_in
from render_worker.site import Answer, Site
from render_worker.verdict import End
from services.errors import BrowserError
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings

pytestmark = pytest.mark.stack

PAGE = "<!doctype html><title>Tide tables</title><h1>Tide tables</h1><p>High water at noon.</p>"
BOMB = PAGE + "<script>const a = []; while (true) a.push(new Uint8Array(5e7).fill(1))</script>"


class Bench:
    def __init__(self, scratch: Path, **changes: object) -> None:
        own = SandboxSettings(scratch=scratch)
        self.settings = RenderSettings(sandbox=own, width=800, height=600, **changes)  # type: ignore[arg-type]
        self.host = Host(self.settings, make_sandbox(own))

    def render(self, html: str, **files: str) -> Run:
        more = {name.replace("__", "."): text.encode() for name, text in files.items()}
        return run_in(self.host, self.settings, Site({"index.html": html.encode(), **more}), "home")

    def browser(self) -> int | None:
        """The process that serves now, a new one where there is none."""
        pids: list[int | None] = []

        async def look(running: Running) -> bool:
            session = await running.browser.new_browser_cdp_session()
            told = await session.send("SystemInfo.getProcessInfo")
            pids.extend(one["id"] for one in told["processInfo"] if one["type"] == "browser")
            await session.detach()
            return True

        self.host.serve(look)
        return pids[0]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def bench(scratch: Path) -> Iterator[Bench]:
    bench = Bench(scratch)
    with closing(bench.host):
        yield bench


def title(run: Run) -> str | None:
    facts = run.visits[0].facts
    return facts.title if facts else None


def running_below(folder: Path) -> list[int]:
    """Processes of this machine that name a folder in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def kill_below(folder: Path) -> None:
    for pid in running_below(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Deadly(Site):
    """Browsers that ask it for its page are killed, one for each entry that is left."""

    left: list[Path] = field(default_factory=list)

    def answer(self, url: str) -> Answer:
        if self.left:
            kill_below(self.left.pop())
        return super().answer(url)


def deadly(scratch: Path, times: int) -> Deadly:
    return Deadly({"index.html": PAGE.encode()}, left=[scratch] * times)


def test_a_browser_serves_job_after_job_and_gives_the_same_picture(bench: Bench) -> None:
    runs = [bench.render(PAGE) for _ in range(3)]
    assert [(run.end, run.fresh) for run in runs] == [(End.DONE, True), (End.DONE, False), (End.DONE, False)]
    assert len({run.visits[0].png for run in runs}) == 1


LEAVES = """<script>
localStorage.kept = sessionStorage.kept = document.cookie = "kept=1; max-age=99999";
window.name = "kept";
navigator.serviceWorker.register("/sw.js").catch(() => 0);
indexedDB.open("kept", 1);
caches.open("kept").then((cache) => cache.put("/x", new Response("kept")));
new SharedWorker("/shared.js");
</script>"""
LOOKS = """<script>
(async () => {
  const found = [];
  if (localStorage.kept || sessionStorage.kept || document.cookie || window.name) found.push("storage");
  if ((await indexedDB.databases()).length) found.push("database");
  if ((await caches.keys()).length) found.push("cache");
  if ((await navigator.serviceWorker.getRegistrations()).length) found.push("worker");
  const answer = await fetch("/data.txt");
  found.push(await answer.text());
  document.title = "found " + found.join();
})();
</script>"""


def test_nothing_of_a_job_is_there_for_the_next(bench: Bench) -> None:
    first = bench.render(PAGE + LEAVES + LOOKS, sw__js="", shared__js="", data__txt="one")
    assert "storage" in (title(first) or "")
    second = bench.render(PAGE + LOOKS, data__txt="two")
    assert (title(second), second.fresh) == ("found two", False)


def test_limits_are_each_jobs_own(bench: Bench) -> None:
    busy = "<script>for (let i = 0; i < 4e8; i++) Math.sqrt(i);</script>"
    runs = [bench.render(PAGE + busy) for _ in range(3)]
    used = [run.watch.cpu_seconds for run in runs if run.watch is not None]
    assert [run.fresh for run in runs] == [True, False, False]
    # An account that went on would hold at least what the one before it held, and its own.
    assert used[2] < used[0] + used[1]


def test_a_browser_that_was_killed_between_jobs_is_replaced(bench: Bench, scratch: Path) -> None:
    bench.render(PAGE)
    kill_below(scratch)
    after = bench.render(PAGE)
    assert (after.end, after.fresh) == (End.DONE, True)


def test_a_browser_that_dies_in_a_job_is_ours_and_the_visit_is_made_again(bench: Bench, scratch: Path) -> None:
    run = run_in(bench.host, bench.settings, deadly(scratch, times=1), "home")
    assert (run.end, title(run)) == (End.DONE, "Tide tables")


def test_a_limit_ends_the_browser_and_leaves_nothing(bench: Bench, scratch: Path) -> None:
    bench.render(PAGE)
    hostile = bench.render(BOMB)
    assert (hostile.end, hostile.limit_hit, hostile.fresh) == (End.MEMORY, "memory", True)
    assert list(scratch.iterdir()) == []
    assert running_below(scratch) == []
    after = bench.render(PAGE)
    assert (after.end, after.fresh) == (End.DONE, True)


def test_it_is_replaced_after_so_many_jobs(scratch: Path) -> None:
    bench = Bench(scratch, browser_jobs=2)
    with closing(bench.host):
        assert [bench.render(PAGE).fresh for _ in range(5)] == [True, False, True, False, True]


def test_one_evaluation_each_where_it_is_asked_for(scratch: Path) -> None:
    bench = Bench(scratch, browser_life="one")
    with closing(bench.host):
        assert [bench.render(PAGE).fresh for _ in range(2)] == [True, True]
        assert list(scratch.iterdir()) == []


def test_a_page_that_is_left_open_is_not_carried_on(bench: Bench) -> None:
    async def leave(running: Running) -> bool:
        await (await running.browser.new_context()).new_page()
        return True

    assert bench.host.serve(leave) is True
    assert bench.render(PAGE).fresh


def test_a_service_that_a_page_called_up_goes_with_the_browser(bench: Bench) -> None:
    asks = "<script>new AudioContext(); navigator.mediaDevices.enumerateDevices().catch(() => 0)</script>"
    assert bench.render(PAGE + asks).fresh
    assert bench.render(PAGE).fresh
    assert not bench.render(PAGE).fresh


def test_only_where_a_control_page_passes_is_a_dying_browser_the_sites_fault(bench: Bench, scratch: Path) -> None:
    site = deadly(scratch, times=99)
    assert run_in(bench.host, bench.settings, site, "home").end is End.DIED
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render_worker.render.CONTROL", site)
        with pytest.raises(BrowserError, match="a page that renders does not"):
            run_in(bench.host, bench.settings, site, "home")


KILLED = """
import os, signal
from pathlib import Path
from render_worker.host import Host
from render_worker.render import run_in
from render_worker.site import Answer, Site
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings
own = SandboxSettings(scratch=Path(os.environ["SCRATCH"]))
settings = RenderSettings(sandbox=own)
run_in(Host(settings, make_sandbox(own)), settings, Site({"index.html": b"<p>page"}), "home")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_worker_left_is_gone_with_the_next_start(scratch: Path) -> None:
    environment = {**os.environ, "SCRATCH": str(scratch)}
    done = subprocess.run((sys.executable, "-c", KILLED), env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    bench = Bench(scratch)
    with closing(bench.host):
        assert bench.render(PAGE).end is End.DONE
        assert len(list(scratch.iterdir())) == 1
    assert list(scratch.iterdir()) == []
