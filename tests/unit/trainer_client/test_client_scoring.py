"""Scoring through both clients: the same flows, so every case runs under both drivers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from trainer_client import (
    AsyncRewardClient,
    BadAnswer,
    ClientLimits,
    Conflict,
    DeadlineExceeded,
    InvalidRollout,
    RewardClient,
    Scores,
    TransportError,
    Unauthorized,
)

Caller = Callable[..., Any]
ROLLOUTS = [{"instruction": "a site", "completion": f"text {n}"} for n in range(8)]


def lose(request: httpx.Request, _response: httpx.Response) -> httpx.Response:
    """The work was done and the answer got lost."""
    raise httpx.ReadError("connection reset", request=request)


def honest(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
    return response


def instead(status: int, **headers: str) -> Callable[..., httpx.Response]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"type": f"urn:webgen-reward:problem:{status}", "title": "Trouble"}
    return lambda _request, _response: httpx.Response(status, json=body, headers=names)


@pytest.fixture(params=["threads", "asyncio"])
def call(request: pytest.FixtureRequest, service: Any, quick: ClientLimits) -> Caller:
    """Call a method of a client on the fake service."""

    def in_thread(method: str, *args: Any, **options: Any) -> Any:
        with RewardClient("http://service.test", transport=httpx.MockTransport(service), limits=quick) as client:
            return getattr(client, method)(*args, **options)

    async def in_loop(method: str, *args: Any, **options: Any) -> Any:
        transport = httpx.MockTransport(service)
        async with AsyncRewardClient("http://service.test", transport=transport, limits=quick) as client:
            return await getattr(client, method)(*args, **options)

    if request.param == "threads":
        return in_thread
    return lambda *args, **options: asyncio.run(in_loop(*args, **options))


def test_rewards_come_in_the_order_sent_and_in_chunks(call: Caller, service: Any) -> None:
    scores = call("score", ROLLOUTS, run="r", profile="cascade")
    assert scores.rewards == [float(n) for n in range(8)]
    assert scores.complete
    assert [len(s["rollouts"]) for s in service.submissions] == [3, 3, 2]
    assert {s["run"] for s in service.submissions} == {"r"}
    assert {s["profile"] for s in service.submissions} == {"cascade"}


def test_every_rollout_is_sent_under_an_id(call: Caller, service: Any) -> None:
    scores = call("score", [*ROLLOUTS[:2], {**ROLLOUTS[2], "id": "mine"}], run="r")
    sent = [rollout["id"] for s in service.submissions for rollout in s["rollouts"]]
    assert sent == scores.rollout_ids
    assert sent[2] == "mine"
    assert len(set(sent)) == 3


@pytest.mark.parametrize("trouble", [lose, *map(instead, (500, 502, 503, 504, 507)), instead(429, retry_after="0")])
def test_passing_trouble_is_retried_under_the_same_ids(call: Caller, service: Any, trouble: Any) -> None:
    service.troubles = [trouble, trouble, trouble]
    scores = call("score", ROLLOUTS[:2], run="r")
    assert scores.rewards == [0.0, 1.0]
    assert scores.fault is None
    assert len(service.by_rollout) == 2
    assert len(service.submissions) > 3


def test_trouble_in_a_query_is_retried(call: Caller, service: Any) -> None:
    service.troubles = [honest, lose, instead(503)]
    assert call("score", ROLLOUTS[:2], run="r").rewards == [0.0, 1.0]


def test_at_the_deadline_what_has_not_ended_is_none(call: Caller, service: Any) -> None:
    service.queries_until_ended = 10_000
    scores = call("score", ROLLOUTS[:2], run="r", deadline=0.1)
    assert scores.rewards == [None, None]
    assert scores.pending == ["e0", "e1"]
    assert not scores.complete


def test_a_service_that_is_away_gives_none_and_the_reason(call: Caller, service: Any) -> None:
    service.troubles = [instead(503)] * 100_000
    scores = call("score", ROLLOUTS[:2], run="r", deadline=1.0)
    assert scores.rewards == [None, None]
    assert "503" in (scores.fault or "")
    assert all(scores.rollout_ids)


def test_what_was_accepted_before_the_trouble_is_waited_for(call: Caller, service: Any) -> None:
    service.queries_until_ended = 1
    service.troubles = [honest, instead(429, retry_after="60")]
    scores = call("score", ROLLOUTS[:4], run="r", deadline=1.0)
    assert scores.rewards == [0.0, 1.0, 2.0, None]
    assert len(service.submissions) == 2, "a Retry-After is honoured to the end"
    assert "429" in (scores.fault or "")


def test_a_pending_evaluation_can_be_collected_later(call: Caller, service: Any) -> None:
    service.queries_until_ended = 10_000
    scores: Scores = call("score", ROLLOUTS[:2], run="r", deadline=0.05)
    service.queries_until_ended = 1
    assert call("wait", scores.pending).rewards == [0.0, 1.0]


def test_a_chunk_that_is_too_large_for_the_service_is_halved(call: Caller, service: Any) -> None:
    service.most = 1
    assert call("score", ROLLOUTS[:3], run="r").rewards == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (403, Unauthorized), (409, Conflict)])
def test_a_refusal_is_raised_with_its_problem(call: Caller, service: Any, status: int, kind: type[Exception]) -> None:
    service.troubles = [instead(status)]
    with pytest.raises(kind, match="Trouble"):
        call("score", ROLLOUTS[:1], run="r")


def test_a_defect_of_the_service_costs_the_deadline_and_no_crash(call: Caller, service: Any) -> None:
    service.troubles = [instead(500)] * 100_000
    scores = call("score", ROLLOUTS[:1], run="r", deadline=0.1)
    assert scores.rewards == [None]
    assert "500" in (scores.fault or "")


def test_a_proxy_page_is_a_bad_answer(call: Caller, service: Any) -> None:
    service.troubles = [lambda _request, _response: httpx.Response(200, text="<html>log in</html>")]
    with pytest.raises(BadAnswer):
        call("score", ROLLOUTS[:1], run="r")


def test_too_few_evaluations_are_a_bad_answer(call: Caller, service: Any) -> None:
    service.troubles = [lambda _request, _response: httpx.Response(202, json={"evaluations": []})]
    with pytest.raises(BadAnswer):
        call("score", ROLLOUTS[:1], run="r")


def test_submit_alone_raises_at_its_deadline(call: Caller, service: Any) -> None:
    service.troubles = [instead(503)] * 100_000
    with pytest.raises(DeadlineExceeded, match="503"):
        call("submit", ROLLOUTS[:1], run="r", deadline=0.05)


def test_progress_is_told_until_all_have_ended(call: Caller, service: Any) -> None:
    seen: list[list[str | None]] = []
    call("score", ROLLOUTS[:2], run="r", progress=lambda found: seen.append([e and e.status.value for e in found]))
    assert seen[0] == ["queued", "queued"]
    assert seen[-1] == ["scored", "scored"]


def test_no_rollouts_need_no_service(call: Caller, service: Any) -> None:
    assert call("score", [], run="r").rewards == []
    assert service.submissions == []


def test_a_hostile_token_does_not_end_the_step(call: Caller, service: Any) -> None:
    call("score", [{"instruction": "a", "completion": "x\0y\ud800z"}], run="r")
    assert service.submissions[0]["rollouts"][0]["completion"] == "x\ufffdy\ufffdz"


def test_an_invalid_rollout_is_named_before_anything_is_sent(call: Caller, service: Any) -> None:
    with pytest.raises(InvalidRollout, match="completion") as caught:
        call("score", [*ROLLOUTS[:1], {"instruction": "a"}], run="r")
    assert caught.value.index == 1
    assert service.submissions == []


def test_the_event_loop_is_left_to_its_owner(service: Any, quick: ClientLimits) -> None:
    """What takes longer with more rollouts is done elsewhere; the caller's callback is called where the caller is."""
    threads: dict[str, int] = {}

    class Watched(dict[str, Any]):
        def items(self) -> Any:
            threads["prepared in"] = threading.get_ident()
            return super().items()

    def watch(_: object) -> None:
        threads["told in"] = threading.get_ident()

    async def main() -> Scores:
        transport = httpx.MockTransport(service)
        async with AsyncRewardClient("http://service.test", transport=transport, limits=quick) as client:
            return await client.score([Watched(ROLLOUTS[0])], run="r", progress=watch)

    assert asyncio.run(main()).rewards == [0.0]
    assert threads["prepared in"] != threading.get_ident()
    assert threads["told in"] == threading.get_ident()


def test_what_was_known_comes_with_a_refusal(call: Caller, service: Any) -> None:
    service.queries_until_ended = 10_000
    service.troubles = [honest, instead(409)]
    with pytest.raises(Conflict) as caught:
        call("score", ROLLOUTS[:4], run="r")
    assert caught.value.scores is not None
    assert caught.value.scores.pending == ["e0", "e1", "e2"]


def test_what_was_submitted_can_be_waited_for_as_it_came(call: Caller, service: Any) -> None:
    sent = call("submit", ROLLOUTS[:4], run="r")
    assert [evaluation.rollout_id for evaluation in sent] == list(service.by_rollout)
    service.queries_until_ended = 1
    assert call("wait", sent).rewards == [0.0, 1.0, 2.0, 3.0]


def test_what_was_submitted_in_part_can_be_gone_on_with(call: Caller, service: Any) -> None:
    service.troubles = [honest, *[instead(503)] * 100_000]
    with pytest.raises(DeadlineExceeded) as caught:
        call("submit", ROLLOUTS[:5], run="r", deadline=0.2)
    service.troubles = []
    scores = call("wait", caught.value.scores)
    assert scores.rewards == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("key", ["two words", "clé", "line\nbreak"])
def test_a_key_that_no_header_carries_is_said_at_once(key: str) -> None:
    with pytest.raises(TransportError, match="key") as caught:
        RewardClient("http://service.test", key)
    assert key not in str(caught.value)


LONG_NAME = "http://" + "a" * 70


@pytest.mark.parametrize("address", ["", "service.test", "ftp://service.test", "http://", LONG_NAME])
def test_an_unusable_address_is_said_at_once(address: str) -> None:
    with pytest.raises(TransportError):
        RewardClient(address)
