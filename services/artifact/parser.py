"""Completion text -> site source and findings. Total: no text raises. Linear: every step is one pass.

One pass finds all tags (`services.artifact.tags`), one walks over them (`services.artifact.reader`, which says what
ends a file), one cleans each file's text (`services.artifact.contents`). Every repair and every loss is a finding:

| finding | what happened |
|---|---|
| parse/bad-character | NUL characters or lone surrogates; each became U+FFFD |
| parse/unclosed-think | ``<think>`` without an end; it was read up to the first answer or artifact tag |
| parse/bolt-tags | ``boltArtifact`` or ``boltAction``; read as the web tags (harmless) |
| parse/repaired-tag | missing or odd quotes or brackets, or odd attribute names, in a tag; read as meant |
| parse/broken-tag | the completion ended inside an opening tag; that action is lost |
| parse/unknown-action | an action without type and path, or of an unknown type; left out |
| parse/unclosed-action | an action without its end; it ends at the next tag that must be outside |
| parse/unclosed-artifact | an artifact without its end; it ends with the completion or where the next starts |
| parse/no-artifact-tag | actions outside any artifact; used, without id and title |
| parse/several-artifacts | more than one artifact with files; which one was used |
| parse/stray-text | text between the used artifact's actions; left out |
| parse/tag-in-file | a tag inside a file was taken as its text |
| parse/unsafe-path | a path that is absolute, leaves the folder, is too long or has odd characters; not taken |
| parse/path-collision | a path that differs from another only in case or Unicode form, or is its folder; not taken |
| parse/path-normalized | ``./`` and doubled slashes dropped from a path (harmless) |
| parse/duplicate-file | a path written twice; the last text counts |
| parse/truncated-file | the completion ended inside this file; kept as it is |
| parse/cdata | a whole file in CDATA; unwrapped |
| parse/fenced-file | a whole file, not Markdown itself, in a Markdown fence; unwrapped |
| parse/entities | a whole file HTML-escaped; decoded once. A single entity stays literal |
| parse/limit | a file or command beyond a limit of `services.artifact.limits`; not taken |

Of several artifacts with files, those inside ``<answer>`` go first; of these the one with the most files, of equals
the one with a closing tag, of equals the later. What stands inside ``<think>`` is never used.
"""

from __future__ import annotations

import re

from services.artifact.gather import Gatherer
from services.artifact.limits import MAX_ATTRIBUTE_CHARACTERS
from services.artifact.model import ParsedCompletion
from services.artifact.notes import REPLACEMENT, Notes, shown
from services.artifact.reader import RawArtifact, Reader
from services.artifact.sections import Thinking, on_lines, thinking, well_formed
from services.artifact.tags import tags

_BAD = re.compile("[\0\ud800-\udfff]")


def parse(completion: str, truncated: bool = False) -> ParsedCompletion:
    """Take a completion apart.

    Args:
        completion: any text.
        truncated: the trainer says that it ended at the token limit. An unclosed last file then always counts as
            cut; otherwise only where it ends inside a line.
    """
    notes = Notes()
    text = _storable(completion, notes)
    found = tags(text)
    thought = thinking(text, found)
    if thought.unclosed:
        notes.add("parse/unclosed-think", "<think> has no closing tag.")
    artifacts = Reader(text, notes, truncated).read(found[thought.body :])
    artifact = _choose(artifacts, notes)
    return _parsed(text, thought, artifact, notes)


def _storable(completion: str, notes: Notes) -> str:
    text, bad = _BAD.subn(REPLACEMENT, completion)
    if bad:
        notes.add("parse/bad-character", f"{bad} NUL characters or lone surrogates became U+FFFD.")
    return text


def _choose(artifacts: list[RawArtifact], notes: Notes) -> RawArtifact:
    """The artifact to use; an empty one where there is none."""
    if not artifacts:
        return RawArtifact()
    ranked = sorted(artifacts, key=lambda a: (a.files > 0, a.in_answer, a.files, a.closed))
    chosen = ranked[-1]
    if sum(a.files > 0 for a in artifacts) > 1:
        place = next(i for i, a in enumerate(artifacts, 1) if a is chosen)
        message = f"{len(artifacts)} artifacts; number {place}, with {chosen.files} files, was used."
        notes.add("parse/several-artifacts", message)
    if chosen.files and not chosen.tagged:
        notes.add("parse/no-artifact-tag", "The actions stand in no artifact tag; they were used without id and title.")
    for stray in chosen.stray:
        notes.add("parse/stray-text", f"Text outside every file was left out: {shown(stray)}")
    return chosen


def _parsed(text: str, thought: Thinking, artifact: RawArtifact, notes: Notes) -> ParsedCompletion:
    gatherer = Gatherer(notes)
    for action in artifact.actions:
        gatherer.take(action)
    return ParsedCompletion(
        files=gatherer.files,
        artifact_id=_attribute(artifact, "id"),
        title=_attribute(artifact, "title"),
        commands=tuple(gatherer.commands),
        think=thought.text,
        well_formed=well_formed(text),
        on_lines=on_lines(text),
        complete=artifact.closed,
        findings=notes.findings(),
        counts=dict(notes.counts),
    )


def _attribute(artifact: RawArtifact, name: str) -> str | None:
    value = artifact.attributes.get(name)
    return None if value is None else value.strip()[:MAX_ATTRIBUTE_CHARACTERS]
