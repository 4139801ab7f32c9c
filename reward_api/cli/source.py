"""Where stored evaluations come from: a running service, or a data folder that nobody need serve.

    Source
    |-- HttpSource      ``--url`` with a key of scope read (`reward_api.cli.http_source`)
    `-- FolderSource    ``--data-dir`` (`reward_api.cli.folder_source`)

Both give the same answers over the same records: tests/conformance/test_sources.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from services.contract import Evaluation, Rollout, RunStatistics, RunSummary, StepPage, StepStatistics
from services.rewards.profile import Profile


class Source(Protocol):
    """Reading alone: nothing that is asked here changes a record.

    Every method raises `services.errors.NotFound` for what is not there. What keeps an answer from coming is raised as
    each body's own error: `trainer_client.ClientError`, or `services.errors.InfrastructureError`.
    """

    def runs(self) -> Iterator[RunSummary]:
        """Every run, newest first."""
        ...

    def run(self, name: str) -> RunStatistics: ...

    def steps(self, run: str, *, step: int | None = None) -> Iterator[StepStatistics]:
        """Figures by step, in their order, evaluations without a step last; one step's alone where it is named."""
        ...

    def steps_from(self, run: str, mark: str | None = None) -> tuple[list[StepStatistics], str | None]:
        """The steps from a mark on, all without one, and the mark of the last page: asked with it again, that page and
        what followed it are read, and not what came long before."""
        ...

    def evaluations(self, run: str, *, step: int | None = None, group: str | None = None) -> Iterator[Evaluation]:
        """In the order submitted, derived ones (``derived_from``) among them. Read page by page while it is used."""
        ...

    def evaluation(self, evaluation_id: str) -> Evaluation: ...

    def rollout(self, evaluation_id: str) -> Rollout:
        """What was sent, its completion as one text."""
        ...

    def artifact(self, evaluation_id: str, name: str) -> bytes: ...

    def profile(self, hash_or_name: str) -> Profile:
        """The profile of this name as it is now, or the document of this hash as it was used."""
        ...

    def close(self) -> None: ...


def read_on(page: Callable[[str | None], StepPage], mark: str | None) -> tuple[list[StepStatistics], str | None]:
    """See `Source.steps_from`; ``page`` reads the page of a cursor."""
    found = page(mark)
    steps = list(found.steps)
    while found.next_cursor:
        mark = found.next_cursor
        found = page(mark)
        steps += found.steps
    return steps, mark


@contextmanager
def open_source(url: str | None, api_key: str | None, data_dir: Path) -> Iterator[Source]:
    """The service at the address; without one, the data folder, whether or not a stack runs on it.

    Raises:
        NotFound: the folder holds no records.
    """
    source = _http(url, api_key) if url else _folder(data_dir)
    try:
        yield source
    finally:
        source.close()


def _http(url: str, api_key: str | None) -> Source:
    from reward_api.cli.http_source import HttpSource

    return HttpSource(url, api_key)


def _folder(data_dir: Path) -> Source:
    """The database's code is slow to load, and of no use to whoever reads over HTTP."""
    from reward_api.cli.folder_source import FolderSource

    return FolderSource(data_dir)
