"""Which model names may stand for another model tomorrow."""

from __future__ import annotations

import pytest

from services.errors import JudgeError
from services.judge.factory import make_judge
from services.judge.models import chosen, host, is_alias
from services.settings import JudgeChoice

OWN = "http://10.0.0.7:8000/v1"

MOVING = (
    "gpt-4o",
    "gpt-4.1",
    "gpt-5-mini",
    "gpt-4-32k",
    "o3",
    "chatgpt-4o-latest",
    "claude-sonnet-4-5",
    "anthropic/claude-3.5-sonnet",
    "models/gemini-2.5-flash",
    "pixtral-large-latest",
    "llama3.2-vision:latest",
    "Qwen2.5-VL-7B-Instruct-latest",
    "openrouter/auto",
    "ft:gpt-4o:org::abc",
)
PINNED = (
    "gpt-4o-2024-08-06",
    "ft:gpt-4o-2024-08-06:org::abc",
    "gpt-4-0613",
    "gpt-4-1106-preview",
    "claude-opus-4-1-20250805",
    "claude-3-5-sonnet@20241022",
    "gemini-1.5-pro-002",
    "gemini-2.5-pro-preview-05-06",
    "grok-4-0709",
    "Qwen/Qwen2.5-VL-7B-Instruct",
    "openai/gpt-oss-120b",
    "mistralai/Pixtral-12B-2409",
    "qwen2.5vl:7b",
)


@pytest.mark.parametrize("name", MOVING)
def test_names_that_their_maker_moves_are_aliases_wherever_they_are_served(name: str) -> None:
    assert is_alias(name, OWN)
    assert is_alias(name, None)
    assert is_alias(name.upper(), OWN)


@pytest.mark.parametrize("name", PINNED)
def test_names_with_a_date_or_of_weights_are_pinned_wherever_they_are_served(name: str) -> None:
    assert not is_alias(name, OWN)
    assert not is_alias(name, None)


@pytest.mark.parametrize("name", ["my-judge", "eye", "house/judge-v2"])
def test_a_name_that_an_operator_gave_is_pinned_except_at_openais_own_address(name: str) -> None:
    assert not is_alias(name, OWN)
    assert is_alias(name, None)
    assert is_alias(name, "https://API.openai.com/v1")


def test_the_host_is_told_without_port_path_or_credentials() -> None:
    assert host("http://user:secret@Judge.Example:8000/v1") == "judge.example"
    assert host("http://[half") == ""


def test_an_alias_is_refused_at_start_and_says_how_to_allow_it() -> None:
    with pytest.raises(JudgeError, match=r"gpt-4o.*WEBGEN_JUDGE__ALLOW_ALIASES"):
        make_judge(JudgeChoice(kind="vlm", model="gpt-4o"))
    with pytest.raises(JudgeError, match=r"claude-x.*ALLOW_ALIASES"):
        make_judge(JudgeChoice(kind="vlm", model="maker/eye-7b", panel=("claude-x",), base_url=OWN))
    assert make_judge(JudgeChoice(kind="vlm", model="gpt-4o", allow_aliases=True)).version.startswith("vlm:gpt-4o:")


@pytest.mark.parametrize("panel", [("eye-7b",), ("b-7b", "b-7b"), ("",)])
def test_a_panel_names_each_model_once(panel: tuple[str, ...]) -> None:
    with pytest.raises(JudgeError, match="WEBGEN_JUDGE__PANEL"):
        chosen("eye-7b", panel, OWN, allow_aliases=False)
