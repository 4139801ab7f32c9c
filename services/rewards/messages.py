"""What is wrong with a document: every key by its dotted path, what stands there, and what is allowed."""

from __future__ import annotations

import copy
import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)
Path = tuple[int | str, ...]

WANTED: Mapping[str, str] = MappingProxyType(
    {
        "string": "a text in quotes",
        "float": "a number",
        "int": "a whole number",
        "bool": "true or false",
        "tuple": "a list",
        "dict": "a table",
        "model": "a table",
    }
)
STUBS: Mapping[Path, Any] = MappingProxyType(
    {
        ("name",): "x",
        ("version",): "1",
        ("static",): {"gates": [], "format": []},
        ("static", "gates"): [],
        ("static", "format"): [],
        ("bands",): {},
    }
)
"""What stands in for a required value that is wrong, so that mistakes elsewhere are seen too."""

SHOWN = 60
PASSES = 4


def faults(model: type[M], document: Mapping[str, Any], context: Mapping[str, Any]) -> M | list[str]:
    """The document as a model; or what is wrong with it, one message for each wrong key.

    What is wrong is taken out and the rest looked at again, for mistakes that only a sound document shows.
    """
    rest, told, seen = copy.deepcopy(dict(document)), dict[str, None](), set[Path]()
    for _ in range(PASSES):
        try:
            sound = model.model_validate_json(json.dumps(rest, default=str), strict=True, context=dict(context))
        except ValidationError as error:
            found = error.errors()
        else:
            return list(told) if told else sound
        fresh = [problem for problem in found if _place(problem) not in seen]
        told |= dict.fromkeys(message(model, problem) for problem in fresh)
        seen |= {_place(problem) for problem in fresh}
        _take_out(rest, [_place(problem) for problem in fresh])
    return list(told)


def message(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    """One of pydantic's errors as ``path: what is wrong; what is allowed``."""
    path, kind, given = _place(problem), str(problem["type"]), problem.get("input")
    context = problem.get("ctx", {})
    if kind == "value_error" and not path:
        return str(context["error"])
    return f"{dotted(path)}: {_wrong(model, path, kind, given, context, problem)}"


def _wrong(
    model: type[BaseModel], path: Path, kind: str, given: object, context: Mapping[str, Any], problem: Mapping[str, Any]
) -> str:
    if kind == "extra_forbidden":
        return f"there is no such key{nearest(str(path[-1]), _keys(model, path[:-1]))}"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("enum", "literal_error"):
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        if problem["loc"][-1] == "[key]":
            return f"there is no such key{nearest(str(path[-1]), allowed)}"
        return f"{shown(given)} is not allowed{nearest(str(given), allowed)}"
    return _out_of_bounds(kind, given, context) or _of_another_kind(kind, given) or str(problem["msg"])


def _out_of_bounds(kind: str, given: object, context: Mapping[str, Any]) -> str | None:
    match kind:
        case "greater_than_equal":
            return f"{shown(given)} is too small; at least {context['ge']:g} is allowed"
        case "less_than_equal":
            return f"{shown(given)} is too large; at most {context['le']:g} is allowed"
        case "finite_number":
            return f"{given} is not a finite number"
        case "string_too_long" | "too_long":
            return f"is too long; at most {context['max_length']} are allowed"
        case "string_pattern_mismatch":
            return f"{shown(given)} is not of the form {context['pattern']}"
    return None


def _of_another_kind(kind: str, given: object) -> str | None:
    wanted = WANTED.get(kind.partition("_")[0])
    return f"{shown(given)} is not {wanted}" if wanted else None


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean …?``, or all that there is."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; allowed are {', '.join(names)}"


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def dotted(path: Path) -> str:
    """``static.gates[3]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "profile"


def _place(problem: Mapping[str, Any]) -> Path:
    return tuple(part for part in problem["loc"] if part != "[key]")


def _keys(model: type[BaseModel], path: Path) -> Collection[str]:
    """The keys that a table at a path may have."""
    kind: Any = model
    for part in path:
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        kind = kind.model_fields[str(part)].annotation if is_model else get_args(kind)[-1]
    return tuple(kind.model_fields)


def _take_out(document: dict[str, Any], paths: list[Path]) -> None:
    """Remove the values at these paths, lists from behind; what is required gets a stub."""
    for path in sorted((path for path in paths if path), key=lambda path: [str(part).zfill(6) for part in path])[::-1]:
        holder: Any = document
        for part in path[:-1]:
            holder = holder[part] if _has(holder, part) else None
        if path in STUBS and isinstance(holder, dict):
            holder[path[-1]] = copy.deepcopy(STUBS[path])
        elif _has(holder, path[-1]):
            del holder[path[-1]]


def _has(holder: object, part: int | str) -> bool:
    if isinstance(holder, list):
        return isinstance(part, int) and part < len(holder)
    return isinstance(holder, dict) and part in holder
