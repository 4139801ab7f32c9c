"""A normal rollout that is sent beside an attack: always another source and bundle, always the same picture."""

from __future__ import annotations

from tests.support.variants import completion, small_site


def neighbour(name: str) -> str:
    files = small_site("neighbour")
    files["src/main.tsx"] += f'\ndocument.documentElement.dataset.neighbour = "{name}";\n'
    return completion(files, title=name)
