"""A package registry on loopback whose packages attack whoever installs them."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import tarfile
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

VERSION = "0.0.1"
_CALL = "node -e \"require('net').connect(5432, '127.0.0.1')\""
_BUILD = """#!/usr/bin/env node
const fs = require('fs');
const out = process.argv[process.argv.indexOf('--outDir') + 1];
fs.mkdirSync(out, { recursive: true });
"""
_PLAIN = _BUILD + "fs.writeFileSync(out + '/index.html', fs.readFileSync('index.html', 'utf8'));\n"
_EVIL = _BUILD + "fs.writeFileSync(out + '/index.html', '<h1>EVIL-VITE</h1>');\n"

Manifest = dict[str, object]
PACKAGES: Mapping[str, tuple[Manifest, dict[str, str]]] = {
    "react": ({}, {}),
    "vite": ({"bin": {"vite": "bin/vite.js"}}, {"bin/vite.js": _PLAIN}),
    "abuse-scripts": (
        {"scripts": dict.fromkeys(("preinstall", "install", "postinstall", "prepare"), _CALL)},
        {"binding.gyp": "{}"},
    ),
    "tailwindcss": ({"version": "4.1.0"}, {}),
    "@tailwindcss/vite": ({"version": "4.1.0"}, {}),
    "abuse-bin": ({"bin": {"vite": "vite.js"}}, {"vite.js": _EVIL}),
}


@contextlib.contextmanager
def hostile_registry() -> Iterator[str]:
    """Serve `PACKAGES`; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = unquote(self.path.strip("/"))
        package = name.removeprefix("files/").removesuffix(".tgz")
        found = package in PACKAGES
        body = (
            _tarball(package)
            if name.endswith(".tgz") and found
            else _packument(package, self._base)
            if found
            else b"{}"
        )
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @property
    def _base(self) -> str:
        return f"http://{self.headers['host']}"

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def _manifest(name: str) -> Manifest:
    return {"name": name, "version": VERSION, **PACKAGES[name][0]}


def _packument(name: str, base: str) -> bytes:
    digest = b64encode(hashlib.sha512(_tarball(name)).digest()).decode()
    dist = {"tarball": f"{base}/files/{name}.tgz", "integrity": f"sha512-{digest}"}
    version = str(_manifest(name)["version"])
    versions = {version: {**_manifest(name), "dist": dist}}
    times = {"created": "2024-01-01T00:00:00.000Z", version: "2024-01-01T00:00:00.000Z"}
    return json.dumps({"name": name, "dist-tags": {"latest": version}, "versions": versions, "time": times}).encode()


def _tarball(name: str) -> bytes:
    files = {"package.json": json.dumps(_manifest(name)), **PACKAGES[name][1]}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size, entry.mode = len(text.encode()), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(buffer.getvalue(), mtime=0)
