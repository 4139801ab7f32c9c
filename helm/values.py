"""values.yaml as a tree of documented values. Pure.

The comment above a key documents it. A line ``# @schema {…}`` in it adds to the key's JSON schema; ``# @settings NAME``
says that the key takes settings of the service (`helm.settings`). What one component has without a comment is what an
earlier one says of the same key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

COMPONENTS = ("gateway", "reaper", "resolver", "build", "render", "judge")


@dataclass(slots=True)
class Value:
    """Attributes:
    path: keys from the root.
    default: as YAML has it; of a mapping with keys of its own, that mapping.
    doc: one paragraph; empty where nothing is said.
    extra: what its JSON schema has besides the type of its default.
    settings: whose settings it takes.
    children: the keys of a mapping that is fixed.
    """

    path: tuple[str, ...]
    default: Any
    doc: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    settings: str | None = None
    children: list[Value] = field(default_factory=list)

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def leaves(self) -> Iterator[Value]:
        """All values below that have no children, this one among them."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def read_values(text: str) -> Value:
    """The tree of a values file.

    Raises:
        yaml.YAMLError: the file, or a hint in it, is no YAML.
    """
    root = Value((), yaml.safe_load(text))
    _children(root, yaml.compose(text, Loader=yaml.SafeLoader), text.splitlines())
    _inherit(root)
    return root


def _children(value: Value, node: yaml.MappingNode, lines: list[str]) -> None:
    for key, below in node.value:
        child = Value((*value.path, key.value), value.default[key.value])
        _comment(child, key.start_mark.line, lines)
        if _is_fixed(child, below):
            _children(child, below, lines)
        value.children.append(child)


def _is_fixed(value: Value, node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and value.settings is None and not value.extra and bool(value.default)


def _comment(value: Value, line: int, lines: list[str]) -> None:
    above = line
    while above and lines[above - 1].lstrip().startswith("#") and _indent(lines[above - 1]) == _indent(lines[line]):
        above -= 1
    words = []
    for text in (each.strip().removeprefix("#").strip() for each in lines[above:line]):
        if text.startswith("@schema "):
            value.extra = yaml.safe_load(text.removeprefix("@schema "))
        elif text.startswith("@settings "):
            value.settings = text.removeprefix("@settings ")
        else:
            words.append(text.removeprefix("-- "))
    value.doc = " ".join(words)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _inherit(root: Value) -> None:
    said: dict[tuple[str, ...], str] = {}
    for value in _all(root):
        if len(value.path) > 1 and value.path[0] in COMPONENTS:
            value.doc = value.doc or said.get(value.path[1:], "")
            said.setdefault(value.path[1:], value.doc)


def _all(value: Value) -> Iterator[Value]:
    yield value
    for child in value.children:
        yield from _all(child)
