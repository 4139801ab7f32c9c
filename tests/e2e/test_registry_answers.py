"""A registry that answers and does not have a package: the candidate's fault. Without an answer: test_outages.py."""

from __future__ import annotations

import pytest

from services.contract import Status
from tests.support.variants import small_rollout, with_missing_package
from trainer_client import RewardClient

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


def test_a_missing_package_with_the_registry_there_is_the_candidates(service: RewardClient) -> None:
    rollout = small_rollout("missing", files=with_missing_package("missing"))
    (there,) = service.score([rollout], run="registry", deadline=300)
    assert there is not None
    assert (there.status, there.band) == (Status.SCORED, "build-failed")
    assert "resolve/no-such-package" in {finding.rule for finding in there.reports[-1].findings}
