"""One embedded stack for all tests that only submit to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reward_api.embedded import EmbeddedStack
from tests.support.stacks import running
from trainer_client import RewardClient


@pytest.fixture(scope="session")
def stack() -> Iterator[EmbeddedStack]:
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def service(stack: EmbeddedStack) -> Iterator[RewardClient]:
    with RewardClient(stack.url) as client:
        yield client
