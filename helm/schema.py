"""The chart's JSON schema: what values.yaml has, and nothing else. Pure."""

from __future__ import annotations

from typing import Any

from helm.settings import settings_schema
from helm.values import Value

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def schema(root: Value) -> dict[str, Any]:
    """The whole schema. ``global`` is Helm's own key, for charts that have this one as a part."""
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of webgen-reward"} | _of(root)
    whole["properties"]["global"] = {"type": "object"}
    return whole


def _of(value: Value) -> dict[str, Any]:
    about = {"description": value.doc} if value.doc else {}
    if value.settings:
        return about | settings_schema(value.settings)
    if value.children:
        below = {child.path[-1]: _of(child) for child in value.children}
        return about | {"type": "object", "additionalProperties": False, "properties": below}
    return about | {"type": _TYPES[type(value.default)]} | value.extra
