"""docs/reward-guide.md names every key, term and band, and its example is a profile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.compliance import RULES
from services.rewards.profile import Band, Clip, JudgeRules, Profile, StaticRules, Term, parse

GUIDE = (Path(__file__).parents[3] / "docs" / "reward-guide.md").read_text("utf-8")
KEYS = [
    *(set(Profile.model_fields) - {"static", "judge", "clip", "bands"}),
    *(f"static.{key}" for key in StaticRules.model_fields),
    *(f"judge.{key}" for key in JudgeRules.model_fields),
    *(f"clip.{key}" for key in Clip.model_fields),
]


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_explained(key: str) -> None:
    assert re.search(rf"^\|.*`{re.escape(key)}(?:`|\.)", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("word", [*Term, *Band])
def test_every_term_and_band_is_explained(word: Term | Band) -> None:
    assert re.search(rf"^\| `{word.value}` \|", GUIDE, re.MULTILINE)


def test_the_example_is_a_profile() -> None:
    example = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert example is not None
    profile = parse(example[1], RULES)
    for band in Band:
        low, high = profile.band_range(band)
        assert re.search(rf"^{band.value} +{low:g} +{high:g}$", GUIDE, re.MULTILINE)
