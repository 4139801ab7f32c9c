"""Where a registry keeps its packages, read from a lock file. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence


def elsewhere(lock: str, allowed: Sequence[str]) -> str | None:
    """The first address of a lock file that lies below none of those allowed; None where all do."""
    below = tuple(f"{address.rstrip('/')}/" for address in allowed if address)
    packages = json.loads(lock).get("packages", {})
    addresses = (entry.get("resolved") for entry in packages.values())
    return next((url for url in addresses if url and not url.startswith(below)), None)
