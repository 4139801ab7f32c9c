"""Whether a failed call is repeated, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.judge.retrying import LONGEST_WAIT, Failure, retry_after, wait_for

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def failure(status: int | None = None, **more: object) -> Failure:
    return Failure("failed", status, **more)  # type: ignore[arg-type]  # one of each test's own


def wait(failed: Failure, tries: int = 1, left: float = 100.0, chance: float = 0.0) -> float | None:
    return wait_for(failed, tries, 4, left, chance)


@pytest.mark.parametrize("status", [None, 408, 409, 429, 500, 502, 503, 529])
def test_what_may_pass_is_tried_again(status: int | None) -> None:
    assert wait(failure(status)) == 0.5


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 410, 451])
def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    assert wait(failure(status)) is None
    assert wait(failure(status, retry_after=1.0)) is None


def test_an_empty_account_and_an_impossible_address_are_not_tried_again() -> None:
    assert wait(failure(429, code="insufficient_quota")) is None
    assert wait(failure(None, lasting=True)) is None


def test_waits_double_and_end_with_the_retries() -> None:
    assert [wait(failure(500), tries) for tries in (1, 2, 3, 4, 5)] == [0.5, 1.0, 2.0, 4.0, None]


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_a_wait_of_our_own_is_bounded_and_never_less_than_half_of_itself(tries: int, chance: float) -> None:
    waited = wait_for(failure(500), tries, 10**6, 1e9, chance)
    assert waited is not None
    assert 0.25 <= waited <= LONGEST_WAIT


@given(st.floats(0, 1_000), st.floats(0, 1))
def test_what_the_server_asks_for_is_waited_and_little_more(asked: float, chance: float) -> None:
    waited = wait(failure(429, retry_after=asked), left=1e9, chance=chance)
    assert waited is not None
    assert asked <= waited <= max(0.5, asked + min(2.0, asked / 2))


def test_a_server_that_asks_for_next_to_nothing_is_given_more_time_with_every_try() -> None:
    assert [wait(failure(429, retry_after=0.01), tries) for tries in (1, 2, 3)] == [0.5, 1.0, 2.0]


def test_no_wait_is_begun_that_would_not_end_before_the_deadline() -> None:
    assert wait(failure(429, retry_after=30.0), left=30.0) is None
    assert wait(failure(429, retry_after=30.0), left=30.1) == 30.0
    assert wait(failure(500), left=0.4) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:35 GMT"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:00:00 GMT"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "tomorrow"}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@given(st.text())
def test_no_header_raises(text: str) -> None:
    seconds = retry_after({"retry-after": text, "retry-after-ms": text}, NOW)
    assert seconds is None or seconds >= 0
