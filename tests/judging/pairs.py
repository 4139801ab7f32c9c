"""Pairs of pages of which a person would prefer one. Pure: renders nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.judging.degradations import DEGRADATIONS
from tests.judging.ladder import RUNGS, blank, plain, unstyled
from tests.judging.site import Site
from tests.judging.tricks import DRESSED, TRICKS

OPPONENTS = 2
"""Sites that each trick is set against."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Attributes:
    kind: name of the degradation, ``blank < unstyled`` and so on, or ``trick: …``.
    worse, better: (subject, variant) of both pages.
    """

    kind: str
    worse: tuple[str, str]
    better: tuple[str, str]


MAKERS = {"blank": blank, "unstyled": unstyled, "plain": plain, "finished": lambda site: site} | {
    name: degrade for name, degrade in DEGRADATIONS.items() if degrade is not unstyled
}
"""Variant -> what makes it of the finished site; tricks aside."""


def variant(site: Site, name: str) -> Site:
    return (MAKERS | TRICKS | DRESSED)[name](site)


def degraded(sites: Sequence[Site], kinds: Sequence[str] = tuple(DEGRADATIONS)) -> Iterator[Pair]:
    """Every site against each of its degradations."""
    for site in sites:
        for kind in kinds:
            name = "unstyled" if DEGRADATIONS[kind] is unstyled else kind
            yield Pair(kind, (site.subject, name), (site.subject, "finished"))


def laddered(sites: Sequence[Site]) -> Iterator[Pair]:
    """Every site's rungs, each against the next."""
    for site in sites:
        for low, high in pairwise(RUNGS):
            yield Pair(f"{low} < {high}", (site.subject, low), (site.subject, high))


def tricked(sites: Sequence[Site]) -> Iterator[Pair]:
    """Every trick against the finished page of some of the sites, which take turns, and the bare ones against the
    plain page too."""
    for index, trick in enumerate(TRICKS | DRESSED):
        for turn in range(min(OPPONENTS, len(sites))):
            subject = sites[(index * OPPONENTS + turn) % len(sites)].subject
            for rung in ("plain", "finished") if trick in TRICKS else ("finished",):
                yield Pair(f"trick < {rung}", (subject, trick), (subject, rung))


def all_pairs(sites: Sequence[Site]) -> list[Pair]:
    """As many degradations as all else together, about."""
    return [*degraded(sites), *laddered(sites), *tricked(sites)]
