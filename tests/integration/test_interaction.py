"""Controls of hand-made pages, used in a real browser in the real sandbox."""

from __future__ import annotations

import asyncio

import pytest

from render_worker.browser import open_browser
from render_worker.interaction.record import Interaction, interaction_findings
from render_worker.interaction.trial import try_site
from render_worker.site import ORIGIN, Site
from render_worker.tour import open_window
from services.sandbox import make_sandbox
from services.settings import RenderSettings

pytestmark = pytest.mark.stack

SETTINGS = RenderSettings(routes=2, width=800, height=600)


def page(body: str, code: str = "") -> str:
    return (
        f'<!doctype html><html><head><title>Tide tables</title></head><body><div id="root"><h1 id="h">Tides</h1>'
        f'<p>High water at noon.</p>{body}<p id="o"></p></div><script>{code}</script></body></html>'
    )


def touched(body: str, code: str = "", *routes: str) -> Interaction:
    site = Site({"index.html": page(body, code).encode()})
    return asyncio.run(_touched(site, [ORIGIN + route for route in routes]))


async def _touched(site: Site, routes: list[str]) -> Interaction:
    told = Interaction()
    async with open_browser(SETTINGS, make_sandbox(SETTINGS.sandbox)) as running:
        session = await running.browser.new_browser_cdp_session()
        async with open_window(running, session, (800, 600), has_touch=False) as window:
            await try_site(window, site, site.home, routes, told)
    return told


def effects(told: Interaction, path: str = "") -> dict[str, str]:
    """Label -> effect, of what was tried; on one page alone where its path is given."""
    steps = [step for step in told.steps if path in ("", step.page)]
    return {step.control.partition('"')[2].rstrip('"') or step.control: step.effect.value for step in steps}


TOAST = """
function toast() {
  const t = document.createElement('div');
  t.textContent = 'Coming soon'; t.style = 'position:fixed;bottom:9px;right:9px';
  document.body.append(t); setTimeout(() => t.remove(), 3000);
}
"""


def test_effects_that_last_are_told_from_those_that_do_not() -> None:
    body = """
      <button>Dead</button> <button onclick="toast()">Toast</button> <button onclick="alert('Soon')">Alert</button>
      <button onclick="o.textContent += 'x'">Add</button> <button id="menu">Menu</button>
      <ul id="items" hidden><li>One</ul>
      <button onclick="confirm('Sure?') && o.append('gone')">Delete</button>
      <button onclick="setTimeout(() => o.append('sent'), 1800)">Slow</button>
      <button onclick="const s = document.createElement('style'); document.body.prepend(s)">Style</button>
    """
    code = TOAST + "menu.addEventListener('pointerdown', e => { if (e.isTrusted) items.hidden = !items.hidden });"
    told = touched(body, code)
    assert effects(told) == {
        "Dead": "nothing",
        "Toast": "fleeting",
        "Alert": "fleeting",
        "Add": "change",
        "Menu": "change",
        "Delete": "change",
        "Slow": "change",
        "Style": "nothing",
    }
    assert (told.ended, told.share) == ("done", 0.5)
    assert [finding.rule for finding in interaction_findings(told)] == ["render/dead-controls"]


def test_a_press_that_an_earlier_step_swallowed_is_tried_on_the_page_as_it_came() -> None:
    body = '<button id="one">Open</button> <button onclick="o.append(1)">Order</button>'
    code = """
      let open = false;
      one.addEventListener('click', () => { open = true; o.append('open'); });
      const swallow = e => { if (open && e.target !== one) { e.stopImmediatePropagation(); open = false } };
      addEventListener('click', swallow, true);
    """
    assert effects(touched(body, code)) == {"Open": "change", "Order": "change"}


def test_a_link_of_several_lines_is_pressed_on_one_of_them() -> None:
    link = (
        '<a href="#" onclick="o.append(1)" style="line-height:60px;font-size:12px">The courtyards behind the depot</a>'
    )
    assert effects(touched(f'<div style="width:120px">{link}</div>')) == {"The courtyards behind the depot": "change"}


def test_tabs_links_and_anchors() -> None:
    body = """
      <div role="tablist"><button role="tab" aria-selected="true" onclick="o.textContent = 'A'">One</button>
      <button role="tab" onclick="o.textContent = 'B'">Two</button></div>
      <p><a href="#">Nowhere</a> <a href="#far">Far</a> <a href="/">Home</a> <a href="https://x.example">Out</a>
      <a href="mailto:a@b.example">Mail</a> <a href="/a.zip" download>File</a></p>
      <h2 id="far" style="margin-top:2000px">Far</h2>
    """
    told = touched(body)
    assert effects(told) == {"Two": "change", "Nowhere": "nothing", "Far": "scroll"}
    assert told.found == 8


def test_pages_by_script_are_left_and_returned_to_through_history() -> None:
    body = """<nav><a href="/" data-to>Home</a> <a href="/team" data-to>Team</a>
      <a href="/prices" data-to>Prices</a></nav>
      <a href="/same">Same</a>"""
    code = """
      const show = () => { h.textContent = location.pathname === '/same' ? 'Tides' : 'Page ' + location.pathname };
      addEventListener('popstate', show); show();
      addEventListener('click', e => {
        const link = e.target.closest('[data-to]'); if (!link) return;
        e.preventDefault(); history.pushState({}, '', link.href); show();
      });
    """
    told = touched(body, code + "if (location.pathname === '/same') { h.textContent = 'Page /' }", "/team")
    home = [(step.action.value, step.effect.value) for step in told.steps if step.page == "/"]
    assert [action for action, _ in home].count("back") == 2
    assert [action for action, _ in home].count("forward") == 1
    assert {effect for action, effect in home if action in ("back", "forward")} == {"navigation"}
    assert {"Same": "nothing", "Team": "navigation"}.items() <= effects(told, "/").items()
    assert {step.page for step in told.steps} == {"/", "/team"}


def test_a_form_is_filled_with_what_fits_and_sent() -> None:
    body = """<form id="f"><input type="email" name="email" required>
      <input type="date" name="day" min="2026-02-01" required>
      <input type="number" name="count" min="3" max="5" required><input type="time" name="at" required>
      <select name="kind" required><option value="">Choose<option>Boat</select>
      <label><input type="checkbox" name="ok" required> I agree</label><button>Send</button></form>"""
    code = "f.onsubmit = e => { e.preventDefault(); o.textContent = [...new FormData(f).values()].join() }"
    told = touched(body, code)
    assert effects(told)["Send"] == "change"
    assert (told.facts()["tried"], told.share) == (1, 1.0)
    assert [step.effect.value for step in told.steps[:-1]] == ["native"] * 6


def test_a_form_that_loads_the_same_page_again_is_dead() -> None:
    told = touched('<form><input name="q" placeholder="Word"><button>Send</button></form>')
    assert effects(told) == {"Word": "native", "Send": "nothing"}


def test_a_field_that_refuses_input_is_dead_and_one_that_filters_answers() -> None:
    body = '<p><input placeholder="Stuck"></p><section><input placeholder="Find"></section><ul><li>Oslo<li>Rome</ul>'
    code = """
      const [stuck, find] = document.querySelectorAll('input');
      stuck.oninput = () => { stuck.value = '' };
      const cities = document.querySelectorAll('li');
      find.onkeyup = () => cities.forEach(city => { city.hidden = !city.textContent.includes(find.value) });
    """
    assert effects(touched(body, code)) == {"Stuck": "nothing", "Find": "change"}


def test_a_modal_is_closed_by_escape_or_the_page_opened_anew() -> None:
    body = """<p><button onclick="d.showModal()">Modal</button></p><dialog id="d"><p>Words</p></dialog>
      <section><button onclick="v.hidden = false">Veil</button></section>
      <div id="v" hidden role="dialog" style="position:fixed;inset:0;background:#fff">Veil</div>
      <article><button onclick="o.append('x')">Last</button></article>"""
    assert effects(touched(body)) == {"Modal": "dialog", "Veil": "dialog", "Last": "change"}


def test_errors_after_a_click_are_told_with_their_control() -> None:
    body = """<button onclick="missing.value = 1">Break</button>
      <button onclick="Promise.reject(new Error('no'))">Reject</button>
      <button onclick="o.append('x')">Good</button>"""
    told = touched(body, "window.onerror = () => true; setInterval(() => console.error('usual'), 900)")
    assert effects(told) == {"Break": "error", "Reject": "error", "Good": "change"}
    assert told.share == 0.0
    messages = [finding.message for finding in interaction_findings(told)]
    assert any('press button "Break": ReferenceError: missing is not defined' in message for message in messages)


CAROUSEL = """
<div id="slides"><p>One</p><p hidden>Two</p><p hidden>Three</p></div><b id="clock"></b>
<button>Dead</button>
"""


def test_errors_that_the_page_makes_by_itself_are_no_control_s() -> None:
    body = """<button onclick="o.append('x')">Good</button> <a href="/more">More</a>"""
    code = "setTimeout(() => Promise.reject(new Error('late')), 2000); console.error('on every page')"
    told = touched(body, code)
    assert effects(told)["Good"] == "change"
    assert told.erring == 0


def test_what_moves_by_itself_does_not_enliven_a_dead_button() -> None:
    code = """
      let n = 0; const all = [...slides.children];
      setInterval(() => { all.forEach((s, i) => { s.hidden = i !== n % 3 }); n += 1 }, 3000);
      setInterval(() => { clock.textContent = new Date().toISOString() }, 1000);
    """
    assert effects(touched(CAROUSEL, code)) == {"Dead": "nothing"}


def test_a_control_that_flees_or_is_covered_is_not_reached() -> None:
    body = """<button id="flee" onclick="o.append('x')">Flee</button>
      <p style="position:relative"><button onclick="o.append('y')">Under</button>
      <i style="position:absolute;inset:0"></i></p>
      <div><button onmousedown="this.remove()">Removed</button></div>"""
    code = """
      let to = 0;
      flee.onmouseover = () => { to = 300 - to; flee.style = `position:fixed;left:${to}px;top:${300 + to}px` };
    """
    told = touched(body, code)
    assert effects(told)["Under"] == "covered"
    assert effects(told)["Removed"] == "change"
    assert effects(told)["Flee"] == "covered"


ASKING = """
<p><button onclick="navigator.geolocation.getCurrentPosition(() => {}, () => {})">Where</button></p>
<div><button onclick="Notification.requestPermission()">Notify</button></div>
<section><button onclick="navigator.clipboard.readText().catch(() => {})">Paste</button></section>
<article><button onclick="navigator.mediaDevices.getUserMedia({video: true}).catch(() => {})">Camera</button></article>
<header><button onclick="window.open('/x')">Open</button></header>
<footer><button onclick="print()">Print</button></footer>
<nav><button onclick="save()">Save</button></nav> <aside><a href="/next" target="_blank">Tab</a></aside>
<main><button onclick="location.href = '/left'">Leave</button></main>
"""


def test_what_a_page_asks_of_its_visitor_holds_nothing_up() -> None:
    code = """
      addEventListener('beforeunload', e => { e.preventDefault(); e.returnValue = 'stay' });
      function save() {
        const a = document.createElement('a');
        a.href = URL.createObjectURL(new Blob(['x'])); a.download = 'x.txt'; a.click();
      }
      if (location.pathname === '/left') h.textContent = 'Left';
    """
    told = touched(ASKING, code)
    assert told.ended == "done"
    assert effects(told) == {
        "Where": "nothing",
        "Notify": "nothing",
        "Paste": "nothing",
        "Camera": "nothing",
        "Open": "dialog",
        "Print": "dialog",
        "Save": "dialog",
        "Tab": "dialog",
        "Leave": "navigation",
        "history": "navigation",
    }


def test_a_page_without_controls_earns_nothing() -> None:
    told = touched("<p>Words alone.</p>")
    assert (told.facts()["found"], told.steps, told.share, told.ended) == (0, [], 0.0, "done")


def test_a_page_may_replace_what_it_likes_and_show_what_it_likes() -> None:
    body = '<form><input name="children" placeholder="Children"><input name="parentElement"></form>'
    body += f'<button onclick="o.append(1)">{"long " * 5_000}</button>' + "<button>x</button>" * 300
    code = "Element.prototype.getBoundingClientRect = Document.prototype.elementFromPoint = () => { throw 1 };"
    told = touched(body, code)
    assert told.ended == "done"
    assert told.found == 303
    assert len(told.tried) >= 10
    assert max(len(step.control) for step in told.steps) < 140


def test_the_same_page_gives_the_same_facts_every_time() -> None:
    body = '<canvas id="c"></canvas><button onclick="o.textContent = Math.random()">Roll</button>' + ASKING + CAROUSEL
    code = "const p = c.getContext('2d'); setInterval(() => p.fillRect(Math.random() * 300, 9, 9, 9), 40); let n = 0;"
    code += "setInterval(() => { [...slides.children].forEach((s, i) => { s.hidden = i !== n % 3 }); n += 1 }, 2100)"
    facts = [touched(body, code).facts() for _ in range(5)]
    assert facts[1:] == facts[:1] * 4
