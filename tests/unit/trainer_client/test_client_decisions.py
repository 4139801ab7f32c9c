"""The client's pure decisions: cleaning, chunking, retrying."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.clean import clean
from trainer_client.errors import Problem
from trainer_client.limits import ClientLimits
from trainer_client.prepare import Head, batch, chunk
from trainer_client.retry import Answer, Fault, delay, retry_after, worth_retrying

LIMITS = ClientLimits()
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(categories=None))
HEAD = Head("run")


def sent_of(rollouts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What goes over the wire, in one submission."""
    sent = batch(HEAD, rollouts)
    body = json.loads(chunk(sent, range(len(rollouts)), len(rollouts), LIMITS).body)
    found: list[dict[str, Any]] = body["rollouts"]
    return found


@given(ANY_TEXT)
def test_any_text_can_be_sent(text: str) -> None:
    (sent,) = sent_of([{"instruction": "a", "completion": text, "metadata": {"k": [text]}}])
    assert "\0" not in sent["completion"]
    assert sent["metadata"]["k"] == [sent["completion"]]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_ordinary_text_is_sent_unchanged(text: str) -> None:
    assert clean(text) == text


def test_a_surrogate_pair_becomes_its_character() -> None:
    assert clean("\ud83d\ude00 \ude00") == "\N{GRINNING FACE} \ufffd"


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30), st.integers(1, 5), st.integers(1, 2_000))
def test_chunks_keep_the_order_and_both_limits(sizes: list[int], most: int, most_bytes: int) -> None:
    sent = batch(HEAD, [{"id": f"r{n}", "instruction": "a", "completion": "x" * size} for n, size in enumerate(sizes)])
    limits, left = ClientLimits(chunk_bytes=most_bytes), list(range(len(sizes)))
    while left:
        found = chunk(sent, left, most, limits)
        bodies = json.loads(found.body)["rollouts"]
        assert [body["id"] for body in bodies] == [f"r{place}" for place in found.places]
        assert found.places == left[: len(found.places)]
        assert 0 < len(found.places) <= most
        bulk = sum(len(sent.rollouts[place].model_dump_json(exclude_none=True)) for place in found.places)
        assert bulk <= most_bytes or len(found.places) == 1
        left = left[len(found.places) :]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0), ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0), ("soon", 0.0)],
)
def test_retry_after_is_read_as_number_or_date(value: str, seconds: float) -> None:
    assert retry_after({"retry-after": value}, NOW) == seconds


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_statuses_are_retried_for_as_long_as_there_is_time(status: int) -> None:
    assert worth_retrying(Answer(status, {}, b""), 1_000, LIMITS)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 409, 413, 422])
def test_refusals_are_not_retried(status: int) -> None:
    assert not worth_retrying(Answer(status, {}, b""), 1, LIMITS)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_waiting_grows_and_stays_bounded(failures: int, share: float) -> None:
    assert 0 < delay(Fault("reset"), failures, LIMITS, share) <= LIMITS.max_delay


@given(st.integers(0, 600), st.integers(1, 100), st.floats(0, 1))
def test_a_retry_after_is_never_undercut(seconds: int, failures: int, share: float) -> None:
    answer = Answer(429, {"retry-after": str(seconds)}, b"")
    assert delay(answer, failures, LIMITS, share) >= seconds


def test_a_body_that_is_no_problem_document_is_shown_by_its_beginning() -> None:
    assert str(Problem.read(502, b"<html>bad gateway</html>")) == "HTTP 502: <html>bad gateway</html>"


def test_the_client_loads_nothing_of_the_server() -> None:
    program = "import trainer_client, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"celery", "redis", "sqlalchemy", "openai", "playwright", "fastapi", "pydantic_settings", "typer"}
    assert not heavy & set(loaded)
