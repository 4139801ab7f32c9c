"""No sandbox, no work: there is no unsandboxed body to fall back to."""

from __future__ import annotations

from services.sandbox.protocol import Sandbox


def require_ready(sandbox: Sandbox) -> None:
    """End the process where the sandbox's self-check finds a problem, naming the mend."""
    problems = sandbox.self_check()
    if problems:
        raise SystemExit("this worker refuses work, its sandbox is not sound: " + "; ".join(problems))
