"""What a job brings: whether it can be laid out, and what it takes. Pure."""

from __future__ import annotations

from services.errors import SandboxError
from services.sandbox.protocol import WORK_DIR, SandboxJob

_PAGE = 4_096


def stored_bytes(job: SandboxJob) -> int:
    """What the job's files take as pages of memory."""
    return sum(-(-len(content) // _PAGE) * _PAGE + _PAGE for content in job.files.values())


def refuse_unplaceable(job: SandboxJob) -> None:
    """Raises:
    SandboxError: a path cannot be laid into the work folder; site sources never contain such paths.
    """
    targets = tuple(mount.target + "/" for mount in job.mounts)
    for path in job.files:
        parts = path.split("/")
        is_plain = all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in parts)
        if not is_plain or "\0" in path or f"{WORK_DIR}/{path}".startswith(targets):
            raise SandboxError(f"not a path for a job's file: {path[:200]!r}")
