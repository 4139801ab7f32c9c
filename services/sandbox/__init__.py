"""Where programs run that a model wrote, and native parsers over its bytes."""

from services.sandbox.protocol import Limits, Mount, Outcome, Sandbox, SandboxJob

__all__ = ["Limits", "Mount", "Outcome", "Sandbox", "SandboxJob"]
