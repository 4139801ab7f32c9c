"""What the parser returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.contract import Finding


@dataclass(frozen=True, slots=True)
class Command:
    """A shell or start action, as data. Nothing from a completion is ever run in a shell."""

    kind: Literal["shell", "start"]
    text: str


@dataclass(frozen=True, slots=True)
class ParsedCompletion:
    """One completion, taken apart.

    Attributes:
        files: path (POSIX, relative, normal form) -> text, in the order first written.
        artifact_id, title: of the artifact used; None where it has none.
        commands: its shell and start actions, in order.
        think: the text between ``<think>`` and ``</think>``; None where there is no such block.
        well_formed: the completion is ``<think>…</think>`` and then ``<answer>…</answer>``.
        on_lines: it is so as the published rule wants it, with each tag on a line of its own.
        complete: the artifact's closing tag was seen.
        findings: every repair and every loss, capped for each rule.
        counts: ``parse/…`` rule -> how often, not capped.
    """

    files: Mapping[str, str]
    artifact_id: str | None
    title: str | None
    commands: tuple[Command, ...]
    think: str | None
    well_formed: bool
    on_lines: bool
    complete: bool
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
