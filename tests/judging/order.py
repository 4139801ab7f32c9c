"""How often a judge puts the better page of a pair above the worse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from services.judge.protocol import Judge
from tests.judging.pairs import Pair, variant
from tests.judging.rendering import Photograph
from tests.judging.site import Site

NEEDED = 0.95
"""Share of pairs that must be right."""

Take = Callable[[Site], Photograph]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A pair and the grades that its pages got, 0 to 5: the mean of the four criteria."""

    pair: Pair
    worse: float
    better: float

    @property
    def is_right(self) -> bool:
        return self.worse < self.better

    def __str__(self) -> str:
        worse, better = (f"{subject}, {name}" for subject, name in (self.pair.worse, self.pair.better))
        verdict = "right" if self.is_right else "WRONG"
        return f"{verdict}  {self.worse:5.2f} {self.better:5.2f}  {self.pair.kind:<20} {worse} < {better}"


def ordered(judge: Judge, take: Take, sites: Sequence[Site], pairs: Sequence[Pair]) -> Iterator[Ordered]:
    """Each page is rendered and judged once, under its subject's instruction.

    Raises:
        InfrastructureError: the browser or the judge failed us.
    """
    by_subject = {site.subject: site for site in sites}
    known: dict[tuple[str, str], float] = {}

    def grade(page: tuple[str, str]) -> float:
        if page not in known:
            site = by_subject[page[0]]
            known[page] = appearance(judge, take(variant(site, page[1])), site.instruction)
        return known[page]

    for pair in pairs:
        yield Ordered(pair, grade(pair.worse), grade(pair.better))


def appearance(judge: Judge, photograph: Photograph, instruction: str) -> float:
    verdict = judge.judge(photograph.case(instruction))
    return fmean(fmean(sample.criteria.values()) for sample in verdict.samples)


def share_right(results: Sequence[Ordered]) -> float:
    return fmean(result.is_right for result in results)


def by_kind(results: Sequence[Ordered]) -> dict[str, list[Ordered]]:
    kinds = dict.fromkeys(result.pair.kind for result in results)
    return {kind: [result for result in results if result.pair.kind == kind] for kind in kinds}


def figures(results: Sequence[Ordered]) -> Iterator[str]:
    """Lines of a table: pairs, share right and the smallest margin, by kind and of all."""
    for kind, of_kind in {**by_kind(results), "all": list(results)}.items():
        right = sum(result.is_right for result in of_kind)
        margin = min(result.better - result.worse for result in of_kind)
        share = share_right(of_kind)
        yield f"{kind:<24} {right:>3} of {len(of_kind):>3} right, {share:7.1%}, smallest margin {margin:5.2f}"
