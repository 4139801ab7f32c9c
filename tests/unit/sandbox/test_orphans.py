"""Which processes are sandboxes that nobody holds."""

from __future__ import annotations

import pytest

from services.sandbox.command import HOSTNAME
from services.sandbox.orphans import is_orphan

ARGV = ["/usr/bin/bwrap", "--die-with-parent", "--hostname", HOSTNAME]


@pytest.mark.parametrize(
    ("name", "parent", "argv", "orphan"),
    [
        ("bwrap", 1, ARGV, True),
        ("bwrap", 4_711, ARGV, False),
        ("bwrap", 1, ["/usr/bin/bwrap", "--die-with-parent", "--hostname", "another"], False),
        ("node", 1, ARGV, False),
    ],
)
def test_only_sandboxes_of_ours_without_a_parent(name: str, parent: int, argv: list[str], orphan: bool) -> None:
    assert is_orphan(name, parent, argv) is orphan
