"""The render stage: a bundle in, screenshots, facts and findings out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from PIL import Image
from playwright.async_api import Error as PlaywrightError

from render_worker.browser import open_browser
from render_worker.patience import FrameLost, PageHung
from render_worker.pixels import changed_share, dhash, dominant_share, open_png
from render_worker.site import BundleTooLarge, Site, read_bundle
from render_worker.summary import summary
from render_worker.tour import MOBILE, Mode, Tour
from render_worker.verdict import End, Look, rule
from render_worker.visit import PageVisit
from services.contract import Artifact, Finding, Severity
from services.errors import BrowserError
from services.pipeline.work import StageJob, StageResult, StageWork
from services.sandbox.protocol import LimitName, Sandbox, Watch
from services.settings import RenderSettings
from services.stages import Stage

BUNDLE = "bundle.zip"


@dataclass(slots=True)
class Run:
    """One browser's run over a site.

    Attributes:
        tour: filled in while the run goes on.
        watch: of the browser's sandbox, once it was started.
        failure: what Playwright said when the page or the browser went away.
        hung: a page did not give way.
        frame_lost: the browser did not draw, and nothing was spent on it.
    """

    tour: Tour
    watch: Watch | None = None
    failure: str | None = None
    hung: bool = False
    frame_lost: bool = False

    @property
    def visits(self) -> list[PageVisit]:
        return self.tour.visits

    @property
    def end(self) -> End:
        """Read after the sandbox was left: until then a limit may not have been told."""
        if self.limit_hit is not None:
            return End(self.limit_hit)
        if self.failure is None:
            return End.DONE
        return End.CRASHED if any(page.crashed for page in self.visits) else End.DIED

    @property
    def limit_hit(self) -> LimitName | None:
        if self.hung:
            return "cpu"
        return self.watch.limit_hit if self.watch is not None and self.failure is not None else None


def make_render(settings: RenderSettings, sandbox: Sandbox) -> StageWork:
    """The stage's work. Reads ``bundle.zip`` of the build stage; keeps the screenshots (see `Tour` for which), also
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
        return conclude(job, settings, run_site(settings, sandbox, site, job.profile.render))

    return render


def run_site(settings: RenderSettings, sandbox: Sandbox, site: Site, mode: Mode) -> Run:
    """Visit the site in a browser of its own; once more in another where that did not draw.

    Raises:
        BrowserError: the browser was gone before any of the site's code could run.
    """
    run = _one_run(settings, sandbox, site, mode)
    if run.frame_lost:
        # Seen now and then of browsers whose page did nothing wrong: a new browser is asked before anyone is blamed.
        run = _one_run(settings, sandbox, site, mode)
    if run.end is End.DIED and not any(page.opened for page in run.visits):
        raise BrowserError(f"the browser died before it opened a page: {run.failure}")
    return run


def _one_run(settings: RenderSettings, sandbox: Sandbox, site: Site, mode: Mode) -> Run:
    run = Run(Tour(settings, site, mode))
    asyncio.run(_run(run, sandbox))
    return run


async def _run(run: Run, sandbox: Sandbox) -> None:
    async with open_browser(run.tour.settings, sandbox) as running:
        run.watch = running.watch
        try:
            await run.tour.go(running)
        except PageHung:
            run.hung = True
        except FrameLost:
            run.failure, run.frame_lost = "the browser did not draw", True
        except PlaywrightError as error:
            run.failure = error.message


def conclude(job: StageJob, settings: RenderSettings, run: Run) -> StageResult:
    """Rule on a run and keep what it left."""
    looks = [look(page, settings) for page in run.visits]
    ruling = rule(looks, run.end)
    shots = {name: png for page in run.visits for name, png in page.shots().items()}
    artifacts: dict[str, Artifact] = {name: job.keep(png, "image/png") for name, png in shots.items()}
    return StageResult(
        passed=ruling.passed,
        findings=ruling.findings,
        facts=summary(looks, ruling, run.tour, run.end, run.watch),
        artifacts=artifacts,
        limit_hit=run.limit_hit,
        contended=ruling.contended,
    )


def look(page: PageVisit, settings: RenderSettings) -> Look:
    """What the page's pictures say. A picture of the wrong size or format is no picture: the browser that made it ran
    the candidate's code."""
    width, height = MOBILE if page.mobile else (settings.width, settings.height)
    first, later = (_picture(png, width, height) for png in (page.png, page.later))
    whole = _picture(page.whole, width, page.whole_height)
    page.png, page.later, page.whole = (
        png if picture is not None else None
        for png, picture in ((page.png, first), (page.later, later), (page.whole, whole))
    )
    pictures = dict(zip(page.shots(), [p for p in (first, whole, later) if p is not None], strict=True))
    return Look(
        page,
        dominant_share(first) if first is not None else None,
        changed_share(first, later) if first is not None and later is not None else 0.0 if page.looked_again else None,
        {name: dhash(picture) for name, picture in pictures.items()},
    )


def _picture(png: bytes | None, width: int, height: int) -> Image.Image | None:
    try:
        return None if png is None else open_png(png, width, height)
    except (ValueError, OSError):
        return None
