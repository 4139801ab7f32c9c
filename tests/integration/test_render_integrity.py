"""Functional integrity in the real browser: every way to err, and every way to hide it."""

# ruff: noqa: E501 - pages are easier to read unbroken

from __future__ import annotations

import pytest

from services.rewards.profile import RenderMode
from tests.support.page_rendering import Render, page, renderer, script, told

pytestmark = pytest.mark.stack

ERROR, REJECTION, CONSOLE = "render/page-error", "render/unhandled-rejection", "render/console-error"
MISSING, SUPPRESSED = "render/own-file-missing", "render/errors-suppressed"


@pytest.fixture(scope="module")
def render() -> Render:
    return renderer()


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
