"""Pages that tell a great deal: to the console, to themselves, to whoever measures them."""

# ruff: noqa: E501 - the attacks are other languages, a statement a line
from __future__ import annotations

from tests.abuse.case import Case, rendered
from tests.abuse.pages import CRASHED, HUNG, OUT_OF_MEMORY, attacking

BORNE = (rendered(), HUNG, OUT_OF_MEMORY, CRASHED)
SLOW = 240.0

CONSOLE = attacking(
    """
for (const name of ['log', 'warn', 'info', 'debug', 'table', 'trace', 'dir']) for (let number = 0; number < 150000; number += 1) console[name]('flood', number);
for (let number = 0; number < 100000; number += 1) console.error('flood ' + number);
say('flooded');
"""
)
LONG_MESSAGE = attacking(
    """
const long = 'm'.repeat(60000000);
for (let number = 0; number < 5; number += 1) console.error(long + number);
console.error({ long }, [long], new Error(long));
setTimeout(() => { throw new Error(long); });
Promise.reject(long);
say('told');
"""
)
WORKER_CONSOLE = attacking(
    "new Worker('/flood.js').onmessage = () => say('flooded'); say('working');",
    files={
        "public/flood.js": "const long = 'w'.repeat(1e5); for (let n = 0; n < 1e5; n += 1) console.log(long, n); postMessage(0);"
    },
)
FRAME_CONSOLE = attacking(
    """
const frame = document.body.appendChild(document.createElement('iframe'));
const inside = frame.contentWindow.console;
for (let number = 0; number < 100000; number += 1) inside.error('from a frame', number);
const native = Object.getOwnPropertyDescriptor(inside, 'error');
for (let number = 0; number < 300; number += 1) {
  const other = document.body.appendChild(document.createElement('iframe'));
  for (let count = 0; count < 100; count += 1) other.contentWindow.console.error('from another frame', count);
}
say('flooded');
"""
)
ERRORS = attacking(
    """
for (let number = 0; number < 100000; number += 1) dispatchEvent(new ErrorEvent('error', { message: 'e' + number, error: new Error('e' + number) }));
for (let number = 0; number < 100000; number += 1) Promise.reject(new Error('r' + number));
for (let number = 0; number < 20000; number += 1) setTimeout(() => { throw new Error('t' + number); });
for (let number = 0; number < 1000; number += 1) reportError(new Error('x'.repeat(1000000) + number));
say('thrown');
"""
)
MESSAGES = attacking(
    """
const frames = [...Array(5)].map(() => document.body.appendChild(document.createElement('iframe')).contentWindow);
const big = new Uint8Array(1e6);
let count = 0;
addEventListener('message', () => { count += 1; if (count < 200000) { postMessage(count, '*'); if (count % 100 === 0) frames.forEach((frame) => frame.postMessage(big, '*')); } });
for (let number = 0; number < 50000; number += 1) postMessage(number, '*');
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => port1.postMessage(0); port2.onmessage = () => port2.postMessage(0); port1.postMessage(0);
const channel = new BroadcastChannel('x'); const other = new BroadcastChannel('x'); other.onmessage = () => { if (count < 200000) channel.postMessage(0); }; channel.postMessage(0);
say('sent');
"""
)
GIANT_TEXTS = attacking(
    """
if (location.pathname !== '/') throw new Error('only at home: every route would be the same');
document.title = 't'.repeat(20000000);
location.hash = 'h'.repeat(1000000);
document.documentElement.setAttribute('data-x', 'a'.repeat(5000000));
const links = document.createElement('nav');
links.innerHTML = [...Array(100000)].map((_, n) => `<a href="/${'p'.repeat(n % 50)}/${n}" aria-label="${'l'.repeat(50)}">${n}</a>`).join(' ');
document.body.append(links);
const button = document.createElement('button'); button.textContent = 'b'.repeat(3000000); links.prepend(button);
say('long');
"""
)

CASES = [
    Case("page/console-flood", CONSOLE, BORNE, SLOW),
    Case("page/message-of-60-mb", LONG_MESSAGE, BORNE, SLOW),
    Case("page/console-flood-by-worker", WORKER_CONSOLE, (rendered(), HUNG, OUT_OF_MEMORY), SLOW),
    Case("page/console-flood-by-frames", FRAME_CONSOLE, BORNE, SLOW),
    Case("page/error-flood", ERRORS, BORNE, SLOW),
    Case("page/post-message-flood", MESSAGES, BORNE, SLOW),
    Case("page/giant-texts", GIANT_TEXTS, BORNE, SLOW),
]
