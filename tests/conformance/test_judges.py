"""What every judge keeps to, whatever it is made of."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator

import pytest
from PIL import Image
from pydantic import SecretStr
from vlm_server import VlmServer

from services.errors import JudgeError
from services.judge.factory import make_judge
from services.judge.protocol import CRITERIA, Case, Judge, Shot
from services.judge.stage import judge_shots
from services.settings import JudgeChoice

KINDS = ("vlm", "heuristic", "scripted")


def shot(colour: str, name: str = "home.png") -> Shot:
    image = Image.new("RGB", (320, 200), "white")
    image.paste(colour, (20, 20, 200, 120))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Shot(name, "/", buffer.getvalue())


def huge(name: str) -> Shot:
    """A PNG whose header promises a hundred million pixels."""
    png = bytearray(shot("red").png)
    png[16:24] = struct.pack(">II", 10_000, 10_000)
    return Shot(name, "/", bytes(png))


@pytest.fixture(params=KINDS)
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    if request.param != "vlm":
        yield make_judge(JudgeChoice(kind=request.param))
        return
    with VlmServer(answers_as="scripted-vlm-2") as server:
        yield make_judge(
            JudgeChoice(kind="vlm", base_url=server.base_url, model="scripted-vlm", api_key=SecretStr("any"))
        )


def test_a_verdict_has_the_samples_that_were_asked_for_with_all_grades_in_range(judge: Judge) -> None:
    verdict = judge.judge(Case("a page", (shot("red"), shot("blue", "about.png")), samples=3))
    assert len(verdict.samples) == 3
    for sample in verdict.samples:
        assert tuple(sample.criteria) == CRITERIA
        assert all(0 <= grade <= 5 for grade in (*sample.criteria.values(), sample.overall))
        assert sample.reason
    assert verdict.kind in KINDS
    assert verdict.model


def test_the_version_is_one_word_that_begins_with_the_kind(judge: Judge) -> None:
    kind = judge.judge(Case("a page", (shot("red"),))).kind
    assert judge.version.startswith(kind)
    assert len(judge.version.split()) == 1


def test_equal_shots_get_equal_grades_and_different_shots_do_not(judge: Judge) -> None:
    first, again, other = (judge.judge(Case("a page", (shot(c),))).samples for c in ("red", "red", "#112233"))
    assert first == again
    assert first != other


def test_without_a_shot_the_fault_is_ours(judge: Judge) -> None:
    with pytest.raises(JudgeError, match="no screenshot"):
        judge.judge(Case("a page", ()))


@pytest.mark.parametrize("png", [b"", b"GIF89a and more bytes than a header has"])
def test_a_shot_that_is_no_png_is_our_fault(judge: Judge, png: bytes) -> None:
    with pytest.raises(JudgeError, match="not a PNG"):
        judge.judge(Case("a page", (Shot("home.png", "/", png),)))


def test_a_shot_too_large_to_show_is_left_out_and_said_so(judge: Judge) -> None:
    alone = judge.judge(Case("a page", (shot("red"),)))
    beside = judge.judge(Case("a page", (shot("red"), huge("about.png"))))
    assert beside.samples == alone.samples
    assert "judge/shot-too-large" in [finding.rule for finding in beside.findings]


def test_a_candidate_of_which_nothing_can_be_shown_gets_no_sample_and_no_outage(judge: Judge) -> None:
    judged = judge_shots(judge, Case("a page", (huge("home.png"),)))
    assert not judged.passed
    assert judged.facts["samples"] == []
    assert "judge/refused" in [finding.rule for finding in judged.findings]


def test_what_the_stage_reports_is_plain_json(judge: Judge) -> None:
    judged = judge_shots(judge, Case("a page", (shot("red"),), samples=2))
    facts = json.loads(json.dumps(judged.facts))
    assert judged.passed
    assert set(facts) >= {"samples", "kind", "model", "usage", "spread"}
    assert [set(sample) for sample in facts["samples"]] == [{"criteria", "overall", "reason", "sources"}] * 2
    assert isinstance(facts["spread"], float)
    assert json.loads(judged.reply)["replies"]


def test_only_the_heuristic_judge_says_that_it_is_one(judge: Judge) -> None:
    verdict = judge.judge(Case("a page", (shot("red"),)))
    assert ("judge/heuristic" in [f.rule for f in verdict.findings]) == (verdict.kind == "heuristic")
