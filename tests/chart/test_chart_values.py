"""Every value is documented, and changes something."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from charts import CHART, VARIANTS, Object, parsed, rendered, strings, template, values_of

from helm.settings import CLASSES, rows, settings_schema
from helm.values import Value, read_values

VALUES = tuple(read_values((CHART / "values.yaml").read_text()).leaves())
CHOICES: dict[str, Any] = {
    "images.pullPolicy": "Always",
    "gateway.service.type": "NodePort",
    "sandbox.procMount": "Default",
    "sandbox.appArmorProfile": "RuntimeDefault",
    "sandbox.seccomp.type": "RuntimeDefault",
}
SWITCHES = {value.name: not value.default for value in VALUES if isinstance(value.default, bool)}
NOT_ALONE = {"redis.builtin.enabled": {"redis": {"external": {"secretName": "there"}}}}
PLACES = frozenset(f"networkPolicy.{name}" for name in ("redis", "postgresql", "registry.to", "model.to"))
IN_FRONT = {"images.prefix", "images.tag", "fullnameOverride", "blobs.existingClaim", *PLACES}
"""What other values stand before: tried without them."""


def laid(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {path[0]: laid(path[1:], value) if path[1:] else value}


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = dict(one)
    for key, value in other.items():
        both[key] = merged(both[key], value) if isinstance(both.get(key), dict) and isinstance(value, dict) else value
    return both


def marks(only: set[str] | None = None) -> Iterator[tuple[Value, str, Any]]:
    """Each value that may be anything, with a mark to look for and what to give so that it must appear."""
    for number, value in enumerate(VALUES):
        if isinstance(value.default, bool) or value.name in CHOICES or value.settings:
            continue
        if (value.name in only) if only else (value.name not in IN_FRONT and not value.name.endswith(".image")):
            yield value, *_mark(value, number)


def _mark(value: Value, number: int) -> tuple[str, Any]:
    word = f"zz{number}zz"
    if isinstance(value.default, int):
        return str(20_000 + number), 20_000 + number
    if isinstance(value.default, dict):
        return word, {word: word}
    if isinstance(value.default, list):
        return word, [word] if _of_words(value) else [{word: word}]
    return word, word


def _of_words(value: Value) -> bool:
    return value.extra.get("items", {}).get("type") in ("string", "integer")


@cache
def texts(variant: str, only: frozenset[str] = frozenset()) -> str:
    """A variant with every free value marked."""
    more: dict[str, Any] = {}
    for value, _, given in marks(set(only) or None):
        more = merged(more, laid(value.path, given))
    return "\n".join(strings(parsed(template(variant, "--skip-schema-validation", more=more))))


def test_every_value_is_documented() -> None:
    assert [value.name for value in VALUES if not value.doc] == []


def test_every_setting_is_documented() -> None:
    said = [row for whose in CLASSES for row in rows(settings_schema(whose), whose)]
    assert [name for name, _, about in said if not about] == []


def test_every_value_is_in_the_readme() -> None:
    text = (CHART / "README.md").read_text()
    assert [value.name for value in VALUES if not value.settings and f"| `{value.name}` |" not in text] == []


def test_every_free_value_is_used() -> None:
    seen = "\n".join(texts(variant) for variant in VARIANTS)
    assert [value.name for value, mark, _ in marks() if mark not in seen] == []


@pytest.mark.parametrize("part", [{"images.prefix"}, {"images.tag"}, {"fullnameOverride"}, {"blobs.existingClaim"}])
def test_what_stands_before_others_is_used(part: set[str]) -> None:
    seen = texts("minimal", frozenset(part))
    assert [value.name for value, mark, _ in marks(part) if mark not in seen] == []


def test_places_of_ones_own_are_used() -> None:
    seen = texts("external", PLACES)
    assert [value.name for value, mark, _ in marks(set(PLACES)) if mark not in seen] == []


def test_an_image_may_be_named_whole() -> None:
    images = frozenset(value.name for value in VALUES if value.name.endswith(".image"))
    seen = texts("minimal", images)
    assert len(images) == 8
    assert [value.name for value, mark, _ in marks(set(images)) if mark not in seen] == []


@pytest.mark.parametrize("name", [*SWITCHES, *CHOICES])
def test_every_switch_and_choice_changes_something(name: str) -> None:
    changed = merged(laid(tuple(name.split(".")), SWITCHES.get(name, CHOICES.get(name))), NOT_ALONE.get(name, {}))
    variant = "external" if name == "postgresql.builtin.enabled" else "minimal"
    if name == "postgresql.builtin.enabled":
        changed = laid(tuple(name.split(".")), True)
    given = yaml.safe_load(Path(values_of(variant)).read_text())
    assert merged(given, changed) != given
    assert _kept(parsed(template(variant, more=changed))) != _kept(rendered(variant))


def _kept(objects: list[Object]) -> list[str]:
    """All that is said, without passwords, which are new each time."""
    return [text for each in objects if each["kind"] != "Secret" for text in strings(each)]


@pytest.mark.parametrize("whose", CLASSES)
def test_settings_hold_no_secret(whose: str) -> None:
    names = {name for name, _, _ in rows(settings_schema(whose), whose)}
    assert not [name for name in names if name.endswith(("api_key", "secret_key", "access_key", ".url", "password"))]
