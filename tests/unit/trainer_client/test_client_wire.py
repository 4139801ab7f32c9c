"""The client on a real socket: a server that takes the work and hangs up before it answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from trainer_client import AsyncRewardClient, ClientLimits, DeadlineExceeded, RewardClient, Scores


@pytest.fixture
def address(service: Any) -> Iterator[str]:
    """The fake service behind a real HTTP server; a lost answer closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                answer = service(httpx.Request("POST", f"http://service.test{self.path}", content=content))
            except httpx.ReadError:
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_lost_answers_cost_nothing(address: str, service: Any, quick: ClientLimits) -> None:
    def lose(request: httpx.Request, _response: httpx.Response) -> httpx.Response:
        raise httpx.ReadError("hung up", request=request)

    service.troubles = [lose, lose]
    with RewardClient(address, limits=quick) as client:
        scores = client.score([{"instruction": "a", "completion": "b"}] * 2, run="r", deadline=30.0)
    assert scores.rewards == [0.0, 1.0]
    assert len(service.by_rollout) == 2


def test_nobody_there_is_said_within_the_deadline(quick: ClientLimits) -> None:
    with RewardClient("http://127.0.0.1:1", limits=quick) as client, pytest.raises(DeadlineExceeded, match="Connect"):
        client.ping(deadline=0.1)


def test_one_client_serves_one_event_loop_after_another(address: str, quick: ClientLimits) -> None:
    """Connections belong to the loop that opened them, and its end is not the client's."""
    client = AsyncRewardClient(address, limits=quick)

    async def score(run: str) -> Scores:
        try:
            return await client.score([{"instruction": "a", "completion": run}], run=run, deadline=30.0)
        finally:
            await client.aclose()

    assert [len(asyncio.run(score(run)).rewards) for run in ("a", "b")] == [1, 1]


def test_two_event_loops_may_share_one_client(address: str, quick: ClientLimits) -> None:
    client = AsyncRewardClient(address, limits=quick)
    met = threading.Barrier(2, timeout=30)
    found: list[Scores] = []

    async def score(run: str) -> None:
        async with client:
            met.wait()
            sent = [{"instruction": "a", "completion": f"{run}{n}"} for n in range(8)]
            found.append(await client.score(sent, run=run, deadline=30.0))
            met.wait()

    threads = [threading.Thread(target=asyncio.run, args=(score(run),)) for run in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [scores.complete for scores in found] == [True, True]


def test_no_more_connections_are_opened_than_are_allowed(service: Any, quick: ClientLimits) -> None:
    opened: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            opened.append(self.client_address)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            answer = service(httpx.Request("POST", f"http://service.test{self.path}", content=content))
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    async def main(url: str) -> None:
        async with AsyncRewardClient(url, limits=replace(quick, connections=2, idle_seconds=300.0)) as client:
            sent = ([{"instruction": "a", "completion": f"{n}"}] for n in range(8))
            await asyncio.gather(*(client.submit(each, run="r", deadline=60.0) for each in sent))

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        asyncio.run(main(f"http://127.0.0.1:{server.server_port}"))
        server.shutdown()
        thread.join()
    assert len(opened) == 2
