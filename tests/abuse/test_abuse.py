"""The whole abuse suite as one test; ``make abuse`` runs it by hand. Not part of an ordinary run: ``-m abuse``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.abuse.catalogue import manifest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.abuse
@pytest.mark.timeout(3_600)
def test_every_attack_of_the_manifest_is_contained() -> None:
    """In a process of its own: it takes itself out of this one's network."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.abuse"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    count = len(manifest())
    assert done.stdout.splitlines()[-1] == f"contained {count} of {count}", done.stdout
    assert done.returncode == 0
