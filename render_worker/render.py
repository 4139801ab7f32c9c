"""The render stage: a bundle in, screenshots, facts and findings out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

from render_worker.browser import Running, open_browser
from render_worker.pages import discover
from render_worker.pixels import dominant_share
from render_worker.site import ORIGIN, BundleTooLarge, Site, read_bundle
from render_worker.traffic import MAX_LISTED, Traffic
from render_worker.verdict import End, Look, Ruling, rule
from render_worker.visit import PageVisit, visit
from services.contract import Artifact, Finding, Severity
from services.errors import BrowserError
from services.pipeline.work import StageJob, StageResult, StageWork
from services.sandbox.protocol import Sandbox, Watch
from services.settings import RenderSettings
from services.stages import Stage

BUNDLE = "bundle.zip"


@dataclass(slots=True)
class Run:
    """One browser's run over a site.

    Attributes:
        visits: home first; filled in while the run goes on.
        watch: of the browser's sandbox, once it was started.
        failure: what Playwright said when the page or the browser went away.
    """

    visits: list[PageVisit] = field(default_factory=list)
    watch: Watch | None = None
    failure: str | None = None

    @property
    def end(self) -> End:
        """Read after the sandbox was left: until then a limit may not have been told."""
        if self.failure is None:
            return End.DONE
        if self.watch is not None and self.watch.limit_hit is not None:
            return End(self.watch.limit_hit)
        return End.CRASHED if any(page.crashed for page in self.visits) else End.DIED


def make_render(settings: RenderSettings, sandbox: Sandbox) -> StageWork:
    """The stage's work. Reads ``bundle.zip`` of the build stage; keeps ``home.png``, ``route-1.png`` and so on, also
    of a page that failed, so that a profile without a render gate can have it judged.

    The work raises `BrowserError`, `SandboxError` or `ToolchainError` where no browser could be started, and
    `BlobError` where the bundle is gone.
    """

    def render(job: StageJob) -> StageResult:
        try:
            site = read_bundle(job.read(Stage.BUILD, BUNDLE))
        except BundleTooLarge as error:
            finding = Finding(rule="render/limit", severity=Severity.ERROR, message=str(error))
            return StageResult(passed=False, findings=(finding,), facts={"functional": False})
        return conclude(job, settings, run_site(settings, sandbox, site))

    return render


def run_site(settings: RenderSettings, sandbox: Sandbox, site: Site) -> Run:
    """Visit the site's home page and routes in a browser of their own.

    Raises:
        BrowserError: the browser was gone before any of the site's code could run.
    """
    run = Run()
    with open_browser(settings, sandbox) as running:
        run.watch = running.watch
        try:
            _visit_all(running, settings, site, run)
        except PlaywrightError as error:
            run.failure = error.message
    if run.end is End.DIED and not any(page.opened for page in run.visits):
        raise BrowserError(f"the browser died before it opened a page: {run.failure}")
    return run


def _visit_all(running: Running, settings: RenderSettings, site: Site, run: Run) -> None:
    context = _context(running, settings)
    home = PageVisit(site.home.removeprefix(ORIGIN), "home.png", Traffic(site))
    run.visits.append(home)
    visit(context, site.home, home)
    links = home.facts.hrefs if home.facts is not None else []
    for number, route in enumerate(discover(links, site.home, settings.routes), start=1):
        page = PageVisit(route, f"route-{number}.png", Traffic(site))
        run.visits.append(page)
        visit(context, ORIGIN + route, page)


def _context(running: Running, settings: RenderSettings) -> BrowserContext:
    """The same for every page on every machine; nothing granted, nothing downloaded, no service worker."""
    context = running.browser.new_context(
        viewport={"width": settings.width, "height": settings.height},
        device_scale_factor=1,
        locale="en-US",
        timezone_id="UTC",
        reduced_motion="reduce",
        color_scheme="light",
        service_workers="block",
        accept_downloads=False,
    )
    context.route("**/*", lambda route: route.abort())
    return context


def conclude(job: StageJob, settings: RenderSettings, run: Run) -> StageResult:
    """Rule on a run and keep what it left."""
    looks = [_look(page, settings) for page in run.visits]
    ruling = rule(looks, run.end)
    shots = [(page.shot_name, page.png) for page in run.visits if page.png is not None]
    artifacts: dict[str, Artifact] = {name: job.keep(png, "image/png") for name, png in shots}
    return StageResult(
        passed=ruling.passed,
        findings=ruling.findings,
        facts=summary(looks, ruling, run),
        artifacts=artifacts,
        limit_hit=run.watch.limit_hit if run.watch is not None and run.failure is not None else None,
        contended=ruling.contended,
    )


def _look(page: PageVisit, settings: RenderSettings) -> Look:
    """A picture of the wrong size or format is no picture: the browser that made it ran the candidate's code."""
    if page.png is None:
        return Look(page, None)
    try:
        return Look(page, dominant_share(page.png, settings.width, settings.height))
    except (ValueError, OSError):
        page.png = None
        return Look(page, None)


def summary(looks: Sequence[Look], ruling: Ruling, run: Run) -> dict[str, Any]:
    """The report's facts.

    Keys: ``functional``; of the home page ``title``, ``text_length``, ``dom_nodes``, ``links``, ``root``,
    ``settled_by``, ``blank``; ``routes``, the further pages (``path``, ``title``, ``text_length``, ``shot``,
    ``errors``, ``blank``, ``settled_by``); ``page``, screenshot name -> `PageFacts`; ``console_errors``,
    ``uncaught_errors``, ``dialogs``; ``outside_requests``, a list of ``{url, kind, page}``; ``shot_hash``;
    ``ended``; ``cpu_seconds``, ``peak_memory_bytes``.
    """
    home = _page(looks[0])
    return {
        "functional": ruling.functional,
        **{key: home[key] for key in ("title", "text_length", "blank", "settled_by")},
        **_root(looks[0].visit),
        "routes": [_page(look) for look in looks[1:]],
        "page": {look.visit.shot_name: look.visit.facts.shown() for look in looks if look.visit.facts is not None},
        **_counts([look.visit for look in looks]),
        "outside_requests": _outside([look.visit for look in looks]),
        "shot_hash": shot_hash(run.visits),
        "ended": run.end.value,
        "cpu_seconds": round(run.watch.cpu_seconds, 3) if run.watch else 0.0,
        "peak_memory_bytes": run.watch.peak_memory_bytes if run.watch else 0,
    }


def _root(page: PageVisit) -> dict[str, Any]:
    facts = page.facts
    if facts is None:
        return {"dom_nodes": 0, "links": 0, "root": "unknown"}
    return {"dom_nodes": facts.dom_nodes, "links": facts.links, "root": facts.root}


def _page(look: Look) -> dict[str, Any]:
    page, facts = look.visit, look.visit.facts
    return {
        "path": page.route,
        "title": facts.title if facts else "",
        "text_length": facts.text_length if facts else 0,
        "shot": page.shot_name if page.png is not None else None,
        "errors": len(page.errors) + len(page.traffic.missing),
        "blank": look.blank,
        "settled_by": page.settled_by,
    }


def _counts(pages: Sequence[PageVisit]) -> dict[str, int]:
    kinds = [error.kind.value for page in pages for error in page.errors]
    console = kinds.count("console-error")
    dialogs = sum(page.notes["dialog"] for page in pages)
    return {"console_errors": console, "uncaught_errors": len(kinds) - console, "dialogs": dialogs}


def _outside(pages: Sequence[PageVisit]) -> list[dict[str, str]]:
    listed = [
        {"url": url[:500], "kind": kind, "page": page.route}
        for page in pages
        for url, kind in page.traffic.outside.items()
    ]
    return listed[:MAX_LISTED]


def shot_hash(pages: Sequence[PageVisit]) -> str | None:
    """SHA-256 over the screenshots' bytes in order; None without any."""
    shots = [page.png for page in pages if page.png is not None]
    return hashlib.sha256(b"".join(shots)).hexdigest() if shots else None
