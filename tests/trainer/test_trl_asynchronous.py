"""The asynchronous GRPO trainer's own rollout loop, with a stand-in for its vLLM server: it hands a reward function
less than the other trainers do, and the function was pickled into its process."""

from __future__ import annotations

import math
import multiprocessing
import pickle
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from accelerate.state import PartialState

from tests.support import tiny_trainers
from tests.support.fake_vllm import fake_vllm
from tests.support.told_gateway import told_gateway
from tests.support.told_runs import told
from trainer_client import ClientLimits, make_component_functions, make_reward_function

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that this part of TRL is experimental
    from trl.experimental.async_grpo.async_rollout_worker import _AsyncRolloutLoop

LIMITS = ClientLimits(poll_seconds=0.2, progress_seconds=0.2)
BEGINS = tiny_trainers.UNKNOWN
"""What the tiny chat template begins the answer with: TRL parses the answer from there."""
ANSWER = {
    "defaults": {"role": "assistant"},
    "start_anchor": BEGINS,
    "fields": {"content": {"close_pattern": tiny_trainers.EOS, "content": "text"}},
}


def says() -> list[str]:
    found = [told(looks=3.0), told("outage"), told("build"), told(looks=1.0)]
    return [str(one.completion) for one in found]


@contextmanager
def rollout_loop(url: str, texts: list[str], functions: list[Any]) -> Iterator[Any]:
    """The loop at work in a thread; its queue of scored samples."""
    tokenizer = tiny_trainers.speaker(texts)
    tokenizer.chat_template = tiny_trainers.CHAT + BEGINS
    tokenizer.response_template = ANSWER
    context = multiprocessing.get_context("spawn")
    samples = context.Queue()
    loop = _AsyncRolloutLoop(
        model_name="tiny",
        dataset=tiny_trainers.prompts("make a shop", "make a blog", chat=True, kind=["shop", "blog"]),
        reward_funcs=pickle.loads(pickle.dumps(functions)),  # noqa: S301
        processing_class=tokenizer,
        eos_token_ids=[tokenizer.eos_token_id],
        rollout_buffer=samples,
        model_version_value=context.Value("i", 0),
        heartbeat_value=context.Value("d", 0.0),
        failed_event=context.Event(),
        exception_info_queue=context.Queue(maxsize=1),
        metrics_queue=context.Queue(),
        num_generations=4,
        max_inflight_tasks=1,
        vllm_server_url=url,
    )
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        yield samples
    finally:
        loop._loop.call_soon_threadsafe(loop._stop_event.set)
        thread.join()


@pytest.mark.filterwarnings("ignore")
def test_its_rollouts_are_scored_and_the_unscored_are_left_out(tmp_path: Path) -> None:
    PartialState()
    texts = says()
    with told_gateway(tmp_path) as gateway:
        options: Any = {"limits": LIMITS, "groups_per_step": 1}
        whole = make_reward_function(gateway.url, "train", **options)
        parts = make_component_functions(gateway.url, "parts", names=("appearance", "failure"), **options)
        tokenizer = tiny_trainers.speaker(texts)
        ids = [[tokenizer.convert_tokens_to_ids(text), tokenizer.eos_token_id] for text in texts]
        with fake_vllm(ids) as url, rollout_loop(url, texts, [whole, *parts]) as queue:
            samples = [queue.get(timeout=500) for _ in range(8)]
        with gateway.runs.client() as client:
            found = client.get("/v1/runs/train/evaluations").json()["evaluations"]
    first = [sample.metrics for sample in samples[:4]]
    assert [one["rewards/webgen_reward"] for one in first] == [
        3.2,
        pytest.approx(math.nan, nan_ok=True),
        pytest.approx(-0.3),
        1.2,
    ]
    assert [one["rewards/appearance"] for one in first if not math.isnan(one["reward"])] == [3.0, 0.0, 1.0]
    assert samples[1].advantage == 0.0
    assert samples[0].advantage > samples[3].advantage > samples[2].advantage
    steps = {(one["step"], one["group"], one["sample"], one["metadata"]["kind"]) for one in found if one["step"] < 2}
    assert steps == {(n, str(n), sample, kind) for n, kind in enumerate(("shop", "blog")) for sample in range(4)}
