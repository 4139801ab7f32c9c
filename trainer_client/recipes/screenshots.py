"""Tables of rollouts with their screenshots, in TensorBoard and W&B.

A thread asks the service; what it brought is logged between two steps, so that training waits for nothing and no
figure of another step is touched. A service that does not answer costs a table, never the training.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import quote

from transformers import TrainerCallback

from services.contract import Evaluation
from services.contract.requests import EvaluationPage
from trainer_client.client import RewardClient
from trainer_client.errors import ClientError
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.prompts import client
from trainer_client.recipes.shown import COLUMNS, SCREENSHOT, Shown, as_markdown, has_screenshot, png_size, spread

LOGGER = logging.getLogger("webgen.recipes")
LAST_WAIT = 30.0
"""Seconds that the end of training waits for the last table."""

Fetch = Callable[[int], list[Shown]]


class Sink(Protocol):
    """Where tables go."""

    def log(self, step: int, rows: Sequence[Shown]) -> None: ...


class ScreenshotTable(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """Every so many steps, the rollouts of the step that has ended; on the first process alone."""

    def __init__(self, every: int, fetch: Fetch, sinks: Callable[[], Sequence[Sink]]) -> None:
        self._every, self._fetch, self._sinks = every, fetch, sinks
        self._worker = ThreadPoolExecutor(1, "screenshots")
        self._under_way: tuple[int, Future[list[Shown]]] | None = None

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not state.is_world_process_zero:
            return
        if self._under_way and self._under_way[1].done():
            self._publish(0.0)
        if self._under_way is None and (state.global_step - 1) % self._every == 0:
            step = state.global_step
            self._under_way = (step, self._worker.submit(self._fetch, step - 1))

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._under_way:
            self._publish(LAST_WAIT)
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _publish(self, wait: float) -> None:
        (step, future), self._under_way = self._under_way or (0, Future[list[Shown]]()), None
        try:
            rows = future.result(wait)
            for sink in self._sinks() if rows else ():
                sink.log(step, rows)
        except (ClientError, FutureTimeout) as error:
            LOGGER.warning("no table of screenshots of step %d: %s", step, error)


class TensorBoard:
    """Screenshots as they are, undecoded, and the table as text; in a folder beside the figures'."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "screenshots"))

    def log(self, step: int, rows: Sequence[Shown]) -> None:
        self._writer.add_text("rollouts", as_markdown(rows), step)
        for rank, row in enumerate(rows, 1):
            if row.png and (size := png_size(row.png)):
                self._writer._get_file_writer().add_summary(_picture(f"rollouts/{rank}", row.png, size), step)
        self._writer.close()


class WeightsAndBiases:
    """One table a step: the columns of the text, and the screenshot."""

    def log(self, step: int, rows: Sequence[Shown]) -> None:
        import wandb

        if wandb.run is None:
            return
        with TemporaryDirectory() as folder:
            data = [[*row.values(), _image(row, Path(folder) / f"{rank}.png")] for rank, row in enumerate(rows)]
            table = wandb.Table(columns=[*COLUMNS, "screenshot"], data=data)
            wandb.log({"rollouts": table, "train/global_step": step})


def screenshot_table(recipe: GrpoRecipe, instructions: Mapping[str, str]) -> list[ScreenshotTable]:
    """The callback as the recipe wants it; none where it wants none.

    Args:
        instructions: by the dataset's ``instruction_id``.
    """
    wanted = recipe.logging.screenshots
    if wanted.every_steps is None or not recipe.logging.report_to:
        return []

    def fetch(step: int) -> list[Shown]:
        with client(recipe.service) as service:
            return fetch_shown(service, recipe.run, step, wanted.count, instructions)

    return [ScreenshotTable(wanted.every_steps, fetch, lambda: sinks(recipe))]


def fetch_shown(service: RewardClient, run: str, step: int, count: int, instructions: Mapping[str, str]) -> list[Shown]:
    """The rows of one step's table, the best first.

    Raises:
        ClientError: the service does not tell.
    """
    chosen = spread(list(_evaluations(service, run, step)), count)
    return [Shown(one, _instruction(one, instructions), _png(service, one)) for one in chosen]


def _evaluations(service: RewardClient, run: str, step: int) -> Iterator[Evaluation]:
    path = f"/v1/runs/{quote(run, safe='')}/evaluations?step={step}&limit=200"
    page = service.read(path, EvaluationPage)
    yield from page.evaluations
    while page.next_cursor:
        page = service.read(f"{path}&cursor={quote(page.next_cursor, safe='')}", EvaluationPage)
        yield from page.evaluations


def sinks(recipe: GrpoRecipe) -> list[Sink]:
    """Made anew for each table, which is rare: nothing stays open between two."""
    folder = Path(os.environ.get("TENSORBOARD_LOGGING_DIR", recipe.folder / "tensorboard"))
    bodies: dict[str, Callable[[], Sink]] = {"tensorboard": lambda: TensorBoard(folder), "wandb": WeightsAndBiases}
    return [bodies[name]() for name in recipe.logging.report_to]


def _instruction(evaluation: Evaluation, instructions: Mapping[str, str]) -> str:
    return instructions.get(str(evaluation.metadata.get("instruction_id")), "")


def _png(service: RewardClient, evaluation: Evaluation) -> bytes | None:
    return service.artifact(evaluation.id, SCREENSHOT) if has_screenshot(evaluation) else None


def _image(row: Shown, path: Path) -> Any:
    """A file, since W&B takes it as it is; pixels it would decode and encode anew."""
    import wandb

    if not row.png or not png_size(row.png):
        return None
    path.write_bytes(row.png)
    return wandb.Image(str(path))


def _picture(tag: str, png: bytes, size: tuple[int, int]) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    picture = Summary.Image(width=size[0], height=size[1], colorspace=3, encoded_image_string=png)
    return Summary(value=[Summary.Value(tag=tag, image=picture)])
