"""No sandbox, no work: there is no unsandboxed body to fall back to.

``python -m services.sandbox.ready`` looks at the sandbox as a worker would (`BuildSettings`), and ends with 1 and what
mends it where it is not sound.
"""

from __future__ import annotations

from services.sandbox import make_sandbox
from services.sandbox.protocol import Sandbox
from services.settings import BuildSettings


def require_ready(sandbox: Sandbox) -> None:
    """End the process where the sandbox's self-check finds a problem, naming the mend."""
    problems = sandbox.self_check()
    if problems:
        raise SystemExit("this worker refuses work, its sandbox is not sound: " + "; ".join(problems))


def main() -> None:
    require_ready(make_sandbox(BuildSettings().sandbox))


if __name__ == "__main__":
    main()
