"""A judge is chosen explicitly; and what is made of its verdict."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from services.errors import JudgeError
from services.judge import addressing
from services.judge.factory import make_judge
from services.judge.protocol import CRITERIA, Sample, Verdict
from services.judge.stage import spread, verdict_facts
from services.settings import JudgeChoice, JudgeSettings
from services.stages import POLICIES, Stage


def sample(grade: float) -> Sample:
    return Sample(dict.fromkeys(CRITERIA, grade), grade, "because")


def test_no_choice_is_refused_and_says_how_to_choose() -> None:
    with pytest.raises(JudgeError, match="WEBGEN_JUDGE__KIND"):
        make_judge(JudgeChoice())


def test_a_vlm_without_a_model_is_refused_and_nothing_else_steps_in() -> None:
    with pytest.raises(JudgeError, match="WEBGEN_JUDGE__MODEL"):
        make_judge(JudgeChoice(kind="vlm"))


def test_the_version_names_model_and_prompt() -> None:
    version = make_judge(JudgeChoice(kind="vlm", model="maker/model-7b")).version
    assert version.startswith("vlm:maker/model-7b:rubric-2:")
    for choice in (JudgeChoice(kind="heuristic"), JudgeChoice(kind="scripted")):
        assert make_judge(choice).version.startswith(f"{choice.kind}-")
        assert make_judge(choice).version.endswith(f"+{addressing.VERSION}")


def test_every_setting_of_the_judge_is_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MODEL": "eye-7b",
        "PANEL": '["b-7b", "c-7b"]',
        "COMBINE": "median",
        "ALLOW_ALIASES": "true",
        "PROMPT": "rubric-1",
        "LOG_PROBABILITIES": "on",
        "SHOTS__ROUTES": "0",
        "SHOTS__MOBILE": "false",
        "DEADLINE": "30",
    }.items():
        monkeypatch.setenv(f"WEBGEN_JUDGE__{name}", value)
    choice = JudgeSettings().judge
    assert (choice.panel, choice.combine, choice.allow_aliases) == (("b-7b", "c-7b"), "median", True)
    assert (choice.prompt, choice.log_probabilities, choice.deadline) == ("rubric-1", "on", 30.0)
    assert (choice.shots.routes, choice.shots.mobile, choice.shots.longest_edge) == (0, False, 1_280)


def test_a_key_under_a_misspelled_name_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBGEN_JUDGE__APIKEY", "sk-a-very-secret-key-7351")
    with pytest.raises(ValidationError, match="apikey") as caught:
        JudgeSettings()
    assert "7351" not in str(caught.value)


def test_two_judgings_of_a_case_end_before_their_process_would() -> None:
    with pytest.raises(ValidationError, match="deadline"):
        JudgeChoice(deadline=POLICIES[Stage.JUDGE].hard_limit / 2)


def test_the_openai_client_is_loaded_only_where_a_vlm_is_chosen() -> None:
    program = (
        "import sys; from services.judge.factory import make_judge; from services.settings import JudgeChoice;"
        "make_judge(JudgeChoice(kind='heuristic')); make_judge(JudgeChoice(kind='scripted'));"
        "sys.exit('openai' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_spread_is_that_of_the_samples_criteria_means() -> None:
    assert spread((sample(3.0),)) is None
    assert spread((sample(3.0), sample(3.0))) == 0.0
    assert spread((sample(2.0), sample(4.0))) == pytest.approx(1.414214)


def test_a_verdict_without_samples_has_no_number_anywhere() -> None:
    facts = verdict_facts(Verdict(kind="vlm", model="m", samples=()))
    assert facts == {"samples": [], "kind": "vlm", "model": "m", "usage": {}, "spread": None}
