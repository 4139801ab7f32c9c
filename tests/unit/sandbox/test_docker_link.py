"""The engine's multiplexed stream, however it is cut."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from services.sandbox.docker.link import Link
from services.sandbox.docker.relay import Sink


@pytest.fixture
def ends() -> Iterator[tuple[Link, socket.socket]]:
    ours, engines = socket.socketpair()
    link = Link(ours)
    with engines:
        yield link, engines
    link.close()


def framed(stream: int, content: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


def hear(link: Link) -> dict[int, bytes]:
    heard = {1: b"", 2: b""}
    while pieces := link.move(0.05):
        for stream, piece in pieces:
            heard[stream] += piece
    return heard


@pytest.mark.parametrize("size", [1, 5, 8, 9, 1_000])
def test_streams_are_kept_apart(ends: tuple[Link, socket.socket], size: int) -> None:
    link, engine = ends
    stream = framed(1, b"out") + framed(2, b"error" * 10) + framed(1, b"") + framed(1, b"more")
    heard = {1: b"", 2: b""}
    for at in range(0, len(stream), size):
        engine.sendall(stream[at : at + size])
        for number, piece in link.move(1.0):
            heard[number] += piece
    assert heard == {1: b"outmore", 2: b"error" * 10}


def test_what_is_put_in_leaves_while_it_is_listened_to(ends: tuple[Link, socket.socket]) -> None:
    link, engine = ends
    engine.settimeout(5)
    link.put(b"x" * 1_000_000)
    received = 0
    while received < 1_000_000:
        link.move(0.0)
        received += len(engine.recv(1 << 20))
    assert link.sent


def test_a_container_that_ended_is_not_alive(ends: tuple[Link, socket.socket]) -> None:
    link, engine = ends
    assert link.is_alive()
    engine.close()
    assert not link.is_alive()
    assert hear(link) == {1: b"", 2: b""}
    assert link.ended


def test_a_sink_takes_what_its_reader_does_not_yet() -> None:
    reader, writer = os.pipe()
    try:
        sink = Sink(writer)
        sink.take(b"y" * 300_000)
        received = 0
        while received < 300_000:
            sink.write()
            received += len(os.read(reader, 1 << 20))
        assert not sink.pending
    finally:
        os.close(reader)
        os.close(writer)


def test_a_sink_without_a_reader_drops() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        sink = Sink(writer)
        sink.take(b"x")
        sink.write()
        sink.take(b"y")
        assert not sink.pending
    finally:
        os.close(writer)
