"""Why a stack does not start. The command line shows the message and nothing else."""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """The stack cannot be started, or did not stay up."""


class StackRunning(StackError):
    """Another stack uses the data folder. `note` is its address, where it said so."""

    def __init__(self, data_dir: Path, note: str) -> None:
        at = f" at {note}" if note else ""
        super().__init__(
            f"a stack already runs on {data_dir}{at}; stop it, call it by --url, or choose another --data-dir"
        )
        self.note = note
