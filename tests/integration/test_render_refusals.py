"""What our refusals cause in the real browser is no error of the site's, and excuses none."""

# ruff: noqa: E501 - pages are easier to read unbroken

from __future__ import annotations

import pytest

from tests.support.page_rendering import Render, page, renderer, script, told

pytestmark = pytest.mark.stack

OUT = "https://api.example/x"
ERROR, REJECTION, CONSOLE = "render/page-error", "render/unhandled-rejection", "render/console-error"
MISSING = "render/own-file-missing"


@pytest.fixture(scope="module")
def render() -> Render:
    return renderer()


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
        *(
            pytest.param(script(f"navigator.geolocation.{call}"), id=f"place-{at}")
            for at, call in enumerate(
                [
                    "getCurrentPosition(() => {}, e => console.error('Geolocation failed', e))",
                    "getCurrentPosition(() => {}, e => console.error('x', e.message))",
                    "watchPosition(() => {}, e => { throw new Error(e.message) })",
                    "watchPosition(() => {}, e => setTimeout(() => console.error(e), 99))",
                    "constructor; new Promise((ok, no) => navigator.geolocation.getCurrentPosition(ok, no)).catch(e => console.error(e.message))",
                    "constructor; new Promise((ok, no) => navigator.geolocation.getCurrentPosition(ok, no))",
                ]
            )
        ),
        pytest.param(
            script("const m = navigator.mediaDevices; m.getUserMedia({ video: true }).catch(e => console.error('Camera: ' + e.message));"
                   "m.getUserMedia({ audio: true }); m.getUserMedia({ audio: true }).catch(e => setTimeout(() => console.error(e), 99));"
                   "m.enumerateDevices().then(l => l.length && l[0].deviceId)"),
            id="devices",
        ),
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
            page('<script src="https://cdn.example/useState/useEffect/motion/a.js"></script><script>useState()</script>'),
            {ERROR},
            id="bought-name",
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
        *(
            pytest.param(
                script(
                    f"fetch('{OUT}').catch(e => {{ {owner}.prototype.{name} = e }}); setTimeout(() => {{ undefined.x }}, 99);"
                    "setTimeout(() => console.error(new Error('mine')), 199)"
                ),
                {ERROR, CONSOLE},
                id=f"inherited-{name}",
            )
            for owner, name in [("Error", "cause"), ("Object", "request"), ("Object", "value")]
        ),
        pytest.param(
            script(
                f"fetch('{OUT}').catch(e => Object.defineProperty(Error.prototype, 'cause', {{ get: () => e }}));"
                "setTimeout(() => { undefined.x }, 99)"
            ),
            {ERROR},
            id="inherited-getter",
        ),
        *(
            pytest.param(
                page(
                    f"<script>addEventListener('error', e => {{ if (e.target !== window) {stop} }}, true)</script>"
                    f'<script src="{OUT}.js"></script><script>console.error("mine"); throw new Error("mine")</script>'
                ),
                {ERROR, CONSOLE},
                id=f"after-{stop.split('.')[1].split('(')[0]}",
            )
            for stop in ("e.stopPropagation()", "e.stopImmediatePropagation()")
        ),
        pytest.param(
            script(
                f"const x = new XMLHttpRequest(); x.open('GET', '{OUT}'); let failed; x.onerror = e => {{"
                "failed = e }; x.send(); setTimeout(() => {"
                "document.addEventListener('error', () => { throw new Error('mine') }); document.dispatchEvent(failed) }, 99)"
            ),
            {ERROR},
            id="failure-dispatched-again",
        ),
        pytest.param(
            script("navigator.geolocation.getCurrentPosition(() => {}, e => setTimeout(() => console.error('later'), 99))"),
            {CONSOLE},
            id="after-no-place",
        ),
        pytest.param(
            script("navigator.mediaDevices.getUserMedia({}).catch(e => { throw e }); navigator.geolocation.watchPosition(3)"),
            {ERROR, REJECTION},
            id="wrong-wishes",
        ),
        pytest.param(script("navigator.serviceWorker.register('https://api.example/sw.js')"), {REJECTION}, id="worker-of-another"),
        pytest.param(script("document.removeChild(document.createElement('p'))"), {ERROR}, id="another-not-found"),
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


def test_excused_errors_do_not_use_up_what_a_page_may_tell(render: Render) -> None:
    code = f"for (let i = 0; i < 120; i++) fetch('{OUT}').catch(() => console.error('No data ' + i))"
    result = render(script(f"{code}; setTimeout(() => {{ onerror = () => true; throw new Error('mine') }}, 900)"))
    assert ERROR in told(result)


MINE = "async () => { throw new Error('mine') }"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            f"fetch('{OUT}').catch(() => {{}}); for (let i = 0; i < 90; i++) setTimeout({MINE}, i / 3)", id="timers"
        ),
        pytest.param(
            f"for (let i = 0; i < 90; i++) {{ fetch('{OUT}').catch(() => {{}}); setTimeout({MINE}, i / 3) }}",
            id="fetches",
        ),
        pytest.param(f"fetch('{OUT}').catch(() => setTimeout({MINE}, 0))", id="timer-of-a-reaction"),
        pytest.param(
            f"const x = new XMLHttpRequest(); x.open('GET', '{OUT}'); x.onerror = e => {{ e.cancelBubble = true; e.stopImmediatePropagation() }};"
            f"x.onloadend = {MINE}; x.send()",
            id="stopped",
        ),
    ],
)
def test_rejections_of_other_code_are_not_excused_meanwhile(render: Render, code: str) -> None:
    result = render(script(code))
    assert (told(result), result.facts["excused_errors"]) == ({REJECTION}, 0)


def test_nothing_of_ours_is_heard_by_the_page(render: Render) -> None:
    code = (
        "addEventListener('unhandledrejection', e => { document.querySelector('p').textContent += ' heard ' + e.reason });"
        f"fetch('{OUT}').catch(() => {{ throw 'reworded' }});"
    )
    result = render(script(code))
    assert (told(result), result.facts["excused_errors"]) == (set(), 1)
    assert result.facts["page"]["home.png"]["text"].count("heard") == 1
