"""Stored evaluations of a data folder, read from its database and blobs without a service.

SQLite lets one read a database in WAL mode in two ways. Beside a stack that runs (its ``-wal`` file is there) the file
is opened read-only. Where none runs it is opened as immutable, since a read-only opening would leave files of its own
behind; should a stack start or have changed something meanwhile, what was read is read anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from reward_api.cli.source import read_on
from services.broker import MemoryBroker
from services.contract import (
    Evaluation,
    EvaluationPage,
    Rollout,
    RunPage,
    RunStatistics,
    RunSummary,
    StepPage,
    StepStatistics,
)
from services.errors import NotFound, RecordError
from services.pipeline.desk import Desk
from services.pipeline.service import Pipeline
from services.rewards.profile import Profile
from services.stores.blobs import FileBlobs
from services.stores.migrations import is_newest
from services.stores.records import Records

RUNS_PAGE = 200
STEPS_PAGE = 50
EVALUATIONS_PAGE = 200

T = TypeVar("T")
P = TypeVar("P", EvaluationPage, RunPage, StepPage)
Stamp = tuple[int, int, bool]


class FolderSource:
    """See `reward_api.cli.source.Source`.

    Raises:
        NotFound: the folder holds no records.
        RecordError: they are of another version, or cannot be read.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.expanduser().absolute()
        self._file = self._folder / "records.db"
        if not self._file.is_file():
            raise NotFound(f"{self._folder} holds no records: name a stack's folder (--data-dir), or a service (--url)")
        self._open()

    def runs(self) -> Iterator[RunSummary]:
        for page in self._pages(lambda pipeline, cursor: pipeline.runs(cursor, RUNS_PAGE)):
            yield from page.runs

    def run(self, name: str) -> RunStatistics:
        return self._ask(lambda pipeline: pipeline.run(name))

    def steps(self, run: str, *, step: int | None = None) -> Iterator[StepStatistics]:
        for page in self._pages(lambda pipeline, cursor: pipeline.steps(run, cursor, STEPS_PAGE, step=step)):
            yield from page.steps

    def steps_from(self, run: str, mark: str | None = None) -> tuple[list[StepStatistics], str | None]:
        return read_on(lambda cursor: self._ask(lambda pipeline: pipeline.steps(run, cursor, STEPS_PAGE)), mark)

    def evaluations(self, run: str, *, step: int | None = None, group: str | None = None) -> Iterator[Evaluation]:
        def page(pipeline: Pipeline, cursor: str | None) -> EvaluationPage:
            return pipeline.evaluations(run, cursor=cursor, limit=EVALUATIONS_PAGE, step=step, group=group)

        for found in self._pages(page):
            yield from found.evaluations

    def evaluation(self, evaluation_id: str) -> Evaluation:
        return self._ask(lambda pipeline: pipeline.get([evaluation_id])[0])

    def rollout(self, evaluation_id: str) -> Rollout:
        return self._ask(lambda pipeline: pipeline.rollout(evaluation_id))

    def artifact(self, evaluation_id: str, name: str) -> bytes:
        return self._ask(lambda pipeline: pipeline.artifact(evaluation_id, name)[1])

    def profile(self, hash_or_name: str) -> Profile:
        return self._ask(lambda pipeline: pipeline.profile(hash_or_name))

    def close(self) -> None:
        self._records.close()

    def _pages(self, page: Callable[[Pipeline, str | None], P]) -> Iterator[P]:
        found = self._ask(lambda pipeline: page(pipeline, None))
        yield found
        while found.next_cursor:
            cursor = found.next_cursor
            found = self._ask(partial(_following, page, cursor))
            yield found

    def _open(self) -> None:
        self._stamp = self._seen()
        url = _url(self._file, "mode=ro" if self._served else "immutable=1")
        if not is_newest(url):
            raise RecordError(
                f"the records in {self._folder} are of another version of this program; a stack that starts there "
                "(webgen-reward up --data-dir …) brings older ones up to date"
            )
        self._records = Records(url)
        self._pipeline = Pipeline(Desk(self._records, MemoryBroker()), FileBlobs(self._folder / "blobs"))

    @property
    def _served(self) -> bool:
        return self._stamp[2]

    def _seen(self) -> Stamp:
        """Time and size of the database's file, and whether a stack has it open, or left it without a clean end."""
        found = self._file.stat()
        return found.st_mtime_ns, found.st_size, self._file.with_name(f"{self._file.name}-wal").exists()

    def _ask(self, question: Callable[[Pipeline], T]) -> T:
        try:
            answer = question(self._pipeline)
        except RecordError:
            if not self._changed():
                raise
        else:
            if not self._changed():
                return answer
        self.close()
        self._open()
        return question(self._pipeline)

    def _changed(self) -> bool:
        """Whether the file that was taken for immutable is not."""
        return not self._served and self._seen() != self._stamp


def _following(page: Callable[[Pipeline, str | None], P], cursor: str, pipeline: Pipeline) -> P:
    return page(pipeline, cursor)


def _url(file: Path, how: str) -> str:
    return f"sqlite:///file:{quote(str(file))}?{how}&uri=true"
