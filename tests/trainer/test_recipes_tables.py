"""Tables of screenshots, as TensorBoard and W&B (offline) keep them after a real training against a real gateway."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.pipeline.work import StageJob, StageResult
from services.stages import Stage
from tests.support.told_gateway import ToldGateway, told_gateway
from tests.support.told_runs import SCRIPTS, told
from trainer_client import RewardClient
from trainer_client.errors import DeadlineExceeded
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.files import load
from trainer_client.recipes.screenshots import ScreenshotTable, TensorBoard, WeightsAndBiases, fetch_shown
from trainer_client.recipes.shown import Shown

pytestmark = pytest.mark.filterwarnings("default")

WIDTH, HEIGHT = 4, 3


def png(shade: int) -> bytes:
    """A picture of one grey."""
    rows = b"".join(b"\x00" + bytes([shade]) * WIDTH for _ in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def photographed(job: StageJob) -> StageResult:
    """The render stage of told runs, with a picture whose shade is the looks."""
    found = SCRIPTS[Stage.RENDER](job)
    looks = json.loads(job.completion)["looks"]
    shot = job.keep(png(int(looks * 10)), "image/png")
    return StageResult(passed=found.passed, facts=found.facts, artifacts={"home.png": shot})


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToldGateway]:
    with told_gateway(tmp_path_factory.mktemp("tables")) as gateway:
        gateway.runs.shop.scripts[Stage.RENDER] = photographed
        with RewardClient(gateway.url) as client:
            rollouts = [told("judge", looks=looks, step=7, group="1") for looks in (2.0, 5.0, 3.0)]
            client.score([*rollouts, told("source", step=7, group="1"), told("judge", step=8)], run="shown")
        yield gateway


def rows(gateway: ToldGateway, count: int = 8) -> list[Shown]:
    with RewardClient(gateway.url) as client:
        return fetch_shown(client, "shown", 7, count, {})


def test_rows_of_one_step_from_the_best_to_the_worst_with_their_pictures(gateway: ToldGateway) -> None:
    found = rows(gateway)
    assert [row.png for row in found] == [png(50), png(30), png(20), None]
    assert [row.evaluation.components.get("appearance") for row in found] == [5.0, 3.0, 2.0, None]
    assert [row.png for row in rows(gateway, count=2)] == [png(50), None]


def test_tensorboard_gets_the_pictures_as_they_are(gateway: ToldGateway, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    TensorBoard(tmp_path).log(8, rows(gateway))
    kept = EventAccumulator(str(tmp_path / "screenshots")).Reload()
    assert kept.Tags()["images"] == ["rollouts/1", "rollouts/2", "rollouts/3"]
    picture = kept.Images("rollouts/1")[0]
    assert (picture.encoded_image_string, picture.width, picture.height, picture.step) == (png(50), WIDTH, HEIGHT, 8)
    text = kept.Tensors("rollouts/text_summary")[0].tensor_proto.string_val[0].decode()
    assert text.splitlines()[2].startswith("7 | 1 |")


def test_weights_and_biases_gets_a_table_with_the_pictures(
    gateway: ToldGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wandb

    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path))  # where pictures wait to be sent
    WeightsAndBiases().log(8, rows(gateway))  # without a run nothing happens
    with wandb.init(mode="offline", dir=tmp_path, project="webgen-reward"):
        WeightsAndBiases().log(8, rows(gateway))
    tables = [json.loads(path.read_text()) for path in tmp_path.rglob("*.table.json")]
    assert [table["columns"][-1] for table in tables] == ["screenshot"]
    assert [row[3] for row in tables[0]["data"]] == [row.evaluation.reward for row in rows(gateway)]
    waiting = [path.read_bytes() for path in tmp_path.rglob("staging/*")]
    assert sorted(one for one in waiting if one.startswith(b"\x89PNG")) == sorted([png(50), png(30), png(20)])


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.tables: list[tuple[int, int]] = []

    def log(self, step: int, rows: Any) -> None:
        self.tables.append((step, len(rows)))


def state(step: int, *, first: bool = True) -> Any:
    return SimpleNamespace(global_step=step, is_world_process_zero=first)


def end_of(table: ScreenshotTable, *steps: int, first: bool = True) -> None:
    for step in steps:
        table.on_step_end(None, state(step, first=first), None)
        if table._under_way:
            table._under_way[1].exception(30)


def test_a_table_of_the_step_that_ended_every_so_many_steps() -> None:
    kept, asked = Kept(), list[int]()

    def fetch(step: int) -> list[Any]:
        asked.append(step)
        return [object()] * 3

    table = ScreenshotTable(3, fetch, lambda: [kept])
    end_of(table, *range(1, 9))
    table.on_train_end(None, state(8), None)
    assert asked == [0, 3, 6]
    assert kept.tables == [(1, 3), (4, 3), (7, 3)]


def test_other_processes_and_empty_steps_log_nothing() -> None:
    kept = Kept()
    table = ScreenshotTable(1, lambda step: [], lambda: [kept])
    end_of(table, 1, 2)
    end_of(table, 3, first=False)
    table.on_train_end(None, state(3), None)
    assert kept.tables == []


def test_a_service_that_is_away_costs_a_table_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()

    def fetch(step: int) -> list[Any]:
        if step == 0:
            raise DeadlineExceeded("GET /v1/runs", "connection refused")
        return [object()]

    table = ScreenshotTable(1, fetch, lambda: [kept])
    end_of(table, 1, 2)
    table.on_train_end(None, state(2), None)
    assert kept.tables == [(2, 1)]
    assert "no table of screenshots of step 1" in caplog.text


def test_a_recipe_makes_the_callback_that_it_asks_for() -> None:
    from trainer_client.recipes.screenshots import screenshot_table

    named = ("run=first", "data.train=[a.jsonl]", "service.url=http://127.0.0.1:8080")

    def tables(*more: str) -> int:
        recipe = load("grpo", [*named, *more])
        assert isinstance(recipe, GrpoRecipe)
        return len(screenshot_table(recipe, {}))

    assert tables() == 1
    assert tables("logging.screenshots.every_steps=null") == 0
    assert tables("logging.report_to=[]") == 0
