"""The heuristic judge on pages that its weights were not set on, rendered by the real stage. ``make judge-order`` asks
for all pairs; here every site has its ladder and three degradations, so that every kind comes up several times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.judge.heuristic import HeuristicJudge
from tests.judging.degradations import DEGRADATIONS
from tests.judging.ladder import PLAIN, blank, plain, unstyled
from tests.judging.order import NEEDED, Ordered, by_kind, figures, ordered, share_right
from tests.judging.pairs import Pair, all_pairs, degraded, laddered, tricked
from tests.judging.rendering import Photographer
from tests.judging.site import HOME, Site, held_out

KINDS = tuple(DEGRADATIONS)


def some_pairs(sites: list[Site]) -> Iterator[Pair]:
    for index, site in enumerate(sites):
        yield from degraded([site], ["styles removed", *(KINDS[1 + (2 * index + turn) % 6] for turn in range(2))])
    yield from laddered(sites)
    yield from tricked(sites)


@pytest.fixture(scope="module")
def results() -> list[Ordered]:
    sites = held_out()
    return list(ordered(HeuristicJudge(), Photographer().take, sites, list(some_pairs(sites))))


@pytest.mark.stack
def test_the_better_page_of_a_pair_is_nearly_always_graded_higher(results: list[Ordered]) -> None:
    assert len(results) >= 60
    assert share_right(results) >= NEEDED, "\n".join([*figures(results), *map(str, results)])


@pytest.mark.stack
def test_no_cheap_trick_beats_a_site(results: list[Ordered]) -> None:
    wrong = [str(result) for result in results if result.pair.kind.startswith("trick") and not result.is_right]
    assert wrong == []


@pytest.mark.stack
def test_no_kind_of_degradation_escapes_the_judge(results: list[Ordered]) -> None:
    right = {kind: share_right(of_kind) for kind, of_kind in by_kind(results).items()}
    assert {kind for kind in KINDS if right[kind] <= 0.5} == set()


def test_half_of_all_pairs_are_degradations_and_no_page_meets_itself() -> None:
    pairs = all_pairs(held_out())
    assert len(set(pairs)) == len(pairs) >= 60
    assert 0.4 <= sum(pair.kind in KINDS for pair in pairs) / len(pairs) <= 0.6
    assert all(pair.worse != pair.better for pair in pairs)


def test_a_site_without_styles_keeps_its_words_and_a_plain_one_has_those_few_rules() -> None:
    home = (
        '<html><head><title>T</title><link rel="stylesheet" href="/a.css"></head><p style="color:red">Hello</p></html>'
    )
    site = Site("s", "", {HOME: home.encode(), "a.css": b"p{color:red}"})
    assert unstyled(site).home == "<html><head><title>T</title></head><p>Hello</p></html>"
    assert unstyled(site).files["a.css"] == b""
    assert plain(site).home == unstyled(site).home.replace("</head>", f"<style>{PLAIN}</style></head>")
    assert "Hello" not in blank(site).home
