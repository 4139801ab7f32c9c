"""What pictures cost in tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.judge.tokens import call_tokens, picture_tokens, pictures_tokens, scaled
from services.settings.judge import JudgeShots


@pytest.mark.parametrize(
    ("width", "height", "tokens"),
    [
        (1_280, 800, 1_105),  # 1229 x 768: six tiles
        (512, 512, 255),
        (513, 512, 425),
        (1_024, 1_024, 765),  # made 768 x 768: four tiles
        (2_048, 4_096, 1_105),  # made 1024 x 2048, then 768 x 1536: six tiles
        (390, 844, 425),
        (6_000, 10, 765),  # made 2048 x 3: four tiles
    ],
)
def test_a_picture_in_high_detail_costs_its_tiles(width: int, height: int, tokens: int) -> None:
    assert picture_tokens(width, height) == tokens
    assert picture_tokens(width, height, "auto") == tokens
    assert picture_tokens(width, height, "low") == 85


@pytest.mark.parametrize(
    ("shots", "tokens"),
    [
        (JudgeShots(), 3 * 1_105 + 425),
        (JudgeShots(routes=0, mobile=False), 1_105),
        (JudgeShots(routes=3, mobile=False), 4 * 1_105),
        (JudgeShots(longest_edge=1_024), 3 * 765 + 425),
        (JudgeShots(longest_edge=512), 4 * 255),
        (JudgeShots(detail="low"), 4 * 85),
    ],
)
def test_a_case_costs_what_its_settings_show(shots: JudgeShots, tokens: int) -> None:
    assert pictures_tokens(shots) == tokens


COLUMNS = ((0, False), (0, True), (2, False), (2, True), (3, True), (6, True))
DOCUMENTED = re.compile(r"^\| (any|\d+), (high|low) \|(.*)\|$", re.MULTILINE)


def test_the_documented_cost_is_what_the_settings_cost() -> None:
    rows = DOCUMENTED.findall((Path(__file__).parents[3] / "docs" / "judge.md").read_text("utf-8"))
    assert len(rows) == 5
    for edge, detail, told in rows:
        shown = {"longest_edge": 1_280 if edge == "any" else int(edge), "detail": detail}
        settings = [JudgeShots.model_validate({"routes": r, "mobile": m} | shown) for r, m in COLUMNS]
        assert [int(cell.strip(" *")) for cell in told.split("|")] == [pictures_tokens(s) for s in settings]


def test_a_call_costs_text_and_pictures_and_the_answer() -> None:
    words = call_tokens("a" * 4_000, [], "high")
    assert call_tokens("a" * 8_000, [], "high") - words == 1_000
    assert call_tokens("a" * 4_000, [(1_280, 800), (390, 844)], "high") - words == 1_530
    assert words > 1_000


def test_scaling_keeps_proportions_and_never_makes_larger() -> None:
    assert scaled(1_280, 800, 640) == (640, 400)
    assert scaled(390, 844, 1_280) == (390, 844)
    assert scaled(10_000, 3, 256) == (256, 1)
