"""Pages that take more memory, nodes or pixels than a browser has, and pages that end their own renderer."""

# ruff: noqa: E501 - the attacks are other languages, a statement a line
from __future__ import annotations

from tests.abuse.case import Case, rendered
from tests.abuse.pages import CRASHED, HUNG, OUT_OF_MEMORY, attacking, says

ENDED = (OUT_OF_MEMORY, CRASHED, HUNG)
BORNE = (rendered(), *ENDED)
SLOW = 240.0

BUFFERS = attacking(
    "const kept = []; setInterval(() => { for (let n = 0; n < 20; n += 1) tried(() => { const b = new Uint8Array(5e7);"
    " for (let at = 0; at < b.length; at += 4096) b[at] = at; kept.push(b); }); }, 1);"
)
WASM = attacking(
    """
const kept = [];
const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 16, 0, 11]);
WebAssembly.instantiate(code).then(({ instance }) => tried(() => instance.exports.f()));
tried(() => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 255, 255, 255, 255, 255])));
const grow = () => {
  for (let number = 0; number < 20; number += 1) tried(() => {
    const memory = new WebAssembly.Memory({ initial: 800, maximum: 65536 });
    const bytes = new Uint8Array(memory.buffer);
    for (let at = 0; at < bytes.length; at += 4096) bytes[at] = at;
    kept.push(memory);
  });
};
setInterval(grow, 1);
"""
)
STRINGS = attacking(
    "const kept = []; setInterval(() => { for (let n = 0; n < 20; n += 1) kept.push(document.body.appendChild("
    "document.createTextNode('x'.repeat(2e7 + kept.length)))); }, 1);"
)
BLOBS = attacking(
    "const kept = []; const bytes = new Uint8Array(5e7).fill(1); setInterval(() => { for (let n = 0; n < 10; n += 1)"
    " kept.push(URL.createObjectURL(new Blob([bytes, String(n)]))); }, 1);"
)
HEAP = attacking("const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length + 0.5));")
DEEP = attacking(
    """
let inner = document.body;
for (let depth = 0; depth < 200000; depth += 1) { const next = document.createElement('b'); inner.append(next); inner = next; }
inner.append('deep');
tried(() => document.body.innerText); tried(() => document.body.cloneNode(true)); tried(() => new XMLSerializer().serializeToString(document));
"""
)
NODES = attacking(
    "const on = () => { const all = document.createDocumentFragment(); for (let n = 0; n < 1e6; n += 1)"
    " all.append(document.createElement('i'), 'x'); document.body.append(all); say('a million'); }; setTimeout(on, 100);"
)
FRAMES = attacking(
    "const on = () => { for (let n = 0; n < 1000; n += 1) document.body.append(document.createElement('iframe')); };"
    " for (let round = 0; round < 100; round += 1) setTimeout(on, 10 * round);"
)
TALL = attacking(
    "say('tall');",
    '<div style="width: 3000000px; height: 10000000px; background: linear-gradient(red, blue); box-shadow: 0 0 999px red">'
    "</div><p>the end</p>",
)
CANVASES = attacking(
    """
const paint = (side) => tried(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const brush = canvas.getContext('2d', { willReadFrequently: side % 2 === 1 });
  brush.fillRect(0, 0, side, side);
  document.body.append(canvas);
  tried(() => canvas.toDataURL().length);
});
paint(16384);
paint(65535);
say('painted');
"""
)
MANY_CANVASES = attacking(
    """
for (let number = 0; number < 2000; number += 1) tried(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1000, height: 1000 });
  canvas.getContext('2d').fillRect(0, 0, 1000, 1000);
  document.body.append(canvas);
});
say('painted');
"""
)
SHADER = (
    "precision highp float; void main() { float x = gl_FragCoord.x; for (int i = 0; i < 2000000000; i++)"
    " { x = sin(x) + cos(x * float(i)); } gl_FragColor = vec4(x); }"
)
WEBGL = attacking(
    """
const run = () => tried(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 4096, height: 4096 });
  document.body.append(canvas);
  const gl = canvas.getContext('webgl2') || canvas.getContext('webgl');
  if (!gl) { say('no webgl'); return; }
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, 'attribute vec4 p; void main() { gl_Position = p; }'], [gl.FRAGMENT_SHADER, ENDLESS]]) {
    const shader = gl.createShader(kind); gl.shaderSource(shader, text); gl.compileShader(shader); gl.attachShader(program, shader);
  }
  gl.linkProgram(program); gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0); gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  tried(() => gl.bufferData(gl.ARRAY_BUFFER, 2 ** 31, gl.STATIC_DRAW));
  tried(() => gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 16384, 16384, 0, gl.RGBA, gl.UNSIGNED_BYTE, null));
  tried(() => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)));
  tried(() => gl.getExtension('WEBGL_lose_context').loseContext());
});
for (let number = 0; number < 40; number += 1) run();
tried(() => navigator.gpu.requestAdapter().then((adapter) => adapter && adapter.requestDevice()).catch(() => {}));
say('drawn');
""".replace("ENDLESS", repr(SHADER))
)

CASES = [
    Case("page/array-buffers", BUFFERS, ENDED, SLOW),
    Case("page/wasm-memory", WASM, ENDED, SLOW),
    Case("page/endless-text", STRINGS, BORNE, SLOW),
    Case("page/endless-blobs", BLOBS, BORNE, SLOW),
    Case("page/heap", HEAP, ENDED, SLOW),
    Case("page/deep-tree", DEEP, BORNE, SLOW),
    Case("page/million-nodes", NODES, BORNE, SLOW),
    Case("page/hundred-thousand-frames", FRAMES, BORNE, SLOW),
    Case("page/ten-million-pixels", TALL, (rendered(),), SLOW, check=says("tall")),
    Case("page/canvas-16k", CANVASES, BORNE, SLOW),
    Case("page/many-canvases", MANY_CANVASES, BORNE, SLOW),
    Case("page/webgl", WEBGL, BORNE, SLOW),
]
