"""Raw actions -> files and commands, within the limits."""

from __future__ import annotations

from services.artifact import limits
from services.artifact.contents import clean
from services.artifact.model import Command
from services.artifact.notes import Notes, shown
from services.artifact.paths import Paths, Refused, normal_path
from services.artifact.reader import RawAction
from services.contract import Severity


class Gatherer:
    """Takes the actions of one artifact in order.

    Attributes:
        files: path -> text. A path written twice keeps its last text.
        commands: shell and start actions.
    """

    def __init__(self, notes: Notes) -> None:
        self.files: dict[str, str] = {}
        self.commands: list[Command] = []
        self._notes = notes
        self._paths = Paths()
        self._sizes: dict[str, int] = {}
        self._total = 0

    def take(self, action: RawAction) -> None:
        if action.kind == "file":
            self._take_file(action)
        elif action.kind in ("shell", "start"):
            self._take_command(action)
        else:
            message = f"An action of the unknown type {shown(action.kind, 40)} was left out."
            self._notes.add("parse/unknown-action", message)

    def _take_file(self, action: RawAction) -> None:
        path = self._path(action.path)
        if path is None:
            return
        text = clean(action.content, path, action.cut, self._notes)
        size = len(text.encode())
        if not self._fits(path, size):
            return
        if path in self.files:
            self._notes.add("parse/duplicate-file", "The file was written more than once; the last text counts.", path)
        if action.cut:
            self._notes.add("parse/truncated-file", "The completion ended inside this file; it is kept as it is.", path)
        self._paths.take(path)
        self._total += size - self._sizes.get(path, 0)
        self._sizes[path] = size
        self.files[path] = text

    def _path(self, raw: str) -> str | None:
        path = normal_path(raw)
        if isinstance(path, Refused):
            self._notes.add("parse/unsafe-path", f"The path {shown(raw) or '(empty)'} {path.reason}; not taken.")
            return None
        if path != raw:
            message = f"The path {shown(raw)} was read as {path}."
            self._notes.add("parse/path-normalized", message, path, Severity.INFO)
        other = self._paths.collision(path)
        if other is not None:
            self._notes.add("parse/path-collision", f"The path {path} collides with {other}; not taken.", path)
            return None
        return path

    def _fits(self, path: str, size: int) -> bool:
        new_total = self._total + size - self._sizes.get(path, 0)
        if path not in self.files and len(self.files) >= limits.MAX_FILES:
            return self._over(path, f"MAX_FILES: more than {limits.MAX_FILES} files")
        if size > limits.MAX_FILE_BYTES:
            return self._over(path, f"MAX_FILE_BYTES: {size} bytes, where {limits.MAX_FILE_BYTES} are allowed")
        if new_total > limits.MAX_TOTAL_BYTES:
            return self._over(path, f"MAX_TOTAL_BYTES: more than {limits.MAX_TOTAL_BYTES} bytes in all files")
        return True

    def _over(self, path: str, limit: str) -> bool:
        self._notes.add("parse/limit", f"The file was not taken. {limit}.", path)
        return False

    def _take_command(self, action: RawAction) -> None:
        text = action.content.strip()
        if len(self.commands) >= limits.MAX_ACTIONS:
            message = f"An action was not taken. MAX_ACTIONS: more than {limits.MAX_ACTIONS} commands."
            self._notes.add("parse/limit", message)
        elif len(text) > limits.MAX_COMMAND_CHARACTERS:
            message = f"A command was not taken. MAX_COMMAND_CHARACTERS: more than {limits.MAX_COMMAND_CHARACTERS}."
            self._notes.add("parse/limit", message)
        else:
            self.commands.append(Command("shell" if action.kind == "shell" else "start", text))
