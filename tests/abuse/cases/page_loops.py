"""Pages that never come to an end: of their work, or of their loading."""

# ruff: noqa: E501 - the attacks are other languages, a statement a line
from __future__ import annotations

from tests.abuse.case import Case, rendered
from tests.abuse.pages import HUNG, OUT_OF_MEMORY, SECONDS, attacking, render_failed, says

BUSY = attacking("for (;;);")
BUSY_FRAME = attacking("requestAnimationFrame(() => { for (;;); });")
BUSY_LATER = attacking("setTimeout(() => { for (;;); }, 5000);")
WORKER = attacking(
    """
for (let number = 0; number < 2; number += 1) new Worker('/loop.js');
const nested = URL.createObjectURL(new Blob(["new Worker(URL.createObjectURL(new Blob(['for(;;);'])));for(;;);"]));
new Worker(nested);
say('working');
""",
    files={"public/loop.js": "for (;;);"},
)
PROMISES = attacking("const again = () => Promise.resolve().then(again); again();")
TIMERS = attacking("const again = () => { setTimeout(again, 0); setTimeout(again, 0); }; setTimeout(again, 100);")
PATTERN = attacking("setTimeout(() => /^(a+)+$/.test('a'.repeat(60) + 'b'), 50);")
LAYOUT = attacking(
    """
let inner = document.body;
for (let depth = 0; depth < 250; depth += 1) {
  const cell = document.createElement('div');
  cell.style.cssText = depth % 2 ? 'display:grid;grid-template-columns:repeat(auto-fit,minmax(min-content,1fr))'
    : 'display:flex;flex-wrap:wrap;height:fit-content;align-items:stretch;container-type:inline-size';
  inner.append(cell);
  cell.append('word word word');
  inner = cell;
}
const on = () => { inner.style.width = Math.random() * 1000 + 'px'; void inner.offsetHeight; };
new ResizeObserver(on).observe(inner);
setInterval(on, 1);
""",
    head="<style>@property --a { syntax: '<number>'; inherits: true; initial-value: 0 }"
    " @keyframes k { to { --a: 1e9; width: 1px } } :has(:has(*)) * { animation: k 1ms infinite; }"
    " body:has(div:nth-child(n + 1) ~ div) div { color: #123 }</style>",
)
NEVER_LOADS = attacking(
    """
say('open');
const frame = document.body.appendChild(document.createElement('iframe'));
frame.contentDocument.open(); frame.contentDocument.write('<p>and so on');
const own = document.body.appendChild(document.createElement('iframe'));
own.src = '/?deeper' + location.search.length;
if (self !== top) { document.open(); document.write('<p>never closed'); }
addEventListener('load', (event) => event.stopImmediatePropagation(), true);
""",
)
FONTS = attacking(
    """
Object.defineProperty(document.fonts, 'ready', { value: new Promise(() => {}) });
Object.defineProperty(FontFaceSet.prototype, 'ready', { value: new Promise(() => {}) });
Object.defineProperty(FontFaceSet.prototype, 'status', { value: 'loading' });
const load = () => { const face = new FontFace('f' + Math.random(), 'url(/fonts/f.woff2)'); document.fonts.add(face); face.load().catch(load); };
load();
say('waiting');
""",
    head="<style>@font-face { font-family: Never; src: url(https://fonts.example.com/never.woff2); font-display: block }"
    " body { font-family: Never, sans-serif }</style>",
)
POLLING = attacking(
    """
let count = 0;
const poll = () => fetch('/poll.txt?' + (count += 1)).then((answer) => answer.text()).then(poll, poll);
for (let number = 0; number < 6; number += 1) poll();
setInterval(() => { new Image().src = '/poll.txt?i' + Math.random(); }, 5);
setInterval(() => fetch('https://api.example.com/' + Math.random()).catch(() => {}), 5);
""",
    files={"public/poll.txt": "again"},
)
STREAMING = attacking(
    """
const endless = () => new ReadableStream({ pull: (to) => new Promise((yes) => setTimeout(yes, 10)).then(() => to.enqueue(new Uint8Array(1000))) });
const read = async () => { for (const from = new Response(endless()).body.getReader();;) await from.read(); };
read();
fetch('/poll.txt', { method: 'POST', body: endless(), duplex: 'half' }).catch(() => say('refused'));
const video = document.createElement('video');
const source = new MediaSource(); video.src = URL.createObjectURL(source); video.autoplay = true;
document.body.append(video);
say('streaming');
""",
    files={"public/poll.txt": "again"},
)

SLOW = 240.0
"""Where a page spends its CPU time before it is given up, and others beside it do the same."""

CASES = [
    Case("page/busy-loop", BUSY, (HUNG,), SLOW),
    Case("page/busy-animation-frame", BUSY_FRAME, (HUNG,), SLOW),
    Case("page/busy-after-the-photograph", BUSY_LATER, (rendered("render/hung"),), SLOW),
    Case("page/busy-workers", WORKER, (rendered(), HUNG), SLOW),
    Case("page/promise-chain", PROMISES, (HUNG, OUT_OF_MEMORY), SLOW),
    Case("page/timer-chain", TIMERS, (rendered(), HUNG, OUT_OF_MEMORY), SLOW),
    Case("page/backtracking-pattern", PATTERN, (HUNG,), SLOW),
    Case("page/endless-layout", LAYOUT, (rendered(), HUNG), SLOW),
    Case("page/load-never-fires", NEVER_LOADS, (rendered(),), check=says("open"), seconds=SECONDS),
    Case("page/fonts-never-ready", FONTS, (rendered(), render_failed("render/limit")), SLOW),
    Case("page/polling", POLLING, (render_failed("render/limit"), rendered()), SLOW),
    Case("page/streaming", STREAMING, (rendered(),), SLOW, check=says("streaming")),
]
