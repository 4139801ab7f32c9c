"""The chart's README: its text, and the table of all values. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from helm.settings import rows, settings_schema
from helm.values import Value

_HEAD = "| value | by itself | is |\n|---|---|---|\n"


def readme(root: Value, text: str) -> str:
    """The text with the table in the place of its ``@values`` line."""
    parts = [_part(child) for child in root.children if child.children]
    others = [child for child in root.children if not child.children]
    table = "\n".join(["### In general\n\n" + _HEAD + "".join(_rows(others)), *parts])
    return text.replace("@values\n", table)


def _part(value: Value) -> str:
    about = f"{value.doc}\n\n" if value.doc else ""
    return f"### {value.name}\n\n{about}{_HEAD}{''.join(_rows(value.leaves()))}"


def _rows(values: Any) -> Iterator[str]:
    for value in values:
        if value.settings:
            for name, default, about in rows(settings_schema(value.settings), value.name):
                chosen = _chosen(value, name)
                yield _row(name, default if chosen is None else chosen, about)
        else:
            yield _row(value.name, value.default, value.doc)


def _chosen(value: Value, name: str) -> Any:
    """What values.yaml itself gives for a setting."""
    found = value.default
    for key in name.removeprefix(value.name + ".").split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _row(name: str, default: Any, about: str) -> str:
    shown = "" if default in (None, "") else f"`{json.dumps(default) if not isinstance(default, str) else default}`"
    return f"| `{name}` | {_cell(shown)} | {_cell(about)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
