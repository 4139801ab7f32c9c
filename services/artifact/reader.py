"""Tags -> artifacts with their raw actions. A small state machine; every tag is visited once.

What ends a file, as its text may itself speak of these tags:
- a closing action or artifact tag, unless a quote character follows it directly (then it stands in a string);
- an opening action or artifact tag that starts a line (its predecessor was left unclosed);
- ``</answer>`` where it is the last tag of the completion;
- the end of the completion.
Any other tag inside a file is its text. Within shell and start actions every tag ends the action.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.artifact.notes import Notes, shown
from services.artifact.tags import Header, Tag, header
from services.contract import Severity

MAX_STRAY = 80
_PATH_NAMES = ("filepath", "path", "file", "filename")


@dataclass(frozen=True, slots=True)
class RawAction:
    """One action as written; ``cut``: the completion ended inside it."""

    kind: str
    path: str
    content: str
    cut: bool = False


@dataclass(slots=True)
class RawArtifact:
    """One artifact as written.

    Attributes:
        tagged: it has an opening tag of its own.
        stray: the first line of each text between its actions.
    """

    attributes: dict[str, str] = field(default_factory=dict)
    tagged: bool = False
    actions: list[RawAction] = field(default_factory=list)
    in_answer: bool = False
    closed: bool = False
    stray: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        return sum(action.kind == "file" for action in self.actions)


@dataclass(slots=True)
class _Open:
    """The action being read."""

    kind: str
    path: str
    start: int


class Reader:
    """Reads one text once.

    Args:
        truncated: the text ended at the token limit; otherwise an end at a line's end is a forgotten tag.
    """

    def __init__(self, text: str, notes: Notes, truncated: bool) -> None:
        self.text = text
        self.notes = notes
        self.truncated = truncated
        self.artifacts: list[RawArtifact] = []
        self._artifact: RawArtifact | None = None
        self._action: _Open | None = None
        self._in_answer = False
        self._bolt = False
        self._gap = 0

    def read(self, tags: list[Tag]) -> list[RawArtifact]:
        """All artifacts, in order. Actions outside any artifact form one without attributes."""
        for index, tag in enumerate(tags):
            last = index == len(tags) - 1
            if self._action is not None and not self._ends_action(tag, last):
                self._note_text(tag)
                continue
            self._visit(tag)
        self._finish()
        return self.artifacts

    def _ends_action(self, tag: Tag, last: bool) -> bool:
        if tag.name == "think":
            return False
        if tag.name == "answer":
            return tag.closing and last
        if self._action is not None and self._action.kind != "file":
            return True
        return not tag.quoted if tag.closing else tag.line_start

    def _note_text(self, tag: Tag) -> None:
        if tag.name in ("artifact", "action") and self._action is not None:
            message = "A tag inside this file was taken as its text, not as the end of the file."
            self.notes.add("parse/tag-in-file", message, severity=Severity.INFO)

    def _visit(self, tag: Tag) -> None:
        self._note_stray(tag.start)
        self._end_action(tag)
        self._gap = tag.end
        match tag.name:
            case "answer":
                self._in_answer = not tag.closing
            case "artifact":
                self._artifact_tag(tag)
            case "action" if not tag.closing:
                self._open_action(tag)

    def _artifact_tag(self, tag: Tag) -> None:
        if not tag.closing:
            self._leave_artifact()
            self._note_brand(tag)
            head = header(self.text, tag)
            self._note_header(head, "artifact")
            self._enter_artifact(head.attributes, tagged=True)
            self._gap = head.end
        elif self._artifact is not None:
            self._artifact.closed = True
            self._artifact = None

    def _enter_artifact(self, attributes: dict[str, str], tagged: bool = False) -> RawArtifact:
        self._artifact = RawArtifact(attributes, tagged, in_answer=self._in_answer)
        self.artifacts.append(self._artifact)
        return self._artifact

    def _leave_artifact(self) -> None:
        if self._artifact is not None and self._artifact.tagged and self._artifact.actions:
            self.notes.add("parse/unclosed-artifact", "The artifact has no closing tag.")
        self._artifact = None

    def _open_action(self, tag: Tag) -> None:
        self._note_brand(tag)
        head = header(self.text, tag)
        kind, path = self._kind_and_path(head)
        if head.state == "cut":
            self.notes.add("parse/broken-tag", "The completion ended inside an opening tag; that action is lost.")
        elif not kind:
            self.notes.add("parse/unknown-action", "An action tag without type and filePath was left out.")
        else:
            self._note_header(head, "action")
            self._action = _Open(kind, path, head.end)
            if head.self_closing and kind != "file":
                self._close(head.end, cut=False)
        self._gap = head.end

    def _kind_and_path(self, head: Header) -> tuple[str, str]:
        kind = head.attributes.get("type", "").strip().lower()
        key = next((name for name in _PATH_NAMES if name in head.attributes), None)
        if key is not None and (key != "filepath" or not kind):
            self.notes.add("parse/repaired-tag", 'A file action was not written as type="file" filePath="…".')
        return kind or ("file" if key else ""), head.attributes[key] if key else ""

    def _note_stray(self, end: int) -> None:
        """Text between two actions belongs to no file. Fences and blank lines there are normal."""
        if self._artifact is None or self._action is not None:
            return
        lines = (line.strip() for line in self.text[self._gap : end].splitlines())
        stray = next((line for line in lines if line and not line.startswith("```")), None)
        if stray is not None:
            self._artifact.stray.append(stray[:MAX_STRAY])

    def _note_brand(self, tag: Tag) -> None:
        if tag.bolt and not self._bolt:
            self._bolt = True
            message = "boltArtifact and boltAction were read as webArtifact and webAction."
            self.notes.add("parse/bolt-tags", message, severity=Severity.INFO)

    def _note_header(self, head: Header, what: str) -> None:
        if head.state == "repaired":
            message = f"An opening {what} tag has a missing or odd quote or bracket; it was read as meant."
            self.notes.add("parse/repaired-tag", message)

    def _end_action(self, tag: Tag) -> None:
        if self._action is None:
            return
        if tag.name != "action" or not tag.closing:
            self._note_unclosed()
        elif self.text[tag.end - 1] != ">":
            self.notes.add("parse/repaired-tag", "A closing action tag has no closing bracket.")
        self._close(tag.start, cut=False)

    def _note_unclosed(self) -> None:
        if self._action is not None:
            what = shown(self._action.path) or shown(self._action.kind, 40)
            self.notes.add("parse/unclosed-action", f"The action for {what} has no closing tag.")

    def _close(self, end: int, cut: bool) -> None:
        action = self._action
        if action is None:
            return
        artifact = self._artifact or self._enter_artifact({})
        artifact.actions.append(RawAction(action.kind, action.path, self.text[action.start : end], cut))
        self._action = None

    def _finish(self) -> None:
        if self._action is not None:
            cut = self.truncated or not self.text.endswith("\n")
            if not cut:
                self._note_unclosed()
            self._close(len(self.text), cut)
        self._leave_artifact()
