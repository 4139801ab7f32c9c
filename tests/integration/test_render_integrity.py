"""Functional integrity over hand-made pages in the real browser: every way to err, to hide it, and to be excused."""

# ruff: noqa: E501 - pages are easier to read unbroken

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from render_worker.render import make_render
from services.contract import StageReport
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import RenderMode, built_in
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs

pytestmark = pytest.mark.stack

Files = dict[str, str]
Render = Callable[..., StageResult]

OUT = "https://api.example/x"
ERROR, REJECTION, CONSOLE = "render/page-error", "render/unhandled-rejection", "render/console-error"
MISSING, SUPPRESSED = "render/own-file-missing", "render/errors-suppressed"


def page(head: str = "", body: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>Tide tables</title>{head}</head><body>"
        f'<div id="root"><h1>Tide tables</h1><p>High water at noon.</p>{body}</div></body></html>'
    )


def script(code: str) -> str:
    return page(f"<script>{code}</script>")


@pytest.fixture(scope="module")
def render() -> Render:
    """Renders pages, one after another."""
    blobs = MemoryBlobs()
    work = make_render(RenderSettings(routes=2, width=800, height=600), make_sandbox(SandboxSettings()))

    def of(html: str, files: Files | None = None, mode: RenderMode = "home") -> StageResult:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in {"index.html": html, **(files or {})}.items():
                archive.writestr(name, content)
        profile = built_in()["cascade"].model_copy(update={"render": mode})
        empty = StageJob("e", Stage.RENDER, "", "", False, profile, {}, False, blobs)
        bundle = empty.keep(buffer.getvalue(), "application/zip")
        reports = {Stage.BUILD: StageReport(stage=Stage.BUILD, passed=True, artifacts={"bundle.zip": bundle})}
        return work(StageJob("e", Stage.RENDER, "", "", False, profile, reports, False, blobs))

    return of


def told(result: StageResult) -> set[str]:
    return {finding.rule for finding in result.findings}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("setTimeout('gone()', 9)", {ERROR}, id="timer-text"),
        pytest.param("queueMicrotask(() => { throw new Error('micro') })", {ERROR}, id="microtask"),
        pytest.param("eval('a.b.c')", {ERROR}, id="eval"),
        pytest.param("reportError(new Error('reported'))", {ERROR}, id="reportError"),
        pytest.param("throw null", {ERROR}, id="null"),
        pytest.param("const = 5", {ERROR}, id="syntax"),
        pytest.param("import('./gone.js')", {REJECTION, MISSING}, id="import"),
        pytest.param("import('bare')", {REJECTION}, id="bare-import"),
        pytest.param("(async () => { throw new Error('async') })()", {REJECTION}, id="async"),
        pytest.param("requestAnimationFrame(() => { throw new Error('frame') })", {ERROR}, id="frame"),
        pytest.param(
            "customElements.define('x-a', class extends HTMLElement { connectedCallback() { throw new Error('c') } });"
            "document.documentElement.append(document.createElement('x-a'))",
            {ERROR},
            id="custom-element",
        ),
        pytest.param("new Worker(URL.createObjectURL(new Blob(['throw new Error(1)'])))", {ERROR}, id="worker"),
        pytest.param(
            "const w = new Worker(URL.createObjectURL(new Blob(['throw new Error(1)'])));"
            "w.onerror = e => e.preventDefault()",
            {ERROR},
            id="worker-prevented",
        ),
        pytest.param(
            "new Worker(URL.createObjectURL(new Blob(['Promise.reject(new Error(1))'])))",
            {ERROR},
            id="worker-rejection",
        ),
        pytest.param("console.error()", {CONSOLE}, id="console-empty"),
        pytest.param("throw new Error('ResizeObserver loop completed')", {ERROR}, id="false-layout-notice"),
        pytest.param("console.error('Failed to load resource: x')", {CONSOLE}, id="false-browser-words"),
        pytest.param(
            "document.addEventListener('DOMContentLoaded', () => document.body.dispatchEvent(new Event('go')));"
            "document.addEventListener('go', () => { throw new Error('handler') }, true)",
            {ERROR},
            id="handler",
        ),
        pytest.param("for (let i = 0; i < 99; i++) alert(i); throw new Error('after dialogs')", {ERROR}, id="dialogs"),
    ],
)
def test_every_way_to_err_counts(render: Render, code: str, expected: set[str]) -> None:
    result = render(script(code))
    assert (result.passed, told(result), result.facts["functional"]) == (True, expected, False)


FRAME = (
    "const f = document.createElement('iframe'); document.documentElement.append(f); const w = f.contentWindow;"
    "const run = code => { const s = w.document.createElement('script'); s.textContent = code; w.document.documentElement.append(s) };"
)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("onerror = () => true; throw new Error(1)", {ERROR}, id="onerror"),
        pytest.param("addEventListener('error', e => e.preventDefault()); throw new Error(1)", {ERROR}, id="prevent"),
        pytest.param(
            "addEventListener('unhandledrejection', e => e.preventDefault(), true); Promise.reject(1)",
            {REJECTION},
            id="prevent-rejection",
        ),
        pytest.param(
            "addEventListener('error', e => e.stopImmediatePropagation(), true); throw new Error(1)",
            {ERROR},
            id="stop",
        ),
        pytest.param("console.error = () => {}; console.error(1)", {CONSOLE}, id="console.error"),
        pytest.param("console = { log() {}, error() {} }; console.error(1)", {CONSOLE}, id="console"),
        pytest.param("console = Object.freeze({ error() {} }); console.error(1)", {CONSOLE}, id="frozen-console"),
        pytest.param("console = null; console.error(1)", {ERROR}, id="no-console"),
        pytest.param(
            "Object.defineProperty(console, 'error', { value() {} }); console.error(1)", {CONSOLE}, id="define-error"
        ),
        pytest.param(
            "Reflect.defineProperty(console, 'error', { get: () => () => {} }); console.error(1)",
            {CONSOLE},
            id="reflect-error",
        ),
        pytest.param(
            "Object.defineProperty(window, 'console', { get: () => ({ error() {} }) }); console.error(1)",
            {CONSOLE},
            id="define-console",
        ),
        pytest.param(
            "window.Promise = class extends Promise { constructor(f) { super(f); super.then(null, () => {}) } };"
            "console.error('and then')",
            {CONSOLE},
            id="promise",
        ),
    ],
)
def test_what_is_kept_from_being_seen_counts_and_is_told(render: Render, code: str, expected: set[str]) -> None:
    result = render(script(code))
    assert (told(result), result.facts["functional"]) == (expected | {SUPPRESSED}, False)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(
            "addEventListener = EventTarget.prototype.addEventListener = () => {}; throw new Error(1)",
            {ERROR},
            id="addEventListener",
        ),
        pytest.param(
            "Object.defineProperty(window, 'onerror', { get: () => null, set() {} }); throw new Error(1)",
            {ERROR},
            id="onerror-accessor",
        ),
        pytest.param(
            "String.prototype.slice = () => 'x'; Object.prototype.toJSON = () => 1; Array.prototype.map = () => [];"
            "Array.prototype[Symbol.iterator] = function* () {}; Reflect.apply = () => {}; WeakSet.prototype.has = () => true;"
            "Object.defineProperty(Event.prototype, 'target', { get: () => null }); throw new Error(1)",
            {ERROR},
            id="natives",
        ),
        pytest.param("document.open(); onerror = null; setTimeout(() => { throw new Error(1) })", {ERROR}, id="open"),
        pytest.param(
            "onload = () => document.write('<div id=root>Written</div><script>onerror = () => true; throw new Error(1)</script>'.replace('</s', '<' + '/s'))",
            {ERROR},
            id="write",
        ),
        pytest.param(FRAME + "w.onerror = () => true; run('throw new Error(1)')", {ERROR}, id="blank-frame"),
        pytest.param(FRAME + "w.console.error('x')", {CONSOLE}, id="console-of-a-frame"),
        pytest.param(
            "document.documentElement.insertAdjacentHTML('beforeend', `<iframe srcdoc=\"<script>onerror = () => true;"
            'throw new Error(1)</scr` + `ipt>"></iframe>`)',
            {ERROR},
            id="srcdoc-frame",
        ),
        pytest.param(
            "document.documentElement.insertAdjacentHTML('beforeend', `<iframe sandbox='allow-scripts' srcdoc=\"<script>"
            'throw new Error(1)</scr` + `ipt>"></iframe>`)',
            {ERROR},
            id="sandboxed-frame",
        ),
    ],
)
def test_what_a_page_does_to_its_window_keeps_nothing_from_counting(
    render: Render, code: str, expected: set[str]
) -> None:
    result = render(script(code))
    assert (told(result) - {SUPPRESSED}, result.facts["functional"]) == (expected, False)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("dispatchEvent(new ErrorEvent('error', { error: new Error(1), message: 'x' }))", id="own-event"),
        pytest.param("onerror = () => true; addEventListener('unhandledrejection', () => {})", id="unused-handlers"),
        pytest.param("Promise.reject(1).catch(() => {})", id="handled"),
        pytest.param(
            "const d = document.documentElement; let n = 100; new ResizeObserver(() => {"
            "document.body.style.width = `${n += 9}px` }).observe(d); onload = () =>"
            "new ResizeObserver(() => { document.body.style.width = `${n += 9}px` }).observe(document.body)",
            id="layout-notice",
        ),
        pytest.param(
            "const a = new Audio(URL.createObjectURL(new Blob(['x']))); navigator.clipboard.readText()", id="leave"
        ),
        pytest.param(
            "const r = scrollTo(0, 0), s = document.documentElement.scrollIntoView(), t = document.documentElement.scrollBy(0, 1);"
            "if (r !== undefined || s !== undefined || t !== undefined) throw new Error('a promise')",
            id="scrolling",
        ),
    ],
)
def test_what_is_no_error_is_not_told(render: Render, code: str) -> None:
    result = render(script(code))
    assert (told(result), result.facts["functional"]) == (set(), True)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(script(f"fetch('{OUT}')"), id="fetch"),
        pytest.param(script(f"fetch(new Request('{OUT}'))"), id="request"),
        pytest.param(script(f"(async () => {{ const a = await fetch('{OUT}'); a.json() }})()"), id="await"),
        pytest.param(
            script(f"const get = async () => {{ try {{ return await fetch('{OUT}') }} catch (e) {{ throw new Error('Tides are away', {{ cause: e }}) }} }}; get()"),
            id="wrapped",
        ),
        pytest.param(
            script(f"fetch('{OUT}').catch(e => {{ throw new Error('Could not load: ' + e.message) }})"), id="reworded"
        ),
        pytest.param(script(f"fetch('{OUT}').catch(() => console.error('No data'))"), id="console"),
        pytest.param(
            script(f"fetch('{OUT}').catch(e => setTimeout(() => console.error('Later', e), 300))"), id="console-later"
        ),
        pytest.param(
            script(
                "const get = () => new Promise((_, no) => { const x = new XMLHttpRequest(); "
                f"x.open('GET', '{OUT}'); x.onerror = () => {{ const e = new Error('Network Error'); e.request = x; no(e) }}; x.send() }});"
                "get(); get().catch(e => console.error(e.message)); get().catch(e => setTimeout(() => { throw e }, 99))"
            ),
            id="xhr",
        ),
        pytest.param(script(f"const x = new XMLHttpRequest(); x.open('GET', '{OUT}', false); x.send()"), id="sync-xhr"),
        pytest.param(
            script("const s = new WebSocket('wss://chat.example/'); s.onerror = e => console.error('Socket', e);"
                   "s.onclose = () => console.error('Closed')"),
            id="socket",
        ),
        pytest.param(script(f"new EventSource('{OUT}').onerror = () => console.error('Stream')"), id="stream"),
        pytest.param(script(f"navigator.sendBeacon('{OUT}', 'x')"), id="beacon"),
        pytest.param(
            script("const c = new RTCPeerConnection({ iceServers: [{ urls: 'stun:stun.example:3478' }] });"
                   "c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o))"),
            id="webrtc",
        ),
        pytest.param(script("new WebTransport('https://wt.example:4433/')"), id="webtransport"),
        pytest.param(script(f"import('{OUT}.js')"), id="import"),
        pytest.param(page(f'<script type="module">import x from "{OUT}.js"; x()</script>'), id="static-import"),
        pytest.param(
            page(f'<script type="importmap">{{"imports":{{"x":"{OUT}.js"}}}}</script><script>import("x")</script>'),
            id="import-map",
        ),
        pytest.param(
            page('<script src="https://cdn.example/npm/gsap@3/dist/gsap.min.js"></script><script>gsap.to("h1", {})</script>'),
            id="library",
        ),
        pytest.param(
            page('<script src="https://code.example/jquery-3.7.1.min.js"></script><script>$(() => {})</script>'),
            id="jquery",
        ),
        pytest.param(
            script(f"const s = document.createElement('script'); s.src = '{OUT}.js'; s.onerror = () => {{ throw new Error('Maps failed') }};"
                   "document.head.append(s)"),
            id="script-handler",
        ),
        pytest.param(page(f'<link rel="stylesheet" href="{OUT}.css"><style>@import "{OUT}2.css";</style>'), id="styles"),
        pytest.param(page('<link rel="preconnect" href="https://a.example"><link rel="dns-prefetch" href="//b.example">'), id="hints"),
        pytest.param(page(body=f'<object data="{OUT}.svg"></object><embed src="{OUT}2.svg">'), id="object"),
        pytest.param(page(body=f'<video src="{OUT}.mp4" autoplay></video><audio src="{OUT}.mp3"></audio><script>document.querySelector("audio").play()</script>'), id="media"),
        pytest.param(page('<style>@font-face{font-family:x;src:url(https://fonts.example/a.woff2)} p{font-family:x}</style>'), id="font"),
        pytest.param(script("new FontFace('x', 'url(https://fonts.example/a.woff2)').load()"), id="font-face"),
        pytest.param(script("new Worker(URL.createObjectURL(new Blob(['fetch(\"https://api.example/w\")'])))"), id="worker"),
    ],
)  # fmt: skip
def test_what_only_our_refusal_caused_is_no_error(render: Render, html: str) -> None:
    result = render(html)
    assert (told(result), result.facts["functional"]) == (set(), True)


def test_excused_errors_are_counted(render: Render) -> None:
    facts = render(script(f"fetch('{OUT}').catch(() => console.error('No data'))")).facts
    assert (facts["excused_errors"], facts["console_errors"], facts["uncaught_errors"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param(script(f"fetch('{OUT}').catch(() => {{}}); throw new Error('Failed to fetch')"), {ERROR}, id="words"),
        pytest.param(
            script(f"fetch('{OUT}').catch(() => {{}}); Promise.reject(new TypeError('Failed to fetch'))"),
            {REJECTION},
            id="rejected-words",
        ),
        pytest.param(script(f"fetch('{OUT}').catch(() => {{}}); console.error('{OUT} Network Error')"), {CONSOLE}, id="url"),
        pytest.param(
            script(f"fetch('{OUT}').catch(() => {{}}); setTimeout(() => {{ throw new Error('Network Error') }}, 50)"),
            {ERROR},
            id="later",
        ),
        pytest.param(
            page(f'<script>fetch("{OUT}").catch(() => {{}})</script><script type="module" src="/app.js"></script>'),
            {ERROR, REJECTION},
            id="own-module-meanwhile",
        ),
        pytest.param(
            page('<script src="https://cdn.example/gsap.min.js"></script><script type="module" src="/app.js"></script>'),
            {ERROR, REJECTION},
            id="own-module-after-a-refused-script",
        ),
        pytest.param(
            page('<script src="https://cdn.example/gsap.min.js"></script><script>useState()</script>'),
            {ERROR},
            id="other-name",
        ),
        pytest.param(
            script(
                "const own = new Error('mine'); const c = new AbortController(); c.abort(own);"
                f"fetch('{OUT}', {{ signal: c.signal }}).catch(() => {{}}); setTimeout(() => {{ throw own }}, 9)"
            ),
            {ERROR},
            id="aborted-with-an-own-error",
        ),
        pytest.param(
            script(
                f"const x = new XMLHttpRequest(); x.open('GET', '{OUT}'); x.onerror = () => {{}};"
                "x.dispatchEvent(new Event('error')); throw new Error('now')"
            ),
            {ERROR},
            id="made-up-failure",
        ),
        pytest.param(script("fetch('/data.json')"), {MISSING}, id="own-file"),
        pytest.param(script("fetch('data:,x').then(() => { throw new Error(1) })"), {REJECTION}, id="data-address"),
        pytest.param(script("navigator.serviceWorker.register('/sw.js')"), {MISSING, REJECTION}, id="no-worker-file"),
    ],
)  # fmt: skip
def test_a_refusal_excuses_nothing_else(render: Render, html: str, expected: set[str]) -> None:
    files = {"app.js": "Promise.reject(new Error('mine')); throw new Error('module')"}
    result = render(html, files)
    assert (told(result), result.facts["functional"]) == (expected, False)


def test_a_service_worker_is_registered_as_far_as_the_page_can_tell(render: Render) -> None:
    code = (
        "navigator.serviceWorker.register('/sw.js').then(r => { r.addEventListener('updatefound', () => {});"
        "document.querySelector('p').textContent = r.scope + r.waiting }).catch(e => console.error(e))"
    )
    result = render(script(code), {"sw.js": "self.skipWaiting()"})
    assert (told(result), "http://localhost:4173/null" in result.facts["page"]["home.png"]["text"]) == (set(), True)


def test_requests_to_the_outside_are_refused_and_listed(render: Render) -> None:
    host = "https://{}.example/x"
    html = page(
        f'<link rel="stylesheet" href="{host.format("css")}"><style>@import "{host.format("css2")}";'
        f"@font-face{{font-family:x;src:url({host.format('font')})}} p{{font-family:x}}</style>"
        f'<script src="{host.format("script")}"></script><script type="module">import "{host.format("module")}"</script>',
        f'<object data="{host.format("object")}"></object><embed src="{host.format("embed")}">'
        f'<video src="{host.format("video")}"></video><img src="{host.format("image")}"><iframe src="{host.format("frame")}"></iframe>'
        f"<iframe name=t></iframe><form target=t method=post action={host.format('form')}></form><script>"
        f"fetch('{host.format('fetch')}'); new EventSource('{host.format('stream')}'); navigator.sendBeacon('{host.format('beacon')}');"
        f"new WebSocket('wss://socket.example/x'); const x = new XMLHttpRequest(); x.open('GET', '{host.format('xhr')}'); x.send();"
        "document.forms[0].submit()</script>",
    )
    result = render(html)
    listed = {entry["url"].split("/")[2].removesuffix(".example") for entry in result.facts["outside_requests"]}
    wanted = "css css2 font script module object embed video image frame form fetch stream beacon socket xhr"
    assert listed == set(wanted.split())
    assert (told(result), result.facts["functional"]) == (set(), True)


@pytest.mark.parametrize(("at", "mode"), [(2_900, "home"), (6_000, "full")])
def test_late_errors_count_until_the_last_picture(render: Render, at: int, mode: RenderMode) -> None:
    result = render(script(f"setTimeout(() => Promise.reject(new Error('late')), {at})"), mode=mode)
    assert (told(result), result.facts["functional"]) == ({REJECTION}, False)


@pytest.mark.parametrize(
    "code",
    [
        "for (let i = 0; i < 1e5; i++) console.error(i)",
        "for (let i = 0; i < 1e5; i++) reportError(new Error(i))",
        "for (let i = 0; i < 1e5; i++) Promise.reject(new Error(i))",
        "for (let i = 0; i < 2e4; i++) setTimeout(() => { throw new Error(i) })",
    ],
)
def test_a_flood_of_errors_is_bounded(render: Render, code: str) -> None:
    result = render(script(code))
    assert (result.passed, result.facts["functional"], len(result.findings)) == (True, False, 10)


def test_excused_errors_do_not_use_up_what_a_page_may_tell(render: Render) -> None:
    code = f"for (let i = 0; i < 120; i++) fetch('{OUT}').catch(() => console.error('No data ' + i))"
    result = render(script(f"{code}; setTimeout(() => {{ onerror = () => true; throw new Error('mine') }}, 900)"))
    assert ERROR in told(result)


def test_the_channel_is_not_to_be_found(render: Render) -> None:
    code = """
    const seen = new Set();
    const watch = () => { for (const k of Reflect.ownKeys(window)) if (/^_[0-9a-f]{24}$/.test(String(k))) seen.add(k) };
    watch();
    const f = document.createElement('iframe'); document.documentElement.append(f);
    for (const k of Reflect.ownKeys(f.contentWindow)) if (/^_[0-9a-f]{24}$/.test(String(k))) seen.add(k);
    const spy = value => { if (typeof value === 'string' && /^(page-error|console-error) /.test(value)) seen.add(value); return value };
    for (const [owner, name] of [[JSON, 'stringify'], [window, 'String'], [Reflect, 'apply'], [Function.prototype, 'call'], [Function.prototype, 'apply']]) {
      const real = owner[name];
      owner[name] = new Proxy(real, { apply: (t, self, values) => { for (const v of values) spy(v); return t.call === undefined ? undefined : real.bind(self)(...values) } });
    }
    Error.prepareStackTrace = (_, sites) => { for (const s of sites) { const f = s.getFunction(); if (f && f !== get) { seen.add(String(f)) } const t = s.getThis(); if (t && t !== window && t !== bait) seen.add(String(t)) } return '' };
    function get() { void new Error().stack; return 'bait' }
    const bait = { get message() { 'use strict'; return get() } };
    console.error(bait);
    if (/_[0-9a-f]{24}/.test(console.error.toString() + addEventListener.toString() + fetch.toString())) seen.add('source');
    document.querySelector('p').textContent = seen.size === 0 ? 'nothing' : [...seen].join(' | ').slice(0, 900);
    """
    result = render(page(body=f"<script>{code}</script>"))
    text = result.facts["page"]["home.png"]["text"]
    assert "nothing" in text, text
