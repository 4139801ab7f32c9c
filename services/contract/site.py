"""The site source: the files parsed from a completion."""

from __future__ import annotations

import hashlib
import json

from pydantic import BaseModel, ConfigDict


class SiteSource(BaseModel):
    """Files of one site, after the scaffold's overlay.

    Attributes:
        files: path (POSIX, relative, no ``.`` or ``..`` segment) -> text.
        slots_only: true where the completion left the configuration out and the scaffold supplied it.
    """

    model_config = ConfigDict(frozen=True)

    files: dict[str, str]
    slots_only: bool = False

    def to_bytes(self) -> bytes:
        """Canonical JSON of the files: equal sources have equal bytes."""
        return json.dumps(self.files, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SiteSource:
        return cls(files=json.loads(data))

    @property
    def hash(self) -> str:
        """SHA-256 of `to_bytes`, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
