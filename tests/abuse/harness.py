"""Attack by attack: the live proof, the hostile rollout beside a normal one, and what is left afterwards.

Attacks that need not be alone go a few at a time. Where a group leaves something behind or hurts its neighbour, each
of its attacks is repeated alone, so that every fault is named by the attack that brought it about.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from services.contract import Evaluation
from tests.abuse import leftovers
from tests.abuse.arena import Arena
from tests.abuse.canaries import Canaries
from tests.abuse.case import Case, Files
from tests.abuse.evidence import Evidence
from tests.abuse.neighbour import neighbour
from tests.abuse.verdict import Verdict, described, elapsed, enforced, too_good, too_late, wrong
from tests.support.variants import completion

GROUP = 4
"""Attacks at a time."""

REST_SECONDS = 15.0
"""An attack's last traces must be gone so long after its verdict."""


@dataclass(slots=True)
class Result:
    """``problems`` is empty where the attack was contained."""

    case: Case
    seconds: float = 0.0
    verdict: str = ""
    enforced: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def contained(self) -> bool:
        return not self.problems

    def line(self) -> str:
        word = "contained" if self.contained else "NOT CONTAINED"
        text = f"{self.case.id:38} {word:13} {self.seconds:6.1f} s  {self.verdict}; {self.enforced}"
        return "\n".join([text, *(f"    {problem}" for problem in self.problems)])


@dataclass(slots=True)
class _Attack:
    """One rollout of a case under way."""

    case: Case
    lane: str
    canaries: Canaries
    result: Result
    verdict: Verdict


def run(arena: Arena, cases: Sequence[Case], say: Callable[[Result], None]) -> list[Result]:
    """Every case's result, told as soon as it is known."""
    names = (f"{number}" for number in itertools.count())
    results = []
    for group in groups(cases):
        for result in _contain(arena, group, names):
            say(result)
            results.append(result)
    return results


def groups(cases: Sequence[Case]) -> Iterator[list[Case]]:
    """Cases that are sent together. Pure."""
    waiting: list[Case] = []
    for case in cases:
        if case.alone:
            yield [case]
            continue
        waiting.append(case)
        if len(waiting) == GROUP:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _contain(arena: Arena, group: list[Case], names: Iterator[str]) -> Iterator[Result]:
    results = [Result(case) for case in group]
    canaries = [arena.canaries.of(case.id) for case in group]
    for result, own in zip(results, canaries, strict=True):
        _prove(arena, result, own)
    shared = _attack_all(arena, list(zip(results, canaries, strict=True)), names)
    if shared and len(group) > 1:
        for case in group:
            yield from _contain(arena, [case], names)
        return
    for result in results:
        result.problems += shared
        yield result


def _prove(arena: Arena, result: Result, canaries: Canaries) -> None:
    if result.case.live is None:
        return
    with arena.ground(canaries) as ground:
        try:
            result.case.live(ground)
        except (AssertionError, OSError) as error:
            result.problems.append(f"not shown live: {error!s:.500}")


def _attack_all(arena: Arena, group: list[tuple[Result, Canaries]], names: Iterator[str]) -> list[str]:
    """Send the attacks and a neighbour, judge each attack; what is wrong with the neighbour and the machine."""
    workers, hits = arena.workers(), dict(arena.canaries.hits)
    beside = _submit(arena, names, neighbour(f"beside-{time.monotonic_ns()}"), "cascade")
    attacks = [
        _Attack(
            result.case, lane, own, result, _submit(arena, names, _text(result.case.site, own), arena.profiles[lane])
        )
        for result, own in group
        for lane in result.case.lanes
    ]
    _collect(arena, attacks)
    for attack in attacks:
        _judge(arena, attack)
        _look_after(arena, attack, names)
    shared = _neighbour_problems(arena, beside, [own for _, own in group])
    shared += [f"{name} was reached" for name, n in arena.canaries.hits.items() if n != hits.get(name, 0)]
    if not any(result.case.costs_worker for result, _ in group) and arena.workers() != workers:
        shared.append("a worker's process was lost")
    return shared + _left(arena)


def _submit(arena: Arena, names: Iterator[str], text: str, profile: str) -> Verdict:
    return arena.service.submit(f"r{next(names)}", text, profile)


def _text(site: Files | str, canaries: Canaries) -> str:
    return canaries.fill(site if isinstance(site, str) else completion(site))


def _collect(arena: Arena, attacks: list[_Attack]) -> None:
    taken = [attack for attack in attacks if isinstance(attack.verdict, Evaluation)]
    ids = [attack.verdict.id for attack in taken if isinstance(attack.verdict, Evaluation)]
    for attack, ended in zip(taken, arena.service.collect(ids) if ids else [], strict=True):
        attack.verdict = ended


def _judge(arena: Arena, attack: _Attack) -> None:
    case, verdict, result = attack.case, attack.verdict, attack.result
    result.seconds = max(result.seconds, elapsed(verdict))
    result.verdict, result.enforced = described(verdict), enforced(verdict)
    problems = (wrong(case, verdict), too_late(case, verdict), too_good(case, verdict, arena.calm.reward))
    found = [problem for problem in problems if problem]
    if isinstance(verdict, Evaluation):
        evidence = Evidence(verdict, arena.service.texts(verdict), attack.canaries)
        found += [f"the secret is in {name}" for name in evidence.names(attack.canaries.secret)]
        found += _checked(case, evidence)
    result.problems += [f"{attack.lane}: {problem}" for problem in found]


def _checked(case: Case, evidence: Evidence) -> list[str]:
    try:
        if case.check is not None:
            case.check(evidence)
    except AssertionError as error:
        return [f"its evidence: {error!s:.500}"]
    return []


def _look_after(arena: Arena, attack: _Attack, names: Iterator[str]) -> None:
    """Send the case's second site: it must render, and find nothing."""
    if attack.case.after is None:
        return
    texts = [_text(attack.case.after, attack.canaries) for _ in range(attack.case.followers)]
    sent = [_submit(arena, names, text, arena.profiles[attack.lane]) for text in texts]
    found = [problem for one in sent for problem in _neighbour_problems(arena, one, [attack.canaries], calm=False)]
    attack.result.problems += [f"{attack.lane}: the second site: {problem}" for problem in found]


def _neighbour_problems(arena: Arena, sent: Verdict, canaries: Sequence[Canaries], *, calm: bool = True) -> list[str]:
    if not isinstance(sent, Evaluation):
        return [f"the neighbour was {described(sent)}"]
    ended = arena.service.collect([sent.id])[0]
    found = [] if ended.band == "rendered" else [f"the neighbour ended as {described(ended)}"]
    if calm and not found and (ended.shot_hash, ended.reward) != (arena.calm.shot_hash, arena.calm.reward):
        found.append(f"the neighbour looks otherwise, or has another reward: {ended.reward}")
    texts = arena.service.texts(ended)
    for own in canaries:
        evidence = Evidence(ended, texts, own)
        found += [f"the neighbour has the attack's token in {name}" for name in evidence.names(own.token)]
        found += [f"the neighbour has the secret in {name}" for name in evidence.names(own.secret)]
    return found


def _left(arena: Arena) -> list[str]:
    """What stays on the machine when the traces had their time to go."""
    until = time.monotonic() + REST_SECONDS
    while True:
        now = arena.snapshot()
        found = leftovers.differences(arena.baseline, now)
        if not found or time.monotonic() > until:
            arena.baseline = leftovers.with_new_sets(arena.baseline, now)
            return found[:10] + _secret_on_disk(arena)
        time.sleep(0.2)


def _secret_on_disk(arena: Arena) -> list[str]:
    """The service's own records and logs must not have it either."""
    needle = arena.canaries.secret.encode()
    data = arena.folder / "data"
    files = [*data.glob("records.db*"), *(data / "logs").glob("*")]
    return [f"the secret is in {path.name}" for path in files if needle in path.read_bytes()]
