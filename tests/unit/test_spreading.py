"""How tests are spread over processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.spreading import FIRST, ROOT, TEST_BY_TEST, shares_the_stack, turn, unit

ASKS = """
@pytest.fixture(scope="module")
def scored(service): ...
def test_x(scored): ...
"""
HAS_ITS_OWN = """
@pytest.fixture
def stack(): ...
def test_x(stack): ...
"""
ONLY_HELPS = """
@contextmanager
def scoring(stack): ...
def test_x(tmp_path): ...
"""


@pytest.mark.parametrize(("source", "shares"), [(ASKS, True), (HAS_ITS_OWN, False), (ONLY_HELPS, False)])
def test_who_shares_the_sessions_stack(tmp_path: Path, source: str, shares: bool) -> None:
    file = tmp_path / "test_any.py"
    file.write_text(source)
    assert shares_the_stack(file) is shares


def test_all_that_share_the_sessions_stack_share_one_process() -> None:
    shared = {unit(f"tests/e2e/test_{name}.py::test_x") for name in ("golden_rollouts", "hostile", "sharing")}
    assert len(shared) == 1
    assert unit("tests/e2e/test_chaos.py::test_x") not in shared


def test_a_file_stays_whole() -> None:
    path = "tests/unit/a/test_b.py"
    assert {unit(f"{path}::test_x[a::b]"), unit(f"{path}::TestOf::test_y")} == {path}


@pytest.mark.parametrize("path", sorted(TEST_BY_TEST))
def test_a_file_that_is_spread_exists_and_its_tests_stay_with_no_other(path: str) -> None:
    assert (ROOT / path).is_file()
    assert unit(f"{path}::test_x[1]") != unit(f"{path}::test_x[2]")


def test_the_longest_begin_first() -> None:
    golden, chaos, other = (f"tests/e2e/test_{name}.py" for name in ("golden_rollouts", "chaos", "another"))
    unit_test, integration = "tests/unit/test_a.py", "tests/integration/test_b.py"
    ordered = sorted([unit_test, integration, other, chaos, golden], key=lambda path: turn(f"{path}::test_x"))
    assert ordered == [golden, chaos, other, integration, unit_test]
    assert all((ROOT / beginning).exists() for beginning in FIRST)
