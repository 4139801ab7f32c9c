"""Pages that leave something for the next job, lie to whoever measures them, or tell a browser from a visitor."""

# ruff: noqa: E501 - the attacks are other languages, a statement a line
from __future__ import annotations

import re

from tests.abuse.case import Case, rendered
from tests.abuse.evidence import Evidence
from tests.abuse.pages import SECONDS, attacking, facts_of, render_failed, says, text_of

LEAVE = """
localStorage.setItem('token', '@TOKEN@');
sessionStorage.setItem('token', '@TOKEN@');
document.cookie = 'token=@TOKEN@; path=/; max-age=99999999';
tried(() => cookieStore.set('kept', '@TOKEN@'));
name = '@TOKEN@';
caches.open('token').then((cache) => cache.put('/token', new Response('@TOKEN@')));
tried(() => navigator.storage.persist());
tried(() => navigator.storage.getDirectory().then((root) => root.getFileHandle('token', { create: true })).then((file) => file.createWritable()).then((to) => to.write('@TOKEN@').then(() => to.close())));
const opening = indexedDB.open('token', 1);
opening.onupgradeneeded = () => opening.result.createObjectStore('token').put('@TOKEN@', 'token');
tried(() => navigator.serviceWorker.register('/worker.js').catch(() => {}));
tried(() => new SharedWorker('/shared.js'));
"""
LOOK = """
const tell = (place, value) => { if (value) say(`${place}: ${value}`); };
const look = async () => {
  tell('local', localStorage.getItem('token'));
  tell('session', sessionStorage.getItem('token'));
  tell('cookie', document.cookie);
  tell('name', name);
  for (const key of await caches.keys()) tell('cache', await (await caches.open(key)).match('/token').then((found) => found && found.text()));
  for (const base of await indexedDB.databases()) await new Promise((done) => { const opened = indexedDB.open(base.name);
    opened.onsuccess = () => { const asked = opened.result.transaction('token').objectStore('token').get('token'); asked.onsuccess = () => { tell('database', asked.result); done(); }; }; });
  const root = await navigator.storage.getDirectory();
  for await (const [file] of root.entries()) tell('file', await (await (await root.getFileHandle(file)).getFile()).text());
  for (const worker of await navigator.serviceWorker.getRegistrations()) tell('worker', worker.scope);
  tell('served', await fetch('/token.txt').then((answer) => answer.ok ? answer.text() : ''));
  say('looked');
};
setTimeout(look, 500);
"""
SERVICE_WORKER = (
    "addEventListener('install', () => skipWaiting()); addEventListener('activate', (e) => e.waitUntil(clients.claim()));"
    "addEventListener('fetch', (e) => e.respondWith(new Response('@TOKEN@')));"
)
FILES = {
    "public/worker.js": SERVICE_WORKER,
    "public/shared.js": "onconnect = (e) => e.ports[0].postMessage('@TOKEN@');",
}
PERSISTENT = attacking(LEAVE + LOOK, files=FILES)
NEXT = attacking(LOOK, files={"public/token.txt": ""})

LIES = """
const lie = (owner, name, value) => tried(() => Object.defineProperty(owner, name, { configurable: true, get: () => value, set: () => {} }));
const full = () => ({ x: 0, y: 0, top: 0, left: 0, right: 1280, bottom: 800, width: 1280, height: 800, toJSON: () => ({}) });
const words = 'A splendid page of many words. '.repeat(200);
lie(Element.prototype, 'getBoundingClientRect', full);
lie(Element.prototype, 'checkVisibility', () => true);
lie(Element.prototype, 'querySelectorAll', () => []);
lie(Document.prototype, 'querySelectorAll', () => []);
lie(Document.prototype, 'querySelector', () => null);
lie(HTMLElement.prototype, 'innerText', words);
lie(Node.prototype, 'textContent', words);
lie(Document.prototype, 'title', words);
lie(Document.prototype, 'getAnimations', () => { throw new Error('no'); });
lie(Element.prototype, 'children', [1]);
lie(window, 'getComputedStyle', () => ({ visibility: 'visible', fontSize: '40px' }));
lie(Performance.prototype, 'getEntriesByName', () => [{}]);
lie(Performance.prototype, 'getEntriesByType', () => [{ startTime: 1 }]);
lie(Performance.prototype, 'now', () => 0);
for (const name of ['Math', 'Reflect']) for (const key of Reflect.ownKeys(window[name])) tried(() => { window[name][key] = () => 0; });
JSON.stringify = () => '"nothing"'; JSON.parse = () => ({});
Date.now = () => 0; Date = function () { return { getTime: () => 0 }; };
for (const key of ['map', 'filter', 'slice', 'some', 'push', 'join', 'flatMap']) Array.prototype[key] = () => { throw new Error('patched'); };
for (const key of ['slice', 'trim', 'replace', 'split']) String.prototype[key] = () => words;
Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw new Error('patched'); };
Promise.prototype.then = () => { throw new Error('patched'); };
Object.prototype.get = () => 0; Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'nothing', configurable: true });
requestAnimationFrame = () => 0; setTimeout = setInterval = () => 0; queueMicrotask = () => 0;
addEventListener = EventTarget.prototype.addEventListener = () => {};
Array.prototype[Symbol.iterator] = () => { throw new Error('patched'); };
"""
LYING_BLANK = attacking("document.body.innerHTML = '';" + LIES)
LYING_LATE = attacking(f"setTimeout(() => {{ {LIES} }}, 1000);")
SHADOWS = attacking(
    body="".join(
        f'<img name="{name}" alt="" width="1" height="1" /><form name="{name}"><input name="{name}" /></form>'
        for name in (
            "querySelector",
            "querySelectorAll",
            "getAnimations",
            "body",
            "documentElement",
            "title",
            "createTreeWalker",
            "fonts",
            "defaultView",
            "cookie",
            "children",
            "childNodes",
            "innerWidth",
        )
    ),
    code="say('shadowed');",
)
SNIFFING = attacking(
    """
const signs = {
  webdriver: navigator.webdriver, headless: /headless/i.test(navigator.userAgent), brand: /headless/i.test(JSON.stringify((navigator.userAgentData || {}).brands || '')),
  playwright: Object.keys(window).some((name) => /playwright|webdriver|cdc_|puppeteer|__pw/i.test(name)),
  plugins: navigator.plugins.length === 0, chrome: !window.chrome, languages: navigator.languages.length === 0,
  notify: window.Notification && Notification.permission === 'denied' && navigator.permissions === undefined, window: outerWidth === 0 || outerHeight === 0, screen: screen.width < innerWidth,
};
const seen = Object.keys(signs).filter((name) => signs[name]);
say(`agent ${navigator.userAgent}`);
for (const name of seen) say(`${name} tells`);
say('sniffed');
"""
)


def keeps_for_itself(evidence: Evidence) -> None:
    """The attack found, on its own page, what it had put there: so a second site that finds nothing proves a wall."""
    says("looked")(evidence)
    text = text_of(evidence)
    for place in ("local", "session", "cookie", "cache", "database", "name"):
        assert f"{place}: " in text, f"it could not keep anything in {place}: {text[-300:]}"


def measured_truly(evidence: Evidence) -> None:
    facts = facts_of(evidence)["page"]["home.png"]
    assert "splendid" not in facts["text"] + facts["title"], facts["text"][:200]
    assert facts["text_length"] < 1_000, facts["text_length"]
    assert facts["headings"] == 1, facts["headings"]


KNOWN_SIGNS = {"brand", "plugins", "chrome"}
"""What a page can still tell by; `docs/architecture.md` says so."""


def looks_like_a_visitor(evidence: Evidence) -> None:
    says("sniffed")(evidence)
    signs = set(re.findall(r"\[(\w+) tells\]", text_of(evidence)))
    assert signs <= KNOWN_SIGNS, signs


CASES = [
    Case(
        "page/persistence", PERSISTENT, (rendered(),), check=keeps_for_itself, after=NEXT, followers=4, seconds=SECONDS
    ),
    Case("page/lies-over-blank", LYING_BLANK, (render_failed("render/blank"),), seconds=SECONDS),
    Case("page/lies-later", LYING_LATE, (rendered(),), check=measured_truly, seconds=SECONDS),
    Case("page/shadowed-names", SHADOWS, (rendered(), render_failed("render/unmeasured")), seconds=SECONDS),
    Case("page/sniffs-automation", SNIFFING, (rendered(),), check=looks_like_a_visitor, seconds=SECONDS),
]
