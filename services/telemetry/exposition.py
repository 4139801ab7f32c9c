"""What a scrape is answered, and the server that answers it where a process has none of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from services.settings import MetricsSettings
from services.telemetry.metrics import PROCESS, REGISTRY
from services.telemetry.sharing import FOLDER, fold

Read = Callable[[], Iterable[Metric]]


class Scrape(Collector):
    """All metrics of this process, or of all that share its folder; what the system says of it; and what is read.

    Args:
        read: called at every scrape.
    """

    def __init__(self, read: Read = tuple) -> None:
        self._read = read
        self._process = ProcessCollector(registry=None)

    def collect(self) -> Iterable[Metric]:
        yield from _counted()
        yield from self._process.collect()
        yield from self._read()


def _counted() -> Iterable[Metric]:
    folder = os.environ.get(FOLDER)
    if folder is None:
        return REGISTRY.collect()
    fold(Path(folder))
    found: Iterable[Metric] = MultiProcessCollector(None, folder).collect()  # type: ignore[no-untyped-call]
    return found


def exposition(read: Read = tuple) -> tuple[bytes, str]:
    """The text of one scrape and its media type."""
    return generate_latest(Scrape(read)), CONTENT_TYPE_LATEST


def introduce(process: str) -> None:
    """Say which process this is."""
    PROCESS.labels(process, version("webgen-reward")).set(1)


@contextmanager
def serving(process: str, settings: MetricsSettings) -> Iterator[int | None]:
    """Answer scrapes from a thread for as long as the context lasts, where a port is set; the port.

    Raises:
        OSError: nobody can listen there.
    """
    introduce(process)
    if settings.port is None:
        yield None
        return
    registry = CollectorRegistry()
    registry.register(Scrape())
    server, thread = start_http_server(settings.port, settings.host, registry)
    try:
        port = server.server_port
        announce(process, settings, port)
        yield port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def announce(process: str, settings: MetricsSettings, port: int, host: str | None = None) -> None:
    """Write down where this process answers, where that is wanted: a file as Prometheus' file discovery reads it."""
    if settings.targets is None:
        return
    found = [{"targets": [f"{host or settings.host}:{port}"], "labels": {"process": process}}]
    settings.targets.mkdir(parents=True, exist_ok=True)
    aside = settings.targets / f".{process}"
    aside.write_text(json.dumps(found))
    aside.replace(settings.targets / f"{process}.json")
