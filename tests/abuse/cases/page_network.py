"""Pages that reach out: to other machines, to this one's own services and files, to addresses of the browser itself."""

# ruff: noqa: E501 - the attacks are other languages, a statement a line
from __future__ import annotations

from tests.abuse.case import Case, rendered
from tests.abuse.evidence import Evidence
from tests.abuse.ground import Ground
from tests.abuse.pages import OUT_OF_MEMORY, SECONDS, attacking, canary_pictures, render_failed, says, text_of
from tests.abuse.reporting import arrived

PLACES = "['127.0.0.1:6379', '127.0.0.1:8080', '127.0.0.1:5432', '127.0.0.1:4173', 'localhost:4173', '0.0.0.0:8080', '[::1]:8080', '169.254.169.254', '[fd00:ec2::254]', 'example.com']"
CALLS = """
const element = (name, attributes) => document.body.appendChild(Object.assign(document.createElement(name), attributes));
const call = (place) => {
  const http = `http://${place}/`;
  tried(() => { new WebSocket(`ws://${place}/`).onmessage = () => say('reached'); });
  tried(() => { new EventSource(http).onmessage = () => say('reached'); });
  tried(() => navigator.sendBeacon(http, 'x'));
  tried(() => fetch(http, { mode: 'no-cors', keepalive: true }).then((a) => a.text()).catch(() => {}));
  tried(() => { new WebTransport(`https://${place}/`).ready.catch(() => {}); });
  tried(() => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${place}` }, { urls: `turn:${place}?transport=tcp`, username: 'u', credential: 'c' }] });
    peer.createDataChannel('x');
    peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  });
  for (const rel of ['preconnect', 'dns-prefetch', 'prefetch', 'preload', 'modulepreload', 'stylesheet', 'icon', 'manifest']) element('link', { rel, as: 'fetch', href: http });
  for (const name of ['img', 'video', 'audio', 'embed', 'script']) element(name, { src: http });
  element('object', { data: http });
  const frame = element('iframe', { name: 'f' + place });
  const form = element('form', { action: http, method: 'post', target: frame.name });
  tried(() => form.submit());
  tried(() => { const link = element('a', { href: '/', ping: http }); link.addEventListener('click', (e) => e.preventDefault()); link.click(); });
};
PLACES.forEach(call);
""".replace("PLACES", PLACES)
IN_WORKER = f"""
for (const place of {PLACES}) {{
  try {{ new WebSocket('ws://' + place); }} catch {{}}
  fetch('http://' + place, {{ mode: 'no-cors' }}).catch(() => {{}});
  try {{ importScripts('http://' + place + '/x.js'); }} catch {{}}
}}
postMessage('called');
"""
CONNECTIONS = attacking(
    CALLS + "say('called'); new Worker('/calls.js').onmessage = (event) => say('worker ' + event.data);",
    files={"public/calls.js": IN_WORKER},
)
FRAMES = attacking(
    """
for (const [place, path] of [['127.0.0.1:6379', '/'], ['127.0.0.1:8080', '/v1/evaluations'], ['169.254.169.254', '/latest/meta-data/'], ['[fd00:ec2::254]', '/']]) {
  const frame = document.body.appendChild(document.createElement('iframe'));
  frame.src = `http://${place}${path}`;
  frame.onload = () => { const seen = tried(() => frame.contentDocument.body.innerText); if (seen) say('reached'); };
}
say('framed');
"""
)


def later(code: str) -> str:
    """Code that runs when the page is there: a navigation that leads nowhere stops what still loads."""
    return f"addEventListener('load', () => setTimeout(() => {{ {code} }}, 200));"


ADDRESSES = """['file://@SECRET_FILE@', 'file://@SECRET_PAGE@', 'view-source:file://@SECRET_FILE@', 'file:///proc/self/environ', 'filesystem:http://localhost:4173/temporary/x',
  'chrome://version', 'chrome://settings', 'chrome://gpu', 'chrome-extension://x/y.html', 'devtools://devtools/bundled/inspector.html', 'view-source:http://127.0.0.1:8080/', 'ftp://127.0.0.1/', 'mailto:a@example.com', 'x-scheme:y']"""
KILLERS = "['chrome://crash', 'chrome://kill', 'chrome://gpucrash', 'chrome://hang', 'chrome://memory-exhaust', 'chrome://quit', 'chrome://restart', 'chrome://inducebrowsercrashforrealz', 'chrome://gpukill', 'chrome://badcastcrash']"
VISITS = """
const visit = (address) => {
  tried(() => window.open(address));
  const frame = document.body.appendChild(document.createElement('iframe'));
  tried(() => { frame.src = address; });
  tried(() => fetch(address).then((answer) => answer.text()).then((text) => say('read ' + text), () => {}));
  for (const name of ['img', 'embed', 'script']) tried(() => { document.body.appendChild(document.createElement(name)).src = address; });
  tried(() => { document.body.appendChild(document.createElement('object')).data = address; });
  tried(() => { const link = document.createElement('a'); link.href = address; link.click(); });
  tried(() => { location.href = address; });
};
"""
SCHEMES = attacking(later(f"{VISITS}{ADDRESSES}.forEach(visit); say('visited');"))
ONLY_FILE = attacking("location.replace('file://@SECRET_PAGE@'); say('stays');")
KILLS = attacking(later(f"{VISITS}{KILLERS}.forEach(visit); say('visited');"))
SCRIPTS = attacking(
    """
location.href = "javascript:void(window.ran = 'ran')";
const frame = document.body.appendChild(document.createElement('iframe'));
frame.src = "javascript:'<p>from javascript</p>'";
setTimeout(() => say(String(window.ran)), 100);
setTimeout(() => { const page = new Blob(['<h1>Blob page</h1><p>@UNIQUE@, a page of its own.</p><script>for (const name of [1, 2]) try { top.alert(name); } catch {}</' + 'script>'], { type: 'text/html' });
  const address = URL.createObjectURL(page);
  document.body.appendChild(document.createElement('iframe')).src = address;
  if (location.hash !== '#stay') location.href = address; }, 300);
"""
)
LONG_ADDRESSES = attacking(
    """
const long = 'a'.repeat(1900000);
for (let number = 0; number < 40; number += 1) fetch('/?' + number + long).catch(() => {});
for (let number = 0; number < 40; number += 1) new Image().src = 'https://example.com/?' + number + long;
for (let number = 0; number < 20; number += 1) fetch('/x', { method: 'POST', body: 'b'.repeat(20000000) }).catch(() => {});
location.hash = long;
document.title = long.repeat(20);
for (let number = 0; number < 100; number += 1) tried(() => history.replaceState({ long }, '', '#' + number + long));
say('long');
"""
)
MANY_REQUESTS = attacking(
    """
const tail = 'a'.repeat(200000);
for (let number = 0; number < 20000; number += 1) fetch(`/missing-${number}.json?${tail}`).catch(() => {});
"""
)


def calls_arrive(ground: Ground) -> None:
    before = {name: ground.canaries.reached(name) for name in REACHED}
    ground.browse(
        f"<body><script>const tried = (act) => {{ try {{ act(); }} catch {{}} }}; const say = () => 0;{CALLS}</script>"
    )
    for name in REACHED:
        arrived(ground, name, before[name])


REACHED = ("redis", "gateway", "database", "preview", "metadata-v4", "metadata-v6")


def files_are_read(ground: Ground) -> None:
    shown = ground.browse(
        f"<iframe src='file://{ground.canaries.file}'></iframe><script>location = 'file://{ground.canaries.page}'</script>"
    )
    assert ground.canaries.secret in shown, shown[-300:]


def shows_no_canary(evidence: Evidence) -> None:
    assert not canary_pictures(evidence), f"the canary page is on {canary_pictures(evidence)}"


def visited_in_vain(evidence: Evidence) -> None:
    shows_no_canary(evidence)
    says("visited")(evidence)
    assert "[read" not in text_of(evidence), text_of(evidence)[-300:]


def called_in_vain(evidence: Evidence) -> None:
    says("called", "worker called")(evidence)
    assert "[reached]" not in text_of(evidence)


def is_replaced(evidence: Evidence) -> None:
    assert "Blob page" in text_of(evidence), text_of(evidence)[-300:]


def framed_in_vain(evidence: Evidence) -> None:
    says("framed")(evidence)
    assert "[reached]" not in text_of(evidence)


CASES = [
    Case("page/connections", CONNECTIONS, (rendered(),), live=calls_arrive, check=called_in_vain, seconds=SECONDS),
    Case("page/internal-frames", FRAMES, (rendered(),), check=framed_in_vain, seconds=SECONDS),
    Case("page/addresses-of-the-machine", SCHEMES, (rendered(),), check=visited_in_vain, seconds=SECONDS),
    Case("page/only-a-file", ONLY_FILE, (rendered(),), live=files_are_read, check=shows_no_canary, seconds=SECONDS),
    Case("page/addresses-that-crash", KILLS, (rendered(),), check=visited_in_vain, seconds=SECONDS),
    Case("page/script-and-blob-addresses", SCRIPTS, (rendered(),), check=is_replaced, seconds=SECONDS),
    Case("page/long-addresses", LONG_ADDRESSES, (rendered(), render_failed("render/limit"), OUT_OF_MEMORY), 120.0),
    Case("page/many-requests", MANY_REQUESTS, (rendered(), render_failed("render/limit"), OUT_OF_MEMORY), 120.0),
]
