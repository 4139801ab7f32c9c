"""A worker process: Celery's prefork pool around `Runner`. Each worker package calls `serve` with its stages."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

from services.broker.app import make_app
from services.errors import InfrastructureError
from services.pipeline.alive import beat_with_worker
from services.pipeline.factory import make_runner
from services.pipeline.runner import Runner
from services.pipeline.told import ends_introduced
from services.pipeline.versions import Offer, announce
from services.pipeline.work import StageWork
from services.settings import BlobSettings
from services.settings.processes import ProcessSettings
from services.stages import Stage
from services.stores.records import Records
from services.telemetry.exposition import serving
from services.telemetry.logs import configure_logs
from services.telemetry.sharing import shared
from services.telemetry.stages import stages_introduced
from services.telemetry.work import work_introduced

_PR_SET_PDEATHSIG = 1
_ANNOUNCE_RETRY_SECONDS = 2.0
_SET_UP_FAILED = 70

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """One kind of worker.

    Attributes:
        name: for logs and for Celery's node name.
        stages: the queues it takes from.
        make_work: makes the stages' work; called in every pool process, after the fork.
        versions: component -> version, announced at the start and compared with an evaluation's pins.
        offers: judges that its work serves where an evaluation asks for one.
    """

    name: str
    settings: ProcessSettings
    blobs: BlobSettings
    concurrency: int
    stages: Sequence[Stage]
    make_work: Callable[[], Mapping[Stage, StageWork]]
    versions: Mapping[str, str]
    offers: Sequence[Offer] = ()


class _Bench:
    """What a pool process works with, made when the process begins."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._runner: Runner | None = None
        self._work: Mapping[Stage, StageWork] = {}

    def set_up(self, **_: object) -> None:
        """Celery swallows what a signal's receiver raises; a pool process without its tools would eat messages."""
        die_with_parent()
        worker = self._worker
        try:
            self._work = worker.make_work()
            offered = {offer.version for offer in worker.offers}
            self._runner = make_runner(worker.settings, worker.blobs, worker.versions, offered)
        except Exception:
            log.exception("%s cannot be set up", worker.name)
            os._exit(_SET_UP_FAILED)

    def tear_down(self, **_: object) -> None:
        """Let go of the work, and so of what it holds outside of this process, which ends without its exit handlers."""
        self._work, self._runner = {}, None
        gc.collect()

    def do(self, stage: Stage, evaluation_id: str) -> None:
        if self._runner is None:
            raise InfrastructureError("the pool process was not set up")
        self._runner.run(stage, evaluation_id, self._work[stage])


def serve(worker: Worker) -> None:
    """Run until told to stop by a signal. TERM finishes what was begun and takes nothing new."""
    configure_logs(json=worker.settings.log_json, level=worker.settings.log_level)
    # The pool's processes count in files of their own, which this one reads where it is scraped.
    with shared(), serving(worker.name, worker.settings.metrics):
        stages_introduced(worker.stages)
        work_introduced(worker.stages)
        ends_introduced()
        _serve(worker)


def _serve(worker: Worker) -> None:
    # What is missing on this machine is told here, once, before any message is taken.
    worker.make_work()
    _announce(worker)
    bench = _Bench(worker)
    worker_process_init.connect(bench.set_up, weak=False)
    worker_process_shutdown.connect(bench.tear_down, weak=False)
    beat_with_worker(worker.settings.alive)
    app = make_app(worker.settings.broker)
    for stage in worker.stages:
        _register(app, stage, bench)
    app.worker_main(_arguments(worker))


def die_with_parent() -> None:
    """A pool process must not outlive its worker: nobody would end it, and its claim is lost anyway."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _register(app: Celery, stage: Stage, bench: _Bench) -> None:
    def task(evaluation_id: str) -> None:
        bench.do(stage, evaluation_id)

    app.task(name=stage.value, shared=False)(task)


def _arguments(worker: Worker) -> list[str]:
    queues = ",".join(stage.value for stage in worker.stages)
    name = f"{worker.name}-{os.getpid()}@%h"
    options = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--pool=prefork"]
    return [
        "worker",
        "-Q",
        queues,
        "-n",
        name,
        "-c",
        str(worker.concurrency),
        "-l",
        worker.settings.log_level,
        *options,
    ]


def _announce(worker: Worker) -> None:
    """Announce versions, for as long as it takes: a worker may start before the database does."""
    url = worker.settings.records.url.get_secret_value()
    while True:
        records = Records(url)
        try:
            announce(records, worker.versions, time.time(), worker.offers)
            return
        except InfrastructureError as error:
            log.warning("%s waits for the records: %s", worker.name, error)
            time.sleep(_ANNOUNCE_RETRY_SECONDS)
        finally:
            # Connections do not survive the fork of the pool.
            records.close()
