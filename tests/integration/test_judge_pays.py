"""The judge's own worker over a real pipeline, a VLM server on the wire: what its calls cost, and when they end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from vlm_server import VlmServer

from services.contract import Evaluation, Status
from services.errors import JudgeError
from services.judge.factory import make_judge
from services.judge.worker import main, make_judge_stage
from services.pipeline.spending import Till, run_spending
from services.pipeline.work import StageJob, StageResult
from services.settings import JudgeChoice, JudgeCosts
from services.stages import Stage
from tests.support.workshop import Workshop, rollout

MODEL = "vlm-2026-01-01"
PRICES = {"vlm-*": {"prompt": 2, "completion": 8}}
SAMPLES = 3


def picture(job: StageJob) -> StageResult:
    """A page of a colour that follows from the bundle."""
    colour = tuple(job.read(Stage.BUILD, "bundle.zip")[-3:])
    buffer = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(buffer, "PNG")
    home = job.keep(buffer.getvalue(), "image/png")
    return StageResult(passed=True, facts={"functional": True, "shot_hash": home.blob}, artifacts={"home.png": home})


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(answers_as="vlm-as-the-server-calls-it") as server:
        yield server


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(database_url, tmp_path / "room")
    workshop.scripts[Stage.RENDER] = picture
    yield workshop
    workshop.records.close()


def employ(shop: Workshop, server: VlmServer, costs: JudgeCosts, **choice: object) -> None:
    settings = {"kind": "vlm", "base_url": server.base_url, "model": MODEL, "concurrency": 1} | choice
    judge = make_judge(JudgeChoice.model_validate(settings))
    stage = make_judge_stage(judge, till=Till(shop.records, costs))

    def work(job: StageJob) -> StageResult:
        # The workshop's versions are not this judge's.
        return stage(replace(job, versions={}))

    shop.scripts[Stage.JUDGE] = work


def evaluate(shop: Workshop, site: str, run: str = "run", tries: int = 1) -> Evaluation:
    (queued,) = shop.submit(rollout(sum(shop.worked.values()), site), run=run)
    for _ in range(tries):
        shop.drain()
        shop.sweep()
    return shop.get(queued)


def costs(budget: float | None = None) -> JudgeCosts:
    return JudgeCosts.model_validate({"prices": PRICES, "budget": budget})


def test_the_ledger_has_what_the_server_counted_under_the_name_that_was_asked_for(
    shop: Workshop, server: VlmServer
) -> None:
    employ(shop, server, costs())
    ended = evaluate(shop, "red")
    assert ended.judge is not None
    assert ended.judge.spending is not None
    usage = ended.reports[-1].facts["usage"]
    own = ended.judge.spending
    assert (own.calls, own.completion_tokens) == (len(server.requests), SAMPLES * 100) == (SAMPLES, 300)
    assert own.prompt_tokens == usage["prompt_tokens"] > 0
    assert own.cost == (own.prompt_tokens * 2 + 300 * 8) / 1_000_000
    with shop.records.read() as session:
        (model,) = run_spending(session, "run", costs()).models
    assert (model.model, model.prompt_tokens, model.cost) == (MODEL, own.prompt_tokens, own.cost)


def test_a_spent_budget_sends_nothing_and_other_runs_go_on(shop: Workshop, server: VlmServer) -> None:
    employ(shop, server, costs(budget=0.0001))
    stopped = evaluate(shop, "red")
    assert (stopped.status, stopped.reward, stopped.unscored_reason) == (Status.UNSCORED, None, "budget")
    assert len(server.requests) == 1, "the call that spent the budget; one at a time is under way"
    assert evaluate(shop, "blue").unscored_reason == "budget"
    assert len(server.requests) == 1
    assert evaluate(shop, "red", run="other").unscored_reason == "budget"
    assert len(server.requests) == 2, "a budget is a run's own"
    employ(shop, server, costs(budget=100))
    assert evaluate(shop, "green").status is Status.SCORED


def test_answers_that_cannot_be_read_are_paid_for(shop: Workshop, server: VlmServer) -> None:
    employ(shop, server, costs())
    server.set("invalid-json")
    ended = evaluate(shop, "red", tries=4)
    assert (ended.reward, ended.unscored_reason) == (None, "judge")
    with shop.records.read() as session:
        spent = run_spending(session, "run", costs())
    assert spent.calls == len(server.requests) > SAMPLES
    assert spent.cost


def test_a_judge_that_costs_nothing_says_so(shop: Workshop, server: VlmServer) -> None:
    employ(shop, server, costs(budget=0), kind="scripted")
    ended = evaluate(shop, "red")
    assert ended.judge is not None
    assert ended.judge.spending is not None
    assert (ended.status, ended.judge.spending.calls, ended.judge.spending.cost) == (Status.SCORED, 0, 0.0)


def test_a_budget_without_a_price_is_refused_before_anything_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"KIND": "vlm", "MODEL": MODEL, "REJUDGE_MODELS": '["other-2026-01-01"]'}
    for name, value in given.items():
        monkeypatch.setenv(f"WEBGEN_JUDGE__{name}", value)
    monkeypatch.setenv("WEBGEN_JUDGE_COSTS__BUDGET", "5")
    monkeypatch.setenv("WEBGEN_JUDGE_COSTS__PRICES", '{"vlm-*": {"prompt": 2, "completion": 8}}')
    with pytest.raises(JudgeError, match=r"WEBGEN_JUDGE_COSTS__PRICES.*other-2026-01-01"):
        main()
