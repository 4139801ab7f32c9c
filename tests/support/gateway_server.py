"""A gateway that listens on loopback, in a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from reward_api.gateway import Server


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[tuple[str, Server]]:
    """Serve the application on a free port; answers with its address once it does."""
    started = threading.Event()
    server = _Announcing(uvicorn.Config(app, log_config=None, access_log=False), app.state.context.waiting.stop)
    server.announce = started.set
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            assert started.wait(30), "the gateway did not start"
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
        finally:
            server.should_exit = True
            thread.join(30)


class _Announcing(Server):
    announce = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.announce()
