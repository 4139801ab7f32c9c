"""The render stage over hand-made bundles: real browser, real sandbox."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from render_worker.render import make_render
from render_worker.versions import versions
from services.contract import StageReport
from services.errors import BrowserError
from services.pipeline.work import StageJob, StageResult, StageWork
from services.rewards.profile import RenderMode, built_in
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings, ToolSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs

pytestmark = pytest.mark.stack

Files = dict[str, str]

LOOP = "<script>while (true);</script>"


def page(head: str = "", body: str = "") -> str:
    return (
        f'<!doctype html><html><head><title>Tide tables</title>{head}</head><body style="font:16px sans-serif">'
        f'<div id="root"><h1>Tide tables</h1><p>High water at noon.</p>{body}</div></body></html>'
    )


def script(code: str) -> str:
    return page(f"<script>{code}</script>")


def script_at_end(code: str) -> str:
    return page(body=f"<script>{code}</script>")


def packed(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def render_stage(settings: RenderSettings | None = None, scratch: Path | None = None) -> StageWork:
    found = settings or RenderSettings(routes=2, width=800, height=600)
    return make_render(found, make_sandbox(SandboxSettings(scratch=scratch)))


class Bench:
    """A render stage and the blobs that it reads and writes."""

    def __init__(self, work: StageWork, mode: RenderMode = "full") -> None:
        self.work = work
        self.profile = built_in()["cascade"].model_copy(update={"render": mode})
        self.blobs = MemoryBlobs()

    def render(self, html: str, **more: str) -> StageResult:
        return self.render_files({"index.html": html} | {name.replace("__", "."): text for name, text in more.items()})

    def render_files(self, files: Files) -> StageResult:
        empty = StageJob("e", Stage.RENDER, "", "", False, self.profile, {}, False, self.blobs)
        bundle = empty.keep(packed(files), "application/zip")
        reports = {Stage.BUILD: StageReport(stage=Stage.BUILD, passed=True, artifacts={"bundle.zip": bundle})}
        return self.work(StageJob("e", Stage.RENDER, "", "", False, self.profile, reports, False, self.blobs))

    def picture(self, result: StageResult, name: str) -> Image.Image:
        return Image.open(io.BytesIO(self.blobs.get(result.artifacts[name].blob)))


@pytest.fixture(scope="module")
def work() -> StageWork:
    """One stage for all, as a worker has it: its browser is kept from page to page."""
    return render_stage()


@pytest.fixture
def bench(work: StageWork) -> Bench:
    return Bench(work)


@pytest.fixture
def home(work: StageWork) -> Bench:
    """Looks at the home page alone."""
    return Bench(work, mode="home")


def rules(result: StageResult) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_a_site_is_visited_measured_and_photographed(bench: Bench) -> None:
    links = '<nav><a href="/">Home</a><a href="/about">About</a><a href="#/map">Map</a><a href="https://x.example">x</a></nav>'
    app = """
      const tell = () => document.querySelector('p').append(` ${location.pathname}${location.hash} ${isSecureContext}`);
      addEventListener('hashchange', tell); tell();"""
    html = page('<script type="module" src="/assets/app.js"></script>', links)
    result = bench.render_files({"index.html": html, "assets/app.js": app})
    assert (result.passed, result.findings, result.contended, result.limit_hit) == (True, (), False, None)
    facts = result.facts
    assert facts["functional"] is True
    assert (facts["title"], facts["root"], facts["settled_by"]) == ("Tide tables", "mounted", "quiet")
    assert [(r["path"], r["shot"], r["errors"], r["blank"]) for r in facts["routes"]] == [
        ("/about", "route-1.png", 0, False),
        ("/#/map", "route-2.png", 0, False),
    ]
    assert sorted(result.artifacts) == sorted([*facts["shot_hashes"], "words.json"])
    sizes = {name: bench.picture(result, name).size for name in facts["shot_hashes"]}
    desktop = {f"{name}{part}.png": (800, 600) for name in ("home", "route-1", "route-2") for part in ("", "-full")}
    assert sizes == desktop | {"home-mobile.png": (390, 844), "home-mobile-full.png": (390, 844)}
    assert (facts["mobile"]["shot"], facts["changed_share"], facts["scaffold_likeness"]) == (
        "home-mobile.png",
        0.0,
        0.0,
    )
    assert set(facts["part_seconds"]) == {"home", "later", "full", "axe", "routes", "mobile", "interaction"}
    home = facts["page"]["home.png"]
    assert "High water at noon. / true" in home["text"]
    assert (home["headings"], home["controls"], home["landmarks"], home["viewport_overflow_px"]) == (1, 4, 1, 0)
    assert home["font_sizes"] == [32, 16]
    assert len(home["text_blocks"]) == 6
    assert facts["cpu_seconds"] > 0
    assert facts["peak_memory_bytes"] > 0


MOVING = """
<style>@keyframes f{from{opacity:0}} h1{animation:f 9s} .s{animation:f 1s infinite}</style>
<p class="s">s</p><input autofocus><p id="r"></p><canvas id="c" width="300" height="60"></canvas><p id="seen"></p>
<script>
r.textContent = Math.random() + " " + new Date().toDateString() + " " + Date().slice(0, 15) + " " + crypto.randomUUID()
  + " " + crypto.getRandomValues(new Uint32Array(2)).join();
const pen = c.getContext("2d");
let frames = 0;
requestAnimationFrame(function draw(time) {
  frames += 1;
  pen.clearRect(0, 0, 300, 60);
  pen.fillRect(time / 10 % 300, performance.now() / 100 % 60, 9, 9);
  pen.fillText(frames, 200, 40);
  requestAnimationFrame(draw);
});
new IntersectionObserver(() => {
  const start = Date.now();
  setInterval(() => { seen.textContent = `${Date.now() - start} ${frames}` }, 70);
}).observe(c);
const there = { transform: "translateX(200px)" };
c.animate([{ transform: "none" }, there], { duration: 1300, iterations: Infinity });
fetch("/more.txt").then(async (answer) => { document.querySelector("p").textContent = await answer.text() + frames });
</script>
"""


def test_the_same_bundle_gives_the_same_pictures_however_it_moves(bench: Bench) -> None:
    files = {"index.html": page(body=MOVING), "more.txt": "More, after "}
    results = [bench.render_files(files) for _ in range(3)]
    pictures = [{name: artifact.blob for name, artifact in result.artifacts.items()} for result in results]
    assert pictures[0] == pictures[1] == pictures[2]
    assert len({result.facts["shot_hash"] for result in results}) == 1
    home = [result.facts["page"]["home.png"] for result in results]
    assert home[0] == home[1] == home[2]
    assert "Mon Jan 05 2026 Mon Jan 05 2026" in home[0]["text"]
    assert results[0].facts["settled_by"] == "motion"


def test_it_does_not_show_when_a_picture_had_come(home: Bench) -> None:
    """What is painted behind a picture shines through at round corners."""
    frame = "<div id=box style='margin:40px;width:464px;border-radius:12px;overflow:hidden;background:white'></div>"
    style = "<style>#box img { display: block; width: 100%; aspect-ratio: 16/9; background: navy }</style>"
    show = "const shown = new Image(); box.append(shown);"
    came_after = f"{show} setTimeout(() => {{ shown.src = url }}, 60)"
    came_before = (
        f"const seen = new Image(); seen.src = url; document.body.append(seen);"
        f"setTimeout(() => {{ {show} shown.src = url; seen.remove() }}, 300)"
    )
    url = "const url = 'https://pictures.example/800/600';"
    pages = (page(body=f"{frame}{style}<script>{url}{way}</script>") for way in (came_after, came_before))
    assert len({home.render(one).artifacts["home.png"].blob for one in pages}) == 1


def test_what_comes_with_the_pages_own_time_is_in_the_photograph(home: Bench) -> None:
    code = "const p = document.querySelector('p'); const sleep = ms => new Promise(r => setTimeout(r, ms));"
    result = home.render(
        script_at_end(code + "(async () => { await sleep(1500); await sleep(1400); p.textContent = 'Loaded' })()")
    )
    assert "Loaded" in result.facts["page"]["home.png"]["text"]
    assert (result.facts["settled_by"], 2_900 <= result.facts["settled_ms"] <= 3_000) == ("motion", True)


def test_a_page_that_changes_its_face_is_told(bench: Bench) -> None:
    code = "setTimeout(() => { document.body.style.background = 'navy'; root.remove() }, 5_000)"
    result = bench.render(script_at_end(code))
    assert (result.passed, rules(result), result.facts["functional"]) == (True, {"render/changes-face"}, True)
    assert result.facts["changed_share"] > 0.9
    assert bench.picture(result, "home-later.png").getpixel((9, 9)) == (0, 0, 128)
    assert bench.picture(result, "home.png").getpixel((9, 9)) == (255, 255, 255)


def test_a_whole_page_is_photographed_down_to_a_bound(bench: Bench) -> None:
    reveal = (
        "new IntersectionObserver(e => e.forEach(x => { if (x.isIntersecting) x.target.style.background = 'teal' }))"
    )
    tall = f'<div id="t" style="height:100vh;margin-top:1900px"></div><script>{reveal}.observe(t)</script>'
    result = bench.render(page(body=tall))
    picture = bench.picture(result, "home-full.png")
    assert 2_500 < picture.height < 2_700
    assert picture.getpixel((400, picture.height - 100)) == (0, 128, 128)
    endless = bench.render(page(body='<div style="height:99999px"></div>'))
    assert bench.picture(endless, "home-full.png").size == (800, 6_000)


def test_a_page_does_not_notice_that_it_is_photographed_whole(bench: Bench) -> None:
    """What is as tall as the screen stays so, and whoever looks at the window finds it as it was."""
    column = '<div style="position:absolute;top:0;right:0;width:90px;height:100vh;background:teal"></div>'
    column += '<div style="height:1500px"></div>'
    ear = "<script>const tall = innerHeight; addEventListener('resize', () => { if (innerHeight != tall) throw tall })"
    result = bench.render(page(body=f"{column}{ear}</script>"))
    picture = bench.picture(result, "home-full.png")
    assert picture.height > 1_400
    assert [picture.getpixel((760, y)) for y in (590, 610)] == [(0, 128, 128), (255, 255, 255)]
    assert result.facts["functional"] is True


def test_the_published_works_way_is_the_home_pages_first_screen(home: Bench) -> None:
    result = home.render(page(body='<a href="/about">About</a>'))
    assert (set(result.artifacts), result.facts["routes"], result.facts["mobile"]) == (
        {"home.png", "words.json"},
        [],
        None,
    )
    assert result.passed


def test_buttons_of_the_navigation_lead_to_routes(bench: Bench) -> None:
    go = "history.pushState({}, '', this.dataset.page)"
    buttons = f'<nav><button>Menu</button><button data-page="/cart" onclick="{go}">Cart</button></nav>'
    buttons += (
        f'<header><span role="link" data-page="#/team" onclick="{go}">Team</span></header><svg><animate to="45"/></svg>'
    )
    result = bench.render(page(body=buttons))
    assert [route["path"] for route in result.facts["routes"]] == ["/cart", "/#/team"]


def test_a_link_to_a_file_is_no_route_and_harms_nothing(bench: Bench) -> None:
    files = {"index.html": page(body='<a href="/LICENSE">Licence</a> <a href="/about">About</a>'), "LICENSE": "Free."}
    result = bench.render_files(files)
    assert [route["path"] for route in result.facts["routes"]] == ["/about"]
    assert (result.passed, result.facts["functional"], result.facts["ended"]) == (True, True, "done")


def test_a_button_that_breaks_its_page_while_routes_are_sought_breaks_nothing_else(bench: Bench) -> None:
    go = "history.pushState({}, '', '/cart')"
    result = bench.render(
        page(body=f'<nav><button onclick="{go}">Cart</button><button onclick="for(;;);">Loop</button></nav>')
    )
    assert [route["path"] for route in result.facts["routes"]] == ["/cart"]
    assert (result.passed, result.facts["functional"], result.facts["ended"]) == (True, True, "done")


def test_a_page_that_sends_without_end_is_closed(home: Bench) -> None:
    result = home.render(script("setInterval(() => fetch('/x', {method: 'POST', body: 'x'.repeat(4e7)}), 50)"))
    assert (result.passed, "render/own-file-missing" in rules(result)) == (False, True)
    assert rules(result) & {"render/hung", "render/limit"}


def test_an_error_at_mobile_width_alone_costs_function(bench: Bench) -> None:
    result = bench.render(script("if (innerWidth < 500) throw new Error('narrow')"))
    assert [finding.message for finding in result.findings] == ["On / at mobile width: Error: narrow"]
    assert (result.passed, result.facts["functional"], result.facts["mobile"]["errors"]) == (True, False, 1)


def test_the_untouched_scaffold_is_recognised(home: Bench) -> None:
    result = home.render('<!doctype html><div id="root"><main><p>Replace this page with the website.</p></main></div>')
    assert (rules(result), result.facts["scaffold_likeness"]) == ({"render/unchanged-scaffold"}, 1.0)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<!doctype html><title>x</title><div id="root"></div>', {"render/blank", "render/unmounted"}),
        (
            '<!doctype html><div id="root"></div><script>const a = undefined; a.b()</script>',
            {"render/blank", "render/unmounted", "render/page-error"},
        ),
        ('<!doctype html><body style="color:#fff"><div id="root">white on white</div>', {"render/blank"}),
        (page(body="<vite-error-overlay></vite-error-overlay>"), {"render/error-overlay"}),
        (script("location.reload()"), {"render/limit", "render/blank", "render/unmounted"}),
        (script("location.href = 'https://elsewhere.example/'"), {"render/blank", "render/unmounted"}),
        ('<!doctype html><div id="root"></div><form><input name="childNodes"></form>', {"render/unmeasured"}),
    ],
)
def test_what_did_not_render_fails_and_is_still_photographed(home: Bench, html: str, expected: set[str]) -> None:
    result = home.render(html)
    assert (result.passed, rules(result), result.facts["functional"]) == (False, expected, False)
    assert "home.png" in result.artifacts
    assert not result.contended


def test_a_page_that_fetches_without_end_is_stopped(home: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render_worker.traffic.MAX_SERVED_BYTES", 3_000_000)
    code = (
        "(async () => { for (let n = 0, got = 0; n < 30; n++) try {"
        "got += (await (await fetch('/big.txt')).text()).length; document.querySelector('p').textContent = got"
        "} catch {} })()"
    )
    result = home.render_files({"index.html": script(code), "big.txt": "x" * 1_000_000})
    assert (result.passed, result.facts["functional"]) == (False, False)
    assert "render/limit" in rules(result)
    assert result.facts["page"]["home.png"]["text"].split()[-1] == "2000000"


def test_a_page_that_mounts_too_late_in_its_own_time_did_not_render(home: Bench) -> None:
    code = (
        "let n = 0; setInterval(() => { t.textContent = `Loading ${n++}` }, 40);"
        "setTimeout(() => { root.innerHTML = '<h1>Here</h1>' }, 60_000)"
    )
    result = home.render(f'<!doctype html><div id="root"></div><p id="t">Loading</p><script>{code}</script>')
    assert (result.passed, rules(result), result.contended) == (False, {"render/unmounted"}, False)
    assert result.facts["settled_by"] == "motion"


def test_a_bundle_without_a_home_page_fails(bench: Bench) -> None:
    result = bench.render_files({"about.html": page()})
    assert not result.passed
    assert "render/own-file-missing" in rules(result)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("console.error('bad')", {"render/console-error"}),
        ("setTimeout(() => { throw new Error('late') }, 20)", {"render/page-error"}),
        ("Promise.reject(new Error('dropped'))", {"render/unhandled-rejection"}),
        (
            "window.onerror = () => true; throw new Error('kept quiet')",
            {"render/page-error", "render/errors-suppressed"},
        ),
        (
            "addEventListener('error', e => { e.preventDefault(); e.stopImmediatePropagation() }, true); throw Error()",
            {"render/page-error", "render/errors-suppressed"},
        ),
        (
            "onunhandledrejection = e => e.preventDefault(); Promise.reject(1)",
            {"render/unhandled-rejection", "render/errors-suppressed"},
        ),
        ("console.error = () => {}; console.error('x')", {"render/errors-suppressed", "render/console-error"}),
        (
            (
                "JSON.stringify = () => ''; Object.defineProperty(ErrorEvent.prototype, 'error', {get() { throw 1 }});"
                "throw new Error('unreadable')"
            ),
            {"render/page-error"},
        ),
        ("const i = new Image(); i.src = '/gone.png'", {"render/own-file-missing"}),
    ],
)
def test_errors_are_heard_even_where_the_page_suppresses_them(home: Bench, code: str, expected: set[str]) -> None:
    result = home.render(script(code))
    assert (result.passed, rules(result), result.facts["functional"]) == (True, expected, False)


def test_an_error_on_a_further_page_costs_function(bench: Bench) -> None:
    code = "if (location.pathname === '/b') throw new Error('only here')"
    result = bench.render(page(f"<script>{code}</script>", '<a href="/b">b</a>'))
    assert (result.passed, result.facts["functional"], result.facts["routes"][0]["errors"]) == (True, False, 1)


def test_other_origins_are_replaced_or_refused_and_not_held_against_the_site(home: Bench) -> None:
    result = home.render(
        page(
            '<link rel="stylesheet" href="https://fonts.example/inter.css"><script src="https://cdn.example/a.js"></script>',
            '<img src="https://images.example/p?w=300&h=200"><iframe src="https://video.example/"></iframe><script>'
            "fetch('https://api.example/x'); fetch('https://api.example/y').catch(e => console.error('No data', e));"
            "new WebSocket('wss://chat.example/'); new WebSocket('ws://127.0.0.1:6379/'); import('https://esm.example/m')"
            "</script>",
        )
    )
    assert (result.passed, result.findings, result.facts["functional"]) == (True, (), True)
    kinds = {entry["url"]: entry["kind"] for entry in result.facts["outside_requests"]}
    assert kinds["https://images.example/p?w=300&h=200"] == "image"
    assert {"https://fonts.example/inter.css", "https://cdn.example/a.js", "https://api.example/x"} <= set(kinds)
    colours = home.picture(result, "home.png").convert("RGB").getcolors(1 << 20) or []
    assert any(count >= 60_000 and colour == (0xC4, 0xC4, 0xC4) for count, colour in colours)


def test_dialogs_and_new_windows_hold_nothing_up(home: Bench) -> None:
    result = home.render(script("for (let i = 0; i < 999; i++) alert(i); confirm(); prompt(); print(); open('/x')"))
    assert (result.passed, result.facts["functional"], result.facts["dialogs"] > 0) == (True, True, True)


def test_an_endless_loop_is_the_candidates_failure_and_leaves_nothing_behind(tmp_path: Path) -> None:
    result = Bench(render_stage(scratch=tmp_path)).render(page(LOOP))
    assert (result.passed, rules(result), result.limit_hit) == (False, {"render/hung"}, "cpu")
    assert (result.contended, result.artifacts) == (False, {})
    assert result.facts["cpu_seconds"] < 15
    # Every process of a sandbox carries its launch folder in its command line, or dies with the one that does.
    listing = subprocess.run(("ps", "-eo", "args"), capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in listing
    assert list(tmp_path.iterdir()) == []


def test_a_memory_bomb_ends_at_the_memory_limit(home: Bench) -> None:
    result = home.render(script("const a = []; while (true) a.push(new Uint8Array(5e7).fill(1))"))
    assert (result.passed, result.limit_hit, rules(result)) == (False, "memory", {"render/limit"})


def test_text_of_the_page_is_fit_for_a_report(home: Bench) -> None:
    code = r"document.title = '\ud800x'; console.error('\udfff\0')"
    result = home.render(script(code))
    report = StageReport(stage=Stage.RENDER, passed=result.passed, findings=list(result.findings), facts=result.facts)
    assert "\0" not in report.model_dump_json()


def test_a_browser_that_does_not_start_is_our_fault() -> None:
    broken = Bench(render_stage(RenderSettings(tools=ToolSettings(browser="/usr/bin/true"))))
    with pytest.raises(BrowserError, match="could not be started"):
        broken.render(page())


def test_versions_name_the_browser() -> None:
    known = versions(RenderSettings())
    assert "chrom" in known["browser"].lower()
    assert len(known["render"]) == 16
