"""Tests that train need TRL: `make test-trainer` installs it. Where it is not installed, the folder is left out."""

from __future__ import annotations

import os
from importlib.util import find_spec

MISSING = [name for name in ("torch", "trl", "datasets", "accelerate") if find_spec(name) is None]

if MISSING and os.environ.get("WEBGEN_TEST_TRAINER"):
    raise RuntimeError(f"not installed: {', '.join(MISSING)}: run `make trainer`")

collect_ignore_glob = ["test_*.py"] if MISSING else []
