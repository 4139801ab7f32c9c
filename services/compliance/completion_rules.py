"""Rules on the completion's format, its artifact and its actions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.artifact import limits
from services.compliance.model import Fault, Subject

MIN_THINKING = 40
"""Characters other than white space."""

_INSTALL = re.compile(r"\bnpm\s{1,20}(?:install|i|ci)\b")
_START = re.compile(r"\bnpm\s{1,20}(?:run\s{1,20}(?:dev|start)|start)\b")


def site_source(subject: Subject) -> Iterator[Fault]:
    if not subject.parsed.files:
        yield Fault(
            "No site source: the completion has no artifact with a file action that could be taken. Write "
            '<webArtifact id="…" title="…"> with <webAction type="file" filePath="…"> inside.'
        )


def artifact_attributes(subject: Subject) -> Iterator[Fault]:
    values = {"id": subject.parsed.artifact_id, "title": subject.parsed.title}
    for name, value in values.items():
        if not value:
            yield Fault(f"The artifact has no {name}.")


def think_answer(subject: Subject) -> Iterator[Fault]:
    if not subject.parsed.well_formed:
        yield Fault("The completion is not <think>…</think> followed at once by <answer>…</answer>.")


def think_content(subject: Subject) -> Iterator[Fault]:
    length = len("".join((subject.parsed.think or "").split()))
    if length < MIN_THINKING:
        yield Fault(f"The thinking has {length} characters without white space; at least {MIN_THINKING} are wanted.")


def install_action(subject: Subject) -> Iterator[Fault]:
    """Passes for slots-only manifests: the scaffold's dependencies are installed without being asked for."""
    if not subject.site.slots_only and not _has(subject, "shell", _INSTALL):
        yield Fault('No <webAction type="shell"> runs npm install.')


def start_action(subject: Subject) -> Iterator[Fault]:
    """Passes for slots-only manifests: the scaffold brings its own start script."""
    if not subject.site.slots_only and not _has(subject, "start", _START):
        yield Fault('No <webAction type="start"> runs npm run dev or npm run start.')


def _has(subject: Subject, kind: str, pattern: re.Pattern[str]) -> bool:
    return any(command.kind == kind and pattern.search(command.text) for command in subject.parsed.commands)


def safe_paths(subject: Subject) -> Iterator[Fault]:
    count = subject.parsed.counts.get("parse/unsafe-path", 0)
    if count:
        yield Fault(f"{count} file paths are unsafe and were not taken; the findings parse/unsafe-path name them.")


def size_limits(subject: Subject) -> Iterator[Fault]:
    count = subject.parsed.counts.get("parse/limit", 0)
    if count:
        yield Fault(
            f"{count} files or commands exceed a limit ({limits.MAX_FILES} files, {limits.MAX_FILE_BYTES} bytes each, "
            f"{limits.MAX_TOTAL_BYTES} bytes in all); the findings parse/limit name them."
        )
