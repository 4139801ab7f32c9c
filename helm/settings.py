"""The service's settings as the chart takes them: by the names that its settings classes give them. Pure.

What the chart sets itself (addresses, folders, ports), what only a machine without containers needs, and every secret
is left out.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from services.settings import (
    BuildSettings,
    GatewaySettings,
    JudgeCosts,
    JudgeSettings,
    ReaperSettings,
    RenderSettings,
    ResolveSettings,
)
from services.settings.processes import ProcessSettings, StageSettings

_OF_MACHINES = {"tools.node", "tools.npm", "tools.browser", "tools.sets", "tools.prepared"}
_SHARED = {"log_level", "log_json", "broker", "judge_costs", "tools.lane", "tools.resolve_before"}
_OF_THE_CHART = {
    "records",
    "metrics",
    "alive",
    "blobs",
    "sandbox",
    "host",
    "port",
    "auth",
    "share_sets",
    "judge.api_key",
}
_OWN = _OF_MACHINES | _SHARED | _OF_THE_CHART

Property = dict[str, Any]


class Shared(StageSettings):
    """Those of several processes, which must be the same in all of them."""

    judge_costs: JudgeCosts = JudgeCosts()


_OF_REPLICAS = {"concurrency", "tools.sets_bytes", "tools.sets_free_bytes"}
_ADDRESSES = {"broker.url", "blobs.root", "blobs.s3.access_key", "blobs.s3.secret_key"}
_OF_SHARED = _OF_MACHINES | _OF_THE_CHART - {"blobs"} | _OF_REPLICAS | _ADDRESSES

CLASSES: dict[str, tuple[type[ProcessSettings], set[str]]] = {
    "shared": (Shared, _OF_SHARED),
    "gateway": (GatewaySettings, _OWN),
    "reaper": (ReaperSettings, _OWN),
    "resolver": (ResolveSettings, _OWN),
    "build": (BuildSettings, _OWN),
    "render": (RenderSettings, _OWN | {"tools"}),
    "judge": (JudgeSettings, _OWN),
}
"""Whose settings -> the class, and the names that are left out of it."""


def settings_schema(whose: str) -> Property:
    """JSON schema of what the chart takes; each property with its description and default."""
    cls, left_out = CLASSES[whose]
    return _of_class(cls, cls.model_json_schema(), cls.model_json_schema().get("$defs", {}), left_out, "")


def rows(schema: Property, prefix: str) -> Iterator[tuple[str, Any, str]]:
    """Name, default and description of every setting in a schema."""
    for name, each in schema["properties"].items():
        if "properties" in each:
            yield from rows(each, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}", each.get("default"), each.get("description", "")


def _of_class(
    cls: type[BaseModel], schema: Property, defs: dict[str, Property], left_out: set[str], at: str
) -> Property:
    said = described(cls)
    properties = {}
    for name, each in schema["properties"].items():
        if at + name in left_out:
            continue
        inner = _group(cls.model_fields[name].annotation)
        if inner is not None:
            properties[name] = _of_class(inner, defs[inner.__name__], defs, left_out, f"{at}{name}.")
        else:
            properties[name] = _plain(each, defs) | {"default": each.get("default"), "description": said.get(name, "")}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _group(annotation: Any) -> type[BaseModel] | None:
    """The group of settings that an attribute is, or may be; None where it is a value."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel) and get_origin(annotation) is not dict:
            return each
    return None


def _plain(schema: Property, defs: dict[str, Property]) -> Property:
    """Without references, titles and what says nothing to a validator."""
    if "$ref" in schema:
        return _plain(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    plain: Property = {}
    for key, each in schema.items():
        if key in ("title", "default", "description", "writeOnly"):
            continue
        if key == "properties":
            plain[key] = {name: _plain(below, defs) for name, below in each.items()}
        elif isinstance(each, dict):
            plain[key] = _plain(each, defs)
        elif isinstance(each, list):
            plain[key] = [_plain(below, defs) if isinstance(below, dict) else below for below in each]
        else:
            plain[key] = each
    return plain


def described(cls: type) -> dict[str, str]:
    """What the docstrings of a class and its bases say of each attribute; of one that is only mentioned, where."""
    said: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        said |= _attributes(inspect.cleandoc(base.__dict__.get("__doc__") or ""))
    for name in set(getattr(cls, "model_fields", {})) - set(said):
        where = next((other for other, text in said.items() if f"`{name}`" in text), None)
        said |= {name: f"See `{where}`."} if where else {}
    return said


def _attributes(doc: str) -> dict[str, str]:
    """Name -> text, from a docstring's list of attributes, or from its one line."""
    alone = re.match(r"``(\w+)``: (.+)", doc, re.S)
    if alone:
        return {alone[1]: _sentence(alone[2])}
    _, _, listed = doc.partition("Attributes:\n")
    said: dict[str, str] = {}
    for each in re.split(r"\n(?=\S)", textwrap.dedent(listed)):
        names, _, text = each.partition(": ")
        said |= dict.fromkeys(re.findall(r"\w+", names), _sentence(text))
    return said


def _sentence(text: str) -> str:
    clean = " ".join(text.replace("``", "`").split())
    return clean[:1].upper() + clean[1:]
