"""How the tests of one run are spread over processes: what stays together, and what is begun first.

A file stays whole, so that its fixtures are made once and its tests meet them in their order. What uses the session's
stack stays together as well. A long file whose tests share nothing is spread test by test.
"""

from __future__ import annotations

import ast
import os
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[2]

STACK_TESTS = "tests/e2e/"
STACK_FIXTURES = frozenset({"stack", "service"})
"""What the conftest of these tests shares among all that only submit to a stack."""

TEST_BY_TEST = frozenset(
    {
        "tests/e2e/test_lane_agreement.py",
        "tests/integration/test_render_integrity.py",
        "tests/integration/test_render_refusals.py",
    }
)
"""Files that take minutes: each test renders pages of its own, and what they share is cheap to have more than once."""

FIRST = (
    "tests/e2e/test_golden_rollouts.py",
    "tests/e2e/test_chaos.py",
    "tests/e2e/",
    "tests/judging/",
    "tests/integration/",
    "tests/conformance/",
    "tests/",
)
"""How paths begin, the long ones first: whatever ends last should be short."""


class Spreading(LoadScopeScheduling):
    """Hands out units in the order in which tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def unit(nodeid: str) -> str:
    """The name of what a test must stay together with."""
    path = nodeid.partition("::")[0]
    if path in TEST_BY_TEST:
        return nodeid
    return "the session's stack" if path.startswith(STACK_TESTS) and shares_the_stack(ROOT / path) else path


@cache
def shares_the_stack(file: Path) -> bool:
    """Whether a test or fixture of a file asks for the stack that is shared, and not for one of the file's own."""
    functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
    asking = [one for one in functions if one.name.startswith("test_") or _is_fixture(one)]
    asked = {argument.arg for one in asking for argument in one.args.args}
    return bool(asked & STACK_FIXTURES - {one.name for one in functions})


def _is_fixture(function: ast.FunctionDef) -> bool:
    return any("fixture" in ast.dump(decorator) for decorator in function.decorator_list)


def turn(nodeid: str) -> int:
    """When a test's turn is, among all: the lower, the sooner. Tests of one unit that are not neighbours in the order
    follow its first one."""
    path = nodeid.partition("::")[0]
    return next(index for index, beginning in enumerate(FIRST) if path.startswith(beginning))


def processes() -> int:
    """One more than there are cores: a third of the time, tests wait."""
    return len(os.sched_getaffinity(0)) + 1
