"""Recipe files: YAML, which may extend another file, and overrides from the command line.

extends: grpo.yaml          # a file beside this one, or the name of a recipe that ships
model:
  name: my/model
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trainer_client.errors import ClientError
from trainer_client.recipes.config import AnyRecipe, GrpoRecipe, SftRecipe

SHIPPED = Path(str(files("trainer_client.recipes"))) / "configs"
_MAX_EXTENDS = 10


class RecipeError(ClientError):
    """A recipe, or what it names, cannot be used; the message says what to change."""


def shipped() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load(source: str | Path, overrides: Sequence[str] = ()) -> SftRecipe | GrpoRecipe:
    """A recipe from a YAML file, or from one that ships by its name (``grpo-practice``).

    Args:
        overrides: ``section.key=value`` each, the value written as in YAML: ``grpo.max_steps=2``.

    Raises:
        RecipeError: no such file, no YAML, or not what `trainer_client.recipes.config` describes.
    """
    values = _read(located(source, Path()))
    for override in overrides:
        values = merged(values, _parsed(override))
    try:
        return TypeAdapter[SftRecipe | GrpoRecipe](AnyRecipe).validate_python(values)
    except ValidationError as error:
        raise RecipeError(f"{source}: {_told(error)}") from error


def located(source: str | Path, beside: Path) -> Path:
    """The file: as it is named (relative names from ``beside``), or else one that ships."""
    given = beside / source
    by_name = SHIPPED / f"{Path(source).name.removesuffix('.yaml')}.yaml"
    if given.is_file():
        return given
    if by_name.is_file():
        return by_name
    raise RecipeError(f"{source}: no such file, and no recipe of this name ships: {', '.join(shipped())}")


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``under``: sections are merged, anything else is replaced."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def _read(path: Path, depth: int = 0) -> dict[str, Any]:
    if depth > _MAX_EXTENDS:
        raise RecipeError(f"{path}: files that extend one another in a circle")
    values = _mapping(path, path.read_text("utf-8"))
    below = values.pop("extends", None)
    return merged(_read(located(str(below), path.parent), depth + 1), values) if below else values


def _mapping(name: str | Path, text: str) -> dict[str, Any]:
    import yaml

    try:
        values = _loader()(text).get_single_data()
    except yaml.YAMLError as error:
        raise RecipeError(f"{name}: no YAML: {error}") from error
    if not isinstance(values, dict):
        raise RecipeError(f"{name}: not a mapping of sections")
    return values


def _loader() -> Any:
    """YAML's safe loader, for which 5e-6 is a number, as it is in YAML 1.2, and not a text."""
    import yaml

    loader: Any = type("Loader", (yaml.SafeLoader,), {})
    number = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$")
    loader.add_implicit_resolver("tag:yaml.org,2002:float", number, list("-+.0123456789"))
    return loader


def _parsed(override: str) -> dict[str, Any]:
    """``a.b=1`` as ``{"a": {"b": 1}}``."""
    path, equals, text = override.partition("=")
    if not equals or not all(path.split(".")):
        raise RecipeError(f"{override!r}: an override is section.key=value")
    value: Any = _mapping(override, f"value: {text}")["value"]
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


def _told(error: ValidationError) -> str:
    """Every mistake on one line of its own, by its place in the file."""
    return "".join(f"\n  {_place(fault['loc'])}: {fault['msg']}" for fault in error.errors())


def _place(loc: tuple[int | str, ...]) -> str:
    """pydantic puts the kind of recipe first, where it got as far as knowing it."""
    return ".".join(str(part) for part in loc[1:]) or "recipe"
