"""How tests are spread over processes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.spreading import FIRST, SHARED_STACK, TEST_BY_TEST, turn, unit

ROOT = Path(__file__).resolve().parents[2]
STACK_FIXTURES = {"stack", "service"}


def uses_the_sessions_stack(path: Path) -> bool:
    """Whether a test or fixture of a file asks for the stack that tests/e2e/conftest.py shares."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    fixtures = [one for one in functions if any("fixture" in ast.dump(each) for each in one.decorator_list)]
    tests = [one for one in functions if one.name.startswith("test_")]
    asked = {argument.arg for one in (*tests, *fixtures) for argument in one.args.args}
    return bool(asked & STACK_FIXTURES - {one.name for one in functions})


def test_all_that_use_the_sessions_stack_share_one_process() -> None:
    found = {path for path in (ROOT / "tests/e2e").glob("test_*.py") if uses_the_sessions_stack(path)}
    assert {path.relative_to(ROOT).as_posix() for path in found} == SHARED_STACK
    assert len({unit(f"{path}::test_x") for path in SHARED_STACK}) == 1


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
