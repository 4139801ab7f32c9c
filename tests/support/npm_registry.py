"""A package registry on loopback that speaks enough of npm's protocol for real npm clients."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
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
    """

    daemon_threads = True

    def __init__(self, packages: Packages) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.packages = packages
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str) -> tuple[int, bytes]:
        name = unquote(path.strip("/"))
        if self.status != 200:
            return self.status, b"{}"
        if name.endswith(".tgz"):
            return 200, tarball(name.rpartition("/")[2][:-4], self.packages)
        return (200, self._packument(name)) if name in self.packages else (404, b'{"error":"not_found"}')

    def _packument(self, name: str) -> bytes:
        manifest = {"name": name, **self.packages[name]}
        version = manifest["version"]
        digest = base64.b64encode(hashlib.sha512(tarball(name, self.packages)).digest()).decode()
        dist = {"tarball": f"{self.url}/files/{name}.tgz", "integrity": f"sha512-{digest}"}
        versions = {version: {**manifest, "dist": dist}}
        return json.dumps({"name": name, "dist-tags": {"latest": version}, "versions": versions}).encode()


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
    """One package as npm expects it: its ``package.json`` in a folder ``package``."""
    content = json.dumps({"name": name, **packages[name]}).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("package/package.json")
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
        server.shutdown()
        server.server_close()
        thread.join()
