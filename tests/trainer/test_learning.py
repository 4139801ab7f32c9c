"""A tiny model learns to write sites, by the real GRPOTrainer; controls do not, and outages teach nothing.

One training asks the running service, and every number that it gets is held against the foretold worth; that checks
the foretelling, on which the others train.
"""

from __future__ import annotations

import pytest

from benchmarks.learning.arms import constant, foretold, lost, shuffled
from benchmarks.learning.live import VERDICT_NOISE, live, service
from benchmarks.learning.pieces import SLOTS, all_combinations
from benchmarks.learning.policy import chances, hack_share, make_policy
from benchmarks.learning.tokens import INSTRUCTION, make_tokenizer
from benchmarks.learning.training import MOST_HACKS, Plan, train
from benchmarks.learning.worth import mean_worth, optimum, worth

pytestmark = [pytest.mark.timeout(1_200), pytest.mark.filterwarnings("default")]
"""The libraries of training warn of their own next versions."""

SHORT = Plan(seed=0, steps=60, enough=0.93)
"""Ends as soon as it is well above the goal."""

CONTROL = Plan(seed=0, steps=40)
GOOD = "night"
"""The style of the best site."""

OUTAGE = 0.6


def test_there_is_something_to_find() -> None:
    assert all(4 <= len(variants) <= 8 for variants in SLOTS.values())
    assert len({one.completion for one in all_combinations()}) == len(all_combinations()) >= 1_000
    best = max(all_combinations(), key=lambda one: worth(one).reward)
    without = [one for one in all_combinations() if one.manifest == "plain" and one.variants[2:] == best.variants[2:]]
    assert {worth(one).band for one in without} == {"build-failed"}, "the router needs its dependency"
    second = max(worth(one).reward for one in all_combinations() if one.variants[1:] != best.variants[1:])
    assert second < 0.9 * optimum()
    assert mean_worth() < 0.5 * optimum()


def test_a_tokens_text_is_a_piece_of_a_site() -> None:
    tokenizer = make_tokenizer()
    for one in all_combinations()[::97]:
        ids = [tokenizer.get_vocab()[text] for text in _pieces(one.completion, tokenizer.get_vocab())]
        assert len(ids) == len(SLOTS) + 1
        assert tokenizer.decode(ids, skip_special_tokens=True) == one.completion
    assert tokenizer.unk_token_id not in tokenizer(INSTRUCTION)["input_ids"]


def _pieces(text: str, vocabulary: dict[str, int]) -> list[str]:
    found = []
    while text:
        longest = max((piece for piece in vocabulary if text.startswith(piece)), key=len)
        found.append(longest)
        text = text[len(longest) :]
    return found


@pytest.mark.stack
def test_learns_from_the_running_service() -> None:
    assert hack_share(chances(make_policy(SHORT.seed))) > 0.3, "it starts as one who games the reward"
    with service() as running:
        trained = train(SHORT, live(running, "learning"))
    assert trained.learned, f"{trained.reached:.0%} of the optimum, {trained.steps[-1].hacks:.1%} hacks"
    assert trained.start < 0.3 * optimum()
    assert {row["webgen/scored"] for row in trained.log} == {1.0}
    assert trained.log[-1]["webgen/band/rendered"] > 0.9


def test_learns_with_a_third_of_the_rewards_missing() -> None:
    assert train(SHORT, lost(foretold(VERDICT_NOISE, seed=1), 0.3, seed=1)).learned


@pytest.mark.parametrize("control", ["shuffled", "constant"])
def test_a_control_learns_nothing(control: str) -> None:
    source = foretold(VERDICT_NOISE, seed=2)
    trained = train(CONTROL, shuffled(source, CONTROL.group, seed=2) if control == "shuffled" else constant(1.0))
    assert not trained.learned
    assert trained.reached < 0.5


def test_outages_as_none_keep_a_good_style_and_as_zero_drive_it_out() -> None:
    source = foretold(VERDICT_NOISE, seed=3)
    kept = train(SHORT, lost(source, OUTAGE, seed=3, style=GOOD))
    assert kept.learned
    assert kept.steps[-1].styles[GOOD] > 0.8
    avoided = train(CONTROL, lost(source, OUTAGE, seed=3, style=GOOD, instead=0.0))
    assert avoided.steps[-1].styles[GOOD] < 0.2
    assert avoided.steps[-1].hacks < 10 * MOST_HACKS, "it learned, and this is what it learned"
