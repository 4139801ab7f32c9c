"""The client loads on a training machine: httpx and pydantic, and nothing of the service."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("celery", "redis", "sqlalchemy", "openai", "playwright", "fastapi", "docker", "PIL")


def test_importing_the_client_loads_nothing_heavy() -> None:
    code = f"import sys, trainer_client; print([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
