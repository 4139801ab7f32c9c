"""One compose stack for all tests of this folder. `make test-docker` builds its images before."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.compose_stack import ComposeStack, compose_stack
from trainer_client import RewardClient


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="needs images and an engine with networks: make test-docker")
    if not os.environ.get("WEBGEN_TEST_COMPOSE"):
        for item in items:
            if "/tests/docker/" in str(item.path):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def stack() -> Iterator[ComposeStack]:
    with compose_stack() as started:
        yield started


@pytest.fixture(scope="session")
def service(stack: ComposeStack) -> Iterator[RewardClient]:
    with RewardClient(stack.url, stack.key("submit", "read")) as client:
        yield client
