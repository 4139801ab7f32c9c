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
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import built_in
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


def packed(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class Bench:
    """One render stage and the blobs that it reads and writes."""

    def __init__(self, settings: RenderSettings | None = None, scratch: Path | None = None) -> None:
        self.settings = settings or RenderSettings(routes=2, width=800, height=600)
        self.blobs = MemoryBlobs()
        self.work = make_render(self.settings, make_sandbox(SandboxSettings(scratch=scratch)))

    def render(self, html: str, **more: str) -> StageResult:
        return self.render_files({"index.html": html} | {name.replace("__", "."): text for name, text in more.items()})

    def render_files(self, files: Files) -> StageResult:
        empty = StageJob("e", Stage.RENDER, "", "", False, built_in()["cascade"], {}, False, self.blobs)
        bundle = empty.keep(packed(files), "application/zip")
        reports = {Stage.BUILD: StageReport(stage=Stage.BUILD, passed=True, artifacts={"bundle.zip": bundle})}
        return self.work(StageJob("e", Stage.RENDER, "", "", False, built_in()["cascade"], reports, False, self.blobs))

    def picture(self, result: StageResult, name: str) -> Image.Image:
        return Image.open(io.BytesIO(self.blobs.get(result.artifacts[name].blob)))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def rules(result: StageResult) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_a_site_is_visited_measured_and_photographed(bench: Bench) -> None:
    links = '<nav><a href="/">Home</a><a href="/about">About</a><a href="#/map">Map</a><a href="https://x.example">x</a></nav>'
    app = "document.querySelector('p').append(` ${location.pathname}${location.hash} ${isSecureContext}`)"
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
    assert sorted(result.artifacts) == ["home.png", "route-1.png", "route-2.png"]
    assert bench.picture(result, "home.png").size == (800, 600)
    home = facts["page"]["home.png"]
    assert "High water at noon. / true" in home["text"]
    assert (home["headings"], home["controls"], home["landmarks"], home["viewport_overflow_px"]) == (1, 4, 1, 0)
    assert home["font_sizes"] == [32, 16]
    assert len(home["text_blocks"]) == 6
    assert facts["cpu_seconds"] > 0
    assert facts["peak_memory_bytes"] > 0


def test_the_same_bundle_gives_the_same_pictures(bench: Bench) -> None:
    html = page(
        "<style>@keyframes f{from{opacity:0}}h1{animation:f 9s}.s{animation:f 1s infinite}</style>",
        '<p class="s">s</p><input autofocus><p id="r"></p><script>r.textContent = Math.random() + " " + '
        "new Date().toDateString() + ' ' + Date().slice(0, 15) + (new Date() instanceof Date)</script>",
    )
    results = [bench.render(html) for _ in range(3)]
    assert len({result.artifacts["home.png"].blob for result in results}) == 1
    assert len({result.facts["shot_hash"] for result in results}) == 1
    text = results[0].facts["page"]["home.png"]["text"]
    assert "Mon Jan 05 2026 Mon Jan 05 2026true" in text


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
def test_what_did_not_render_fails_and_is_still_photographed(bench: Bench, html: str, expected: set[str]) -> None:
    result = bench.render(html)
    assert (result.passed, rules(result), result.facts["functional"]) == (False, expected, False)
    assert "home.png" in result.artifacts
    assert not result.contended


def test_a_page_that_fetches_without_end_is_stopped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render_worker.traffic.MAX_SERVED_BYTES", 3_000_000)
    code = (
        "(async () => { for (let n = 0, got = 0; n < 30; n++) try {"
        "got += (await (await fetch('/big.txt')).text()).length; document.querySelector('p').textContent = got"
        "} catch {} })()"
    )
    result = bench.render_files({"index.html": script(code), "big.txt": "x" * 1_000_000})
    assert (result.passed, result.facts["functional"]) == (False, False)
    assert "render/limit" in rules(result)
    assert result.facts["page"]["home.png"]["text"].split()[-1] == "2000000"


def test_a_page_that_mounts_after_the_bound_is_looked_at_again(bench: Bench) -> None:
    code = (
        "let n = 0; setInterval(() => { t.textContent = `Loading ${n++}` }, 40);"
        "setTimeout(() => { root.innerHTML = '<h1>Here</h1>' }, 60_000)"
    )
    result = bench.render(f'<!doctype html><div id="root"></div><p id="t">Loading</p><script>{code}</script>')
    assert (result.passed, rules(result), result.contended) == (False, {"render/unmounted"}, True)
    assert result.facts["settled_by"] == "cap"


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
        ("window.onerror = () => true; throw new Error('kept quiet')", {"render/page-error"}),
        (
            "addEventListener('error', e => { e.preventDefault(); e.stopImmediatePropagation() }, true); throw Error()",
            {"render/page-error"},
        ),
        ("onunhandledrejection = e => e.preventDefault(); Promise.reject(1)", {"render/unhandled-rejection"}),
        ("console.error = () => {}; console.error('x')", {"render/console-overwritten", "render/console-error"}),
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
def test_errors_are_heard_even_where_the_page_suppresses_them(bench: Bench, code: str, expected: set[str]) -> None:
    result = bench.render(script(code))
    assert (result.passed, rules(result), result.facts["functional"]) == (True, expected, False)


def test_an_error_on_a_further_page_costs_function(bench: Bench) -> None:
    code = "if (location.pathname === '/b') throw new Error('only here')"
    result = bench.render(page(f"<script>{code}</script>", '<a href="/b">b</a>'))
    assert (result.passed, result.facts["functional"], result.facts["routes"][0]["errors"]) == (True, False, 1)


def test_other_origins_are_replaced_or_refused_and_not_held_against_the_site(bench: Bench) -> None:
    result = bench.render(
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
    colours = bench.picture(result, "home.png").convert("RGB").getcolors(1 << 20) or []
    assert any(count >= 60_000 and colour == (0xC4, 0xC4, 0xC4) for count, colour in colours)


def test_dialogs_and_new_windows_hold_nothing_up(bench: Bench) -> None:
    result = bench.render(script("for (let i = 0; i < 999; i++) alert(i); confirm(); prompt(); print(); open('/x')"))
    assert (result.passed, result.facts["functional"], result.facts["dialogs"] > 0) == (True, True, True)


def test_an_endless_loop_is_the_candidates_failure_and_leaves_nothing_behind(tmp_path: Path) -> None:
    result = Bench(scratch=tmp_path).render(page(LOOP))
    assert (result.passed, rules(result), result.limit_hit) == (False, {"render/hung"}, "cpu")
    assert (result.contended, result.artifacts) == (False, {})
    # Every process of a sandbox carries its launch folder in its command line, or dies with the one that does.
    listing = subprocess.run(("ps", "-eo", "args"), capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in listing
    assert list(tmp_path.iterdir()) == []


def test_a_memory_bomb_ends_at_the_memory_limit(bench: Bench) -> None:
    result = bench.render(script("const a = []; while (true) a.push(new Uint8Array(5e7).fill(1))"))
    assert (result.passed, result.limit_hit, rules(result)) == (False, "memory", {"render/limit"})


def test_text_of_the_page_is_fit_for_a_report(bench: Bench) -> None:
    code = r"document.title = '\ud800x'; console.error('\udfff\0')"
    result = bench.render(script(code))
    report = StageReport(stage=Stage.RENDER, passed=result.passed, findings=list(result.findings), facts=result.facts)
    assert "\0" not in report.model_dump_json()


def test_a_browser_that_does_not_start_is_our_fault() -> None:
    broken = Bench(RenderSettings(tools=ToolSettings(browser="/usr/bin/true")))
    with pytest.raises(BrowserError, match="could not be started"):
        broken.render(page())


def test_versions_name_the_browser() -> None:
    known = versions(RenderSettings())
    assert "chrom" in known["browser"].lower()
    assert len(known["render"]) == 16
