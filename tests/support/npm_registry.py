"""A package registry on loopback that speaks enough of npm's protocol for real npm clients."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import random
import tarfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

Packages = Mapping[str, Mapping[str, Any]]


class Registry(ThreadingHTTPServer):
    """Attributes:
    packages: name -> one version's ``package.json`` without name, for example ``{"version": "1.0.0"}``.
    status: answers every request with it, where not 200.
    times: name -> when its version was published; packages without one have no time.
    lost: names that are listed and whose tarball is not there.
    damaged: names whose tarball is not what was listed.
    files: address that tarballs are listed at; this registry's own where None.
    asked: paths of all requests, in their order.
    gate: tarballs are sent once it is set.
    waiting: set once somebody waits for a tarball.
    """

    daemon_threads = True

    def __init__(self, packages: Packages) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.packages = packages
        self.status = 200
        self.times: dict[str, str] = {}
        self.lost: set[str] = set()
        self.damaged: set[str] = set()
        self.files: str | None = None
        self.asked: list[str] = []
        self.gate, self.waiting = threading.Event(), threading.Event()
        self.gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str) -> tuple[int, bytes]:
        name = unquote(path.strip("/"))
        self.asked.append(name)
        if self.status != 200:
            return self.status, b"{}"
        if name.endswith(".tgz"):
            return self._tarball(name.removeprefix("files/")[:-4])
        return (200, self._packument(name)) if name in self.packages else (404, b'{"error":"not_found"}')

    def _tarball(self, name: str) -> tuple[int, bytes]:
        self.waiting.set()
        self.gate.wait()
        if name in self.lost:
            return 404, b'{"error":"not_found"}'
        return 200, tarball(name, self.packages) + (b"and more" if name in self.damaged else b"")

    def _packument(self, name: str) -> bytes:
        manifest = {"name": name, **self.packages[name]}
        version = manifest["version"]
        digest = base64.b64encode(hashlib.sha512(tarball(name, self.packages)).digest()).decode()
        dist = {"tarball": f"{self.files or self.url}/files/{name}.tgz", "integrity": f"sha512-{digest}"}
        body = {"name": name, "dist-tags": {"latest": version}, "versions": {version: {**manifest, "dist": dist}}}
        return json.dumps({**body, **({"time": {version: self.times[name]}} if name in self.times else {})}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        status, body = self.server.answer(self.path)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def tarball(name: str, packages: Packages) -> bytes:
    """One package as npm expects it: its ``package.json`` in a folder ``package``, and ``filler`` bytes beside it."""
    manifest = {"name": name, **packages[name]}
    filler = random.Random(0).randbytes(manifest.pop("filler", 0))  # noqa: S311  (what no tar reader takes for a bomb)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in {"package.json": json.dumps(manifest).encode(), "filler.bin": filler}.items():
            if content:
                entry = tarfile.TarInfo(f"package/{path}")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


@contextlib.contextmanager
def registry(packages: Packages) -> Iterator[Registry]:
    server = Registry(packages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
