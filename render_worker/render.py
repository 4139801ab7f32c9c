"""The render stage: a bundle in, screenshots, facts and findings out."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from PIL import Image
from playwright.async_api import Error as PlaywrightError

from render_worker.browser import Running
from render_worker.host import Host
from render_worker.interaction.record import interaction_findings
from render_worker.patience import FrameLost, PageHung
from render_worker.pixels import cells_of, changed_share, dhash, dominant_share, open_png
from render_worker.recycle import deserves_another, is_suspicious
from render_worker.site import BundleTooLarge, Site, read_bundle
from render_worker.summary import summary
from render_worker.tour import MOBILE, Mode, Tour
from render_worker.verdict import End, Look, rule
from render_worker.visit import PageVisit
from services.contract import Artifact, Finding, Severity
from services.contract.words import WORDS, words_bytes
from services.errors import BrowserError
from services.pipeline.work import StageJob, StageResult, StageWork
from services.rewards.profile import Term
from services.rewards.terms import weighs
from services.sandbox.protocol import LimitName, Sandbox, Watch
from services.settings import RenderSettings
from services.stages import Stage

BUNDLE = "bundle.zip"

CONTROL = Site({"index.html": b"<!doctype html><title>Control</title><h1>Control</h1><p>A page that renders.</p>"})
"""Where it fails, no site is to blame."""


@dataclass(slots=True)
class Run:
    """One run over a site.

    Attributes:
        tour: filled in while the run goes on.
        watch: the run's own account, once the browser was there.
        failure: what Playwright said when the page or the browser went away.
        hung: a page did not give way.
        frame_lost: the browser did not draw, and nothing was spent on it.
        fresh: its browser had not served before.
    """

    tour: Tour
    watch: Watch | None = None
    failure: str | None = None
    hung: bool = False
    frame_lost: bool = False
    fresh: bool = True

    async def go(self, running: Running) -> bool:
        """The visit, as `Host.serve` wants it."""
        self.watch = running.watch
        try:
            await self.tour.go(running)
        except PageHung:
            self.hung = True
        except FrameLost:
            self.failure, self.frame_lost = "the browser did not draw", True
        except PlaywrightError as error:
            self.failure = error.message
        went_well = self.tour.interaction is None or self.tour.interaction.is_sound
        return self.failure is None and not self.hung and not self.tour.frame_lost and went_well

    @property
    def visits(self) -> list[PageVisit]:
        return self.tour.visits

    @property
    def end(self) -> End:
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


def make_render(settings: RenderSettings, sandbox: Sandbox, *, only_pictures: bool = False) -> StageWork:
    """The stage's work, in browsers of its own (`Host`). Reads ``bundle.zip`` of the build stage; keeps the screenshots
    (see `Tour` for which), also of a page that failed, so that a profile without a render gate can have it judged, and
    ``words.json``, the texts behind them.

    The work raises `BrowserError`, `SandboxError` or `ToolchainError` where no browser could be started or none
    renders, `BrowserError` also as `conclude`, and `BlobError` where the bundle is gone.

    Args:
        only_pictures: as `Tour.only_pictures`; for measuring.
    """
    host = Host(settings, sandbox)

    def render(job: StageJob) -> StageResult:
        try:
            site = read_bundle(job.read(Stage.BUILD, BUNDLE))
        except BundleTooLarge as error:
            finding = Finding(rule="render/limit", severity=Severity.ERROR, message=str(error))
            return StageResult(passed=False, findings=(finding,), facts={"functional": False})
        return conclude(job, settings, run_in(host, settings, site, job.profile.render, only_pictures=only_pictures))

    return render


def run_site(settings: RenderSettings, sandbox: Sandbox, site: Site, mode: Mode) -> Run:
    """`run_in` browsers of its own, which are gone afterwards."""
    with closing(Host(settings, sandbox)) as host:
        return run_in(host, settings, site, mode)


def run_in(host: Host, settings: RenderSettings, site: Site, mode: Mode, *, only_pictures: bool = False) -> Run:
    """Visit the site; once more in a new browser where the first may have failed of itself.

    Raises:
        BrowserError: the browser was gone before any of the site's code could run, or a control page fails too.
    """
    run = _one_run(host, Tour(settings, site, mode, only_pictures))
    if deserves_another(run.end, frame_lost=run.frame_lost, hung=run.hung, fresh=run.fresh):
        host.replace()
        run = _one_run(host, Tour(settings, site, mode, only_pictures))
    if is_suspicious(run.end):
        _require_control(host, settings, run)
    return run


def _require_control(host: Host, settings: RenderSettings, run: Run) -> None:
    """A page of ours in a new browser, by whose success the site is to blame."""
    if not any(page.opened for page in run.visits):
        raise BrowserError(f"the browser died before it opened a page: {run.failure}")
    host.replace()
    control = _one_run(host, Tour(settings, CONTROL, "home"))
    if control.end is not End.DONE or not any(page.png for page in control.visits):
        raise BrowserError(f"a page that renders does not: {control.failure or control.end.value}")


def _one_run(host: Host, tour: Tour) -> Run:
    """One visit in the host's browser, whatever comes of it.

    Raises:
        BrowserError, SandboxError, ToolchainError: no browser could be started.
    """
    run = Run(tour)
    run.fresh = host.serve(run.go)
    return run


def conclude(job: StageJob, settings: RenderSettings, run: Run) -> StageResult:
    """Rule on a run and keep what it left.

    Raises:
        BrowserError: the browser did not last while controls were tried, not even alone, and a share is asked for.
    """
    lost = run.tour.interaction is not None and run.tour.interaction.ended == "lost"
    if lost and job.alone and weighs(job.profile, Term.INTERACTION):
        raise BrowserError("the browser died or did not draw while controls were tried")
    looks = [look(page, settings) for page in run.visits]
    ruling = rule(looks, run.end)
    shots = {name: png for page in run.visits for name, png in page.shots().items()}
    artifacts: dict[str, Artifact] = {name: job.keep(png, "image/png") for name, png in shots.items()}
    words = {page.shot_name: page.words for page in run.visits if page.png is not None and page.words is not None}
    artifacts |= {WORDS: job.keep(words_bytes(words), "application/json")} if words else {}
    return StageResult(
        passed=ruling.passed,
        findings=(*ruling.findings, *interaction_findings(run.tour.interaction)),
        facts=summary(looks, ruling, run.tour, run.end, run.watch),
        artifacts=artifacts,
        limit_hit=run.limit_hit,
        contended=ruling.contended or lost,
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
        cells_of(first) if first is not None else None,
    )


def _picture(png: bytes | None, width: int, height: int) -> Image.Image | None:
    try:
        return None if png is None else open_png(png, width, height)
    except (ValueError, OSError):
        return None
