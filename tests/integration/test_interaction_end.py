"""What ends the trial of a page's controls early, and whom it is charged to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from render_worker.browser import open_browser
from render_worker.interaction.record import Interaction, interaction_findings
from render_worker.interaction.trial import try_site
from render_worker.render import run_site
from render_worker.site import Site
from render_worker.tab import Window
from render_worker.tour import open_window
from render_worker.verdict import End
from services.sandbox import make_sandbox
from services.settings import RenderSettings

pytestmark = pytest.mark.stack

SETTINGS = RenderSettings(routes=2, width=800, height=600)


def site_of(body: str) -> Site:
    page = (
        f'<!doctype html><html><head><title>Tides</title></head><body><h1>Tides</h1>{body}<p id="o"></p></body></html>'
    )
    return Site({"index.html": page.encode()})


@asynccontextmanager
async def a_window() -> AsyncIterator[tuple[Window, CDPSession]]:
    async with open_browser(SETTINGS, make_sandbox(SETTINGS.sandbox)) as running:
        session = await running.browser.new_browser_cdp_session()
        async with open_window(running, session, (800, 600), has_touch=False) as window:
            yield window, session


async def touched_without_time(site: Site) -> Interaction:
    told = Interaction()
    async with a_window() as (window, _):
        await try_site(window, site, site.home, [], told, until=time.monotonic())
    return told


async def touched_until_the_browser_dies(site: Site) -> Interaction:
    """It dies of itself once the first control was tried."""
    told = Interaction()

    async with a_window() as (window, session):

        async def die() -> None:
            while not told.steps:
                await asyncio.sleep(0.01)
            with suppress(PlaywrightError):
                await session.send("Browser.crash")

        dying = asyncio.ensure_future(die())
        await try_site(window, site, site.home, [], told)
        await dying
    return told


def test_a_trial_without_time_left_charges_nothing_to_a_control() -> None:
    told = asyncio.run(touched_without_time(site_of('<button onclick="o.append(1)">Add</button>')))
    assert (told.ended, told.steps) == ("budget", [])


def test_a_browser_that_dies_of_itself_is_charged_to_no_control() -> None:
    site = site_of("<button>One</button><p><button>Two</button><p><button>Three</button>")
    told = asyncio.run(touched_until_the_browser_dies(site))
    assert (told.ended, told.erring) == ("lost", 0)
    assert told.steps


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        ("while (true);", "hung"),
        ("const a = []; while (true) a.push(new Uint8Array(5e7).fill(1))", "crashed"),
    ],
)
def test_harm_after_a_click_ends_the_trial_and_not_the_run(code: str, ended: str) -> None:
    site = site_of(f'<button onclick="{code}">Harm</button>')
    run = run_site(SETTINGS, make_sandbox(SETTINGS.sandbox), site, "full")
    told = run.tour.interaction
    assert (run.end, run.limit_hit, told is not None and told.ended) == (End.DONE, None, ended)
    assert told is not None
    assert [(step.control, step.effect.value) for step in told.steps] == [('button "Harm"', "error")]
    assert "render/interaction-ended" in {finding.rule for finding in interaction_findings(told)}
