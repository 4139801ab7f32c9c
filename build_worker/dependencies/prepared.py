"""The sets that are prepared at set-up and never removed: the scaffold's, and one with the common companions.

A set is named by its whole declaration, so the companions' serves as it is only those prompts that declare exactly it.
What it does for all others is npm's cache: whoever declares any of its packages finds them there, and waits for npm's
own work alone, not for the registry. Its packages and ranges are data, `companions.json`, over the scaffold's.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from build_worker.dependencies.declared import DeclaredDependencies, declared
from services.artifact import scaffold_files
from services.errors import ToolchainError

SCAFFOLD, COMPANIONS = "scaffold", "companions"
_COMPANIONS = Path(__file__).with_name("companions.json")


@cache
def prepared() -> dict[str, DeclaredDependencies]:
    """Name -> declaration.

    Raises:
        ToolchainError: a file of ours is damaged.
    """
    scaffold = _declared("the scaffold's package.json", scaffold_files().get("package.json"))
    both = {**dict(scaffold.packages), **json.loads(_COMPANIONS.read_text())}
    return {SCAFFOLD: scaffold, COMPANIONS: _declared(_COMPANIONS.name, json.dumps({"dependencies": both}))}


def _declared(name: str, text: str | None) -> DeclaredDependencies:
    found = declared(text)
    if isinstance(found, tuple):
        raise ToolchainError(f"{name} is damaged: {found[0].message}")
    return found
