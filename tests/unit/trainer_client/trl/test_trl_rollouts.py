"""What of a trainer's rows is sent: texts and chats, the instruction, every column."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from services.contract import Rollout
from trainer_client.trl.batch import places, read_batch
from trainer_client.trl.rollouts import completion_of, instruction_of, metadata, plain, rollouts_of
from trainer_client.trl.settings import Settings

USER = {"role": "user", "content": "A shop"}
SYSTEM = {"role": "system", "content": "You write sites"}


def sent(settings: Settings, prompts: list[Any], completions: list[Any], **columns: Any) -> list[Rollout]:
    told = {"trainer_state": SimpleNamespace(global_step=4), **columns}
    batch = read_batch(settings, prompts, completions, [[5, 6, 7]] * len(prompts), told)
    return [Rollout.model_validate(one) for one in rollouts_of(settings, batch, places(batch, 0), batch.step)]


def test_a_rollout_says_where_it_belongs_and_carries_every_column() -> None:
    settings = Settings("http://127.0.0.1:1", "run", max_completion_length=3)
    first, second = sent(settings, ["A shop", "A blog"], ["one", "two"], kind=["x", "y"], level=[1, None])
    assert (first.step, first.group, first.sample, first.truncated) == (4, "0", 0, True)
    assert (second.instruction, second.completion, second.group) == ("A blog", "two", "1")
    assert second.metadata == {"kind": "y", "level": None, "completion_tokens": 3}


def test_the_instruction_is_the_named_column_or_the_last_user_message() -> None:
    settings = Settings("http://127.0.0.1:1", "run", instruction_column="task")
    assert sent(settings, [[SYSTEM, USER]], ["x"])[0].instruction == "A shop"
    (named,) = sent(settings, [[SYSTEM, USER]], ["x"], task=["A blog"])
    assert (named.instruction, named.metadata) == ("A blog", {"completion_tokens": 3})


def test_message_contents_may_be_parts() -> None:
    picture = {"type": "image", "image": object()}
    assert instruction_of([{"role": "user", "content": [picture, {"type": "text", "text": "A shop"}]}]) == "A shop"


def test_a_chat_completion_is_sent_as_messages_of_text() -> None:
    said = [{"role": "assistant", "content": "site", "tool_calls": []}, {"role": "assistant", "content": None}]
    assert completion_of([USER], said) == [
        {"role": "assistant", "content": "site"},
        {"role": "assistant", "content": ""},
    ]


def test_thinking_that_a_template_took_out_is_put_back() -> None:
    said = [{"role": "assistant", "reasoning_content": "hm", "content": "<answer>"}]
    assert completion_of([USER], said)[0]["content"] == "<think>\nhm\n</think>\n<answer>"


@pytest.mark.parametrize("completion", ["site", [{"role": "assistant", "content": "site"}]])
def test_what_the_prompt_began_in_the_assistants_name_belongs_to_the_completion(completion: Any) -> None:
    sent_as = completion_of([USER, {"role": "assistant", "content": "<think>\n"}], completion)
    assert (sent_as if isinstance(sent_as, str) else sent_as[0]["content"]) == "<think>\nsite"


def test_what_the_chat_template_began_belongs_to_the_completion_unless_the_thinking_was_taken_out() -> None:
    settings = Settings("http://127.0.0.1:1", "run", answer_prefix="<think>\n")
    assert sent(settings, ["A shop"], ["hm</think>"])[0].completion == "<think>\nhm</think>"
    apart = [{"role": "assistant", "thinking": "hm", "content": "site"}]
    assert sent(settings, [[USER]], [apart])[0].completion_text() == "<think>\nhm\n</think>\nsite"


def test_columns_are_sent_as_json_whatever_they_are() -> None:
    values = [1.5, float("nan"), numpy.int64(3), date(2026, 1, 2), {"a": (1, object())}, [True]]
    assert plain(values) == [1.5, None, 3, "2026-01-02", {"a": [1, "<object>"]}, [True]]


def test_columns_beyond_the_contracts_limit_are_named_instead() -> None:
    kept = metadata({"small": "x", "page": "é" * 9_000}, {"completion_tokens": 1})
    assert kept == {"small": "x", "completion_tokens": 1, "left_out": ["page"]}
    many = metadata({f"column {n}": "x" * 900 for n in range(40)}, {})
    Rollout(instruction="i", completion="c", metadata=many)
    assert len(json.dumps(many)) > 8_000
