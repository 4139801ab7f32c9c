"""A server that speaks S3, on loopback."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from services.settings import S3Settings


@dataclass(frozen=True, slots=True)
class S3Server:
    endpoint: str

    def bucket(self, prefix: str = "") -> S3Settings:
        """Settings of a fresh, empty bucket."""
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        httpx.put(f"{self.endpoint}/{name}").raise_for_status()
        settings = {"bucket": name, "prefix": prefix, "endpoint": self.endpoint, "timeout": 5}
        return S3Settings.model_validate({**settings, "access_key": "key", "secret_key": "secret"})


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    from moto.server import ThreadedMotoServer  # slow to load, and this module is loaded with every test

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()
