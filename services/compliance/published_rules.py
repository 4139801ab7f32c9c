"""The rules of the published WebGen-R1 code, to the letter, where they differ from ours.

Ours ask whether a site is sound (``npm ci`` installs, ``vite.config.mts`` configures, ``export { Home as default }`` is
a default export); the published ones look for words. A profile that promises the published rewards names these. What
completions of slots alone get from the scaffold counts as theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.compliance.code_rules import FOLDERS
from services.compliance.model import Fault, Subject

_DEFAULT = re.compile(r"export\s++default\s")
_INSTALL = re.compile(r"\bnpm install\b")
_START = re.compile(r"\bnpm run (?:dev|start)\b")


def think_answer(subject: Subject) -> Iterator[Fault]:
    if not subject.parsed.on_lines:
        yield Fault("The tags of <think>…</think> and <answer>…</answer> do not stand on lines of their own.")


def vite_config(subject: Subject) -> Iterator[Fault]:
    if "vite.config.ts" not in subject.files:
        yield Fault("vite.config.ts is missing; no other name is known.")


def default_exports(subject: Subject) -> Iterator[Fault]:
    """There are such files, and the words ``export default`` stand in each, be it in a comment."""
    places = [path for path in subject.files if path.startswith(FOLDERS) and path.endswith(".tsx")]
    if not places:
        yield Fault("No .tsx file in src/pages or src/components.")
    for path in places:
        if not _DEFAULT.search(subject.files[path].strip()):
            yield Fault("The component file does not say export default.", path)


def install_action(subject: Subject) -> Iterator[Fault]:
    if not subject.site.slots_only and not _says(subject, "shell", _INSTALL):
        yield Fault('No <webAction type="shell"> says npm install.')


def start_action(subject: Subject) -> Iterator[Fault]:
    if not subject.site.slots_only and not _says(subject, "start", _START):
        yield Fault('No <webAction type="start"> says npm run dev or npm run start.')


def _says(subject: Subject, kind: str, words: re.Pattern[str]) -> bool:
    return any(command.kind == kind and words.search(command.text) for command in subject.parsed.commands)
