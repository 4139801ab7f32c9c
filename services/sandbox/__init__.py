"""Where programs run that a model wrote, and native parsers over its bytes."""

from services.sandbox.bubblewrap import Bubblewrap
from services.sandbox.orphans import end_orphans
from services.sandbox.protocol import (
    Answer,
    LimitName,
    Limits,
    LongWatch,
    Mount,
    Outcome,
    Sandbox,
    SandboxJob,
    Session,
    Watch,
    Wrapped,
)
from services.settings import SandboxSettings

__all__ = [
    "Answer",
    "Bubblewrap",
    "LimitName",
    "Limits",
    "LongWatch",
    "Mount",
    "Outcome",
    "Sandbox",
    "SandboxJob",
    "Session",
    "Watch",
    "Wrapped",
    "make_sandbox",
]


def make_sandbox(settings: SandboxSettings) -> Sandbox:
    """The sandbox that the settings name. Ends what killed workers of this machine left."""
    if settings.kind == "docker":
        # The engine's client takes long to load, and nobody else needs it.
        from services.sandbox.docker import Docker, end_left

        end_left(settings)
        return Docker(settings)
    end_orphans()
    return Bubblewrap(settings)
