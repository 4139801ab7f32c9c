"""Calls for many rollouts on a clock of their own: a service with a small queue, and trouble of every kind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract import Accepted, Evaluation, ProfileRef, QueryAnswer, Status
from trainer_client.board import Board
from trainer_client.flows import Call, Peer, Run
from trainer_client.gathering import SUBMIT, Gathering
from trainer_client.limits import ClientLimits, Deadline
from trainer_client.prepare import Head, batch
from trainer_client.retry import RESTED, Answer, Fault, Outcome
from trainer_client.scores import Scores

PROBLEM = "urn:webgen-reward:problem:"
TROUBLES = ("none", "unreached", "lost", "slow", "html-404", "html-200", "429", "500", "502", "503", "413", "forgot")


@dataclass
class Simulation:
    """The service, the network and the clock.

    Attributes:
        room: evaluations that may be unfinished at a time; beyond it 429.
        work: seconds from acceptance to the end of an evaluation.
        asks: seconds of the ``Retry-After``.
        troubles: of the calls to come, one each.
        sent: when which kind of call was made.
        barred: until when nothing may be submitted.
        early: submissions before that.
    """

    room: int = 1_000
    work: float = 7.0
    asks: float = 5.0
    troubles: list[str] = field(default_factory=list)
    now: float = 1_000.0
    sent: list[tuple[float, str]] = field(default_factory=list)
    accepted: dict[str, float] = field(default_factory=dict)
    barred: float = 0.0
    early: int = 0
    held: int = 0

    def clock(self) -> float:
        return self.now

    def perform(self, call: Call | None, after: float, timeout: float) -> Outcome:
        assert after >= 0
        assert timeout >= 0
        self.now += after
        if call is None:
            return RESTED
        self.sent.append((self.now, call.path))
        self.early += call.path == SUBMIT and self.now < self.barred
        trouble = self.troubles.pop(0) if self.troubles else "none"
        self.now += 0.01
        if trouble == "unreached":
            return Fault("ConnectError")
        if trouble == "slow":
            self.now += timeout
            return Fault("ReadTimeout")
        if trouble == "forgot":
            self.accepted.clear()
        answer = self._answer(call)
        if trouble == "lost":
            return Fault("ReadError")
        if trouble.startswith("html-"):
            return Answer(int(trouble[5:]), {}, b"<html>")
        if trouble.isdecimal():
            answer = self._refusal(int(trouble))
        if answer.status == 429 and call.path == SUBMIT:
            self.barred = self.now + self.asks
        return answer

    def _refusal(self, status: int) -> Answer:
        headers = {"retry-after": f"{self.asks:g}"} if status == 429 else {}
        return Answer(status, headers, json.dumps({"type": PROBLEM, "title": "no"}).encode())

    def _answer(self, call: Call) -> Answer:
        body = json.loads(call.body or b"{}")
        if call.path == SUBMIT:
            return self._submit([rollout["id"] for rollout in body["rollouts"]])
        until = self.now + body["wait"]
        ends = [self.accepted[id_] + self.work for id_ in body["ids"] if id_ in self.accepted]
        if len(ends) < len(body["ids"]):
            return self._refusal(404)
        self.now = max(self.now, min(until, max(ends)))
        found = [self._evaluation(id_) for id_ in body["ids"]]
        return Answer(200, {}, QueryAnswer(evaluations=found, pending=[]).model_dump_json().encode())

    def _submit(self, ids: list[str]) -> Answer:
        new = [id_ for id_ in ids if id_ not in self.accepted]
        unfinished = sum(self.now < at + self.work for at in self.accepted.values())
        if len(new) > self.room:
            return self._refusal(413)
        if unfinished + len(new) > self.room:
            return self._refusal(429)
        self.held = max(self.held, unfinished + len(new))
        self.accepted |= dict.fromkeys(new, self.now)
        found = [self._evaluation(id_) for id_ in ids]
        return Answer(202, {}, Accepted(evaluations=found).model_dump_json().encode())

    def _evaluation(self, id_: str) -> Evaluation:
        ended = self.now >= self.accepted[id_] + self.work
        return Evaluation(
            id=id_,
            run="r",
            rollout_id=id_,
            status=Status.SCORED if ended else Status.RUNNING,
            reward=float(id_[1:]) if ended else None,
            profile=ProfileRef(name="cascade", version="1", hash="h"),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )


def rollouts(count: int) -> list[dict[str, Any]]:
    return [{"id": f"r{n}", "instruction": "a", "completion": "b"} for n in range(count)]


def scored(simulation: Simulation, count: int, seconds: float = 900.0, **limits: Any) -> Scores:
    return gathered(simulation, Board.of_batch(batch(Head("r"), rollouts(count))), seconds, **limits)


def gathered(simulation: Simulation, board: Board, seconds: float, **limits: Any) -> Scores:
    peer = Peer(ClientLimits(**limits), met=True)
    run = Run(Gathering(board, Deadline.after(seconds, simulation.clock), peer, 20.0).run())
    run.go(None)
    while run.send is not None:
        run.go(simulation.perform(run.send.call, run.send.after, run.send.timeout))
    return run.result


@given(st.lists(st.sampled_from(TROUBLES), max_size=60), st.integers(1, 40), st.sampled_from([3, 8, 1_000]))
@settings(deadline=None)
def test_whatever_happens_every_reward_comes_in_its_place(troubles: list[str], count: int, room: int) -> None:
    """As often as not half of the calls go wrong, 60 in a row, and there is time enough."""
    simulation = Simulation(room=room, troubles=[trouble for trouble in troubles if trouble != "413"])
    scores = scored(simulation, count, seconds=20_000.0, chunk_rollouts=16, query_ids=8)
    assert scores.rewards == [float(n) for n in range(count)]
    assert scores.complete
    assert scores.fault is None


@given(
    st.lists(st.sampled_from([t for t in TROUBLES if t != "413"]), max_size=200),
    st.integers(1, 40),
    st.floats(0.0, 120.0),
    st.sampled_from([0.0, 5.0, 1_000.0]),
)
@settings(deadline=None)
def test_the_deadline_is_kept_and_what_is_there_is_right(
    troubles: list[str], count: int, seconds: float, asks: float
) -> None:
    simulation = Simulation(room=8, asks=asks, troubles=list(troubles))
    began = simulation.now
    scores = scored(simulation, count, seconds=seconds, chunk_rollouts=16, query_ids=8)
    assert simulation.now - began <= seconds + 4.0, "one second of grace, and each last look's own time"
    assert simulation.early == 0, "a Retry-After is never undercut"
    for place, reward in enumerate(scores.rewards):
        assert reward in (None, float(place))
    assert scores.complete == (None not in scores.rewards)


def test_a_small_queue_is_kept_full_and_results_come_meanwhile() -> None:
    simulation = Simulation(room=64, work=7.0)
    began = simulation.now
    scores = scored(simulation, 512)
    assert scores.complete
    assert simulation.early == 0
    assert simulation.held >= 60, "the room is used"
    assert simulation.now - began < 150, "eight rounds of seven seconds and the pauses that were asked for"
    paths = [path for _, path in simulation.sent]
    first, last = paths.index(SUBMIT), len(paths) - paths[::-1].index(SUBMIT)
    assert sum(path != SUBMIT for path in paths[first:last]) > 8, "nothing waits for the last to be accepted"


def test_a_service_that_is_away_is_tried_until_shortly_before_the_end() -> None:
    simulation = Simulation(troubles=["unreached"] * 10_000)
    began = simulation.now
    scores = scored(simulation, 3, seconds=100.0)
    assert scores.rewards == [None] * 3
    assert "ConnectError" in (scores.fault or "")
    assert 85 < simulation.sent[-1][0] - began <= 100
    assert len(simulation.sent) < 30


def test_a_queue_that_stays_full_costs_the_deadline_and_not_less() -> None:
    """A step without rewards that is over at once would be followed by the next."""
    simulation = Simulation(asks=3_600.0, troubles=["429"] * 10)
    began = simulation.now
    assert scored(simulation, 3, seconds=100.0).rewards == [None] * 3
    assert simulation.now - began >= 90
    assert len(simulation.sent) == 1


def test_a_deadline_of_zero_looks_once_at_everything() -> None:
    simulation = Simulation(work=60.0)
    scores = scored(simulation, 10, seconds=5.0, query_ids=3)
    assert scores.rewards == [None] * 10
    simulation.now += 60.0
    asked = len(simulation.sent)
    assert gathered(simulation, Board.of(scores), 0.0, query_ids=3).complete
    assert len(simulation.sent) - asked == 4
