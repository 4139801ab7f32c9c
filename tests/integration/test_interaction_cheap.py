"""What makes every control of a page look alive at little cost, and earns nothing."""

from __future__ import annotations

import asyncio

import pytest

from render_worker.browser import open_browser
from render_worker.interaction.record import Interaction
from render_worker.interaction.trial import try_site
from render_worker.site import Site
from render_worker.tour import open_window
from services.sandbox import make_sandbox
from services.settings import RenderSettings

pytestmark = pytest.mark.stack

SETTINGS = RenderSettings(width=800, height=600)


def effects(body: str, code: str = "") -> dict[str, str]:
    """Label -> effect, of what was tried."""
    whole = f'<div id="root"><h1 id="h">Tides</h1><p>High water at noon.</p>{body}<p id="o"></p></div>'
    page = f"<!doctype html><html><head><title>Tides</title></head><body>{whole}<script>{code}</script></body></html>"
    told = asyncio.run(_touched(Site({"index.html": page.encode()})))
    return {step.control.partition('"')[2].rstrip('"'): step.effect.value for step in told.steps}


async def _touched(site: Site) -> Interaction:
    told = Interaction()
    async with open_browser(SETTINGS, make_sandbox(SETTINGS.sandbox)) as running:
        session = await running.browser.new_browser_cdp_session()
        async with open_window(running, session, (800, 600), has_touch=False) as window:
            await try_site(window, site, site.home, [], told)
    return told


def test_a_button_with_a_tooltip_of_styles_alone_is_dead() -> None:
    body = """<style>.tip, ul { display: none } i:hover .tip { display: block } nav:hover ul { display: block }</style>
      <i><button>Dead</button><span class="tip">Soon to come</span></i>
      <nav><button>Menu</button><ul><li><a href="/boats">Boats</a></ul></nav>"""
    told = effects(body)
    assert (told["Dead"], told["Menu"]) == ("nothing", "change")


def test_a_link_to_what_holds_the_whole_page_leads_nowhere() -> None:
    body = """<p><a href="#far">Far</a></p><h2 id="far" style="margin-top:2000px">Far</h2>
      <p><a href="#root">Up</a> <a href="#h">Title</a></p>"""
    assert effects(body) == {"Far": "scroll", "Up": "nothing", "Title": "scroll"}


def test_what_any_press_changes_does_not_enliven_a_dead_button() -> None:
    body = '<div><b id="n">0</b></div><p><button>Dead</button> <button onclick="o.append(1)">Add</button></p>'
    code = "addEventListener('click', () => { n.textContent = Number(n.textContent) + 1 })"
    assert effects(body, code) == {"Dead": "nothing", "Add": "change"}


def test_a_page_that_any_press_leaves_is_opened_anew() -> None:
    body = '<p><button onclick="event.stopPropagation(); o.append(1)">Add</button></p>'
    code = "addEventListener('click', () => { location.href = '/left' })"
    assert effects(body, code) == {"Add": "change"}


def test_what_a_first_press_beside_it_closes_still_counts() -> None:
    body = """<p><input id="q" placeholder="Word" autofocus></p><p id="hint">Names of boats</p>
      <p><button onclick="hint.hidden = !hint.hidden">Hint</button></p>"""
    code = "q.onblur = () => { hint.hidden = true };"
    assert effects(body, code)["Hint"] == "change"
