"""Completion text -> site source: the parser, and the scaffold that slots-only manifests lie on. Pure.

- `parse(completion, truncated)` -> `ParsedCompletion`: total, linear; every repair and loss is a finding.
- `overlay(parsed)` -> `SiteSource`: with the scaffold's configuration where the completion brings slots only.
- `shown(text)`: a candidate's text as it may stand in a message.
- `scaffold_files()`, `system_prompt()`, `scaffold_version()`: what ``GET /v1/scaffold`` serves.
"""

from services.artifact.model import Command, ParsedCompletion
from services.artifact.notes import shown
from services.artifact.parser import parse
from services.artifact.starter import overlay, scaffold_files, scaffold_version, system_prompt

__all__ = [
    "Command",
    "ParsedCompletion",
    "overlay",
    "parse",
    "scaffold_files",
    "scaffold_version",
    "shown",
    "system_prompt",
]
