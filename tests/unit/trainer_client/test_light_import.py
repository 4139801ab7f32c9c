"""The client installs and loads on a training machine: httpx and pydantic, and nothing of the service."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import requires

OURS = {"services", "trainer_client"}


def loaded(imports: str) -> set[str]:
    """Packages and modules of the highest level that an import loads, without Python's own."""
    program = f"import sys, json; import {imports}; print(json.dumps([n.partition('.')[0] for n in sys.modules]))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name for name in json.loads(answer.stdout) if name not in sys.stdlib_module_names and name[0] != "_"}


def test_the_distribution_needs_httpx_and_pydantic_alone() -> None:
    needed = {re.split(r"[^\w.-]", line)[0] for line in requires("webgen-reward") or [] if "extra ==" not in line}
    assert needed == {"httpx", "pydantic"}


def test_importing_the_client_loads_nothing_else() -> None:
    assert loaded("trainer_client") - loaded("httpx, pydantic, annotated_types") == OURS  # the last is pydantic's own
