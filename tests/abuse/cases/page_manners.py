"""Pages that do not leave a visitor in peace: dialogs, windows, reloads, downloads, requests for permission."""

# ruff: noqa: E501 - the attacks are other languages, a statement a line
from __future__ import annotations

from tests.abuse.case import Case, rendered
from tests.abuse.evidence import Evidence
from tests.abuse.pages import HUNG, OUT_OF_MEMORY, SECONDS, attacking, render_failed, says, text_of

DIALOGS = attacking(
    """
const ask = () => { alert('a'); confirm('b'); prompt('c'); print(); say(`answered ${confirm('d')}`); };
for (let round = 0; round < 100; round += 1) ask();
setInterval(ask, 200);
addEventListener('click', ask);
const frame = document.body.appendChild(document.createElement('iframe'));
tried(() => { frame.contentWindow.alert('e'); frame.contentWindow.print(); });
document.execCommand('print');
say('asked');
"""
)
BEFORE_UNLOAD = attacking(
    """
const stay = (event) => { event.preventDefault(); event.returnValue = 'stay'; return 'stay'; };
addEventListener('beforeunload', stay);
onbeforeunload = stay;
for (const name of ['pagehide', 'unload', 'visibilitychange']) addEventListener(name, () => { for (const end = Date.now() + 1e9; Date.now() < end;); });
document.body.tabIndex = 0; document.body.focus(); document.body.click();
setTimeout(() => { location.href = '/elsewhere'; }, 500);
say('stays');
"""
)
WINDOWS = attacking(
    """
const openAll = () => {
  for (let number = 0; number < 10; number += 1) {
    tried(() => window.open('/?' + number));
    tried(() => window.open('about:blank', 'w' + number));
    const link = document.createElement('a');
    Object.assign(link, { href: '/?l' + number, target: '_blank' });
    link.click();
  }
  document.querySelector('form').submit();
};
openAll();
addEventListener('click', openAll);
const frame = document.body.appendChild(document.createElement('iframe'));
for (let number = 0; number < 100; number += 1) tried(() => frame.contentWindow.open('/?f' + number));
say('opened');
""",
    '<form target="_blank" action="/form"></form>',
)
RELOADS = attacking("location.reload();")
PUSHES = attacking(
    """
const many = (count) => { for (let number = 0; number < count; number += 1) tried(() => history.pushState({}, '', '/p' + Math.random())); };
many(20000);
const on = () => { many(50); location.hash = '#' + Math.random(); queueMicrotask(() => tried(() => history.back())); setTimeout(on, 0); };
on();
addEventListener('popstate', () => tried(() => history.forward()));
say('pushed');
"""
)
PERMISSIONS = attacking(
    """
const settled = (name, ask) => { try { Promise.resolve(ask()).then((v) => say(`${name}: got ${v}`), () => {}); } catch {} };
const askAll = () => {
  settled('clipboard', () => navigator.clipboard.readText());
  settled('clipboard write', () => navigator.clipboard.writeText('@TOKEN@').then(() => 0));
  settled('camera', () => navigator.mediaDevices.getUserMedia({ video: true, audio: true }));
  settled('screen', () => navigator.mediaDevices.getDisplayMedia());
  settled('place', () => new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no)));
  settled('notify', () => Notification.requestPermission().then((word) => { if (word !== 'granted') throw word; }));
  settled('files', () => showOpenFilePicker());
  settled('folder', () => showDirectoryPicker());
  settled('usb', () => navigator.usb.requestDevice({ filters: [] }));
  settled('bluetooth', () => navigator.bluetooth.requestDevice({ acceptAllDevices: true }));
  settled('serial', () => navigator.serial.requestPort());
  settled('midi', () => navigator.requestMIDIAccess({ sysex: true }));
  settled('lock', () => document.documentElement.requestPointerLock());
  settled('full', () => document.documentElement.requestFullscreen());
  settled('credentials', () => navigator.credentials.get({ password: true, mediation: 'required' }).then((v) => { if (!v) throw v; }));
  settled('share', () => navigator.share({ title: 'x', url: location.href }));
  for (let number = 0; number < 30; number += 1) {
    const link = document.createElement('a');
    link.download = `file${number}.bin`;
    link.href = URL.createObjectURL(new Blob([new Uint8Array(1e6)]));
    link.click();
  }
  const file = Object.assign(document.createElement('input'), { type: 'file' });
  tried(() => file.click()); tried(() => file.showPicker());
  document.execCommand('paste'); document.execCommand('copy');
};
askAll();
addEventListener('click', askAll);
say('asked');
""",
    '<a href="/attack.js" download="attack.exe">take it</a>',
)


def granted_nothing(evidence: Evidence) -> None:
    says("asked")(evidence)
    assert ": got " not in text_of(evidence), text_of(evidence)[-300:]


CASES = [
    Case("page/dialogs", DIALOGS, (rendered(),), check=says("answered false", "asked"), seconds=SECONDS),
    Case("page/before-unload", BEFORE_UNLOAD, (HUNG, rendered()), 240.0),
    Case("page/windows", WINDOWS, (rendered(),), check=says("opened"), seconds=SECONDS),
    Case("page/reload-loop", RELOADS, (render_failed("render/limit"),), seconds=SECONDS),
    Case("page/push-state-loop", PUSHES, (rendered(), HUNG, OUT_OF_MEMORY), 240.0),
    Case("page/downloads-and-permissions", PERMISSIONS, (rendered(),), check=granted_nothing, seconds=SECONDS),
]
