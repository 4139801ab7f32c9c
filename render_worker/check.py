"""What this machine has of what the render stage needs. ``python -m render_worker.check`` writes one JSON object a
line (`services.checks`); exit status 1: something is missing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from render_worker.browser import require_browser
from render_worker.render import Run, run_site
from render_worker.site import Site
from render_worker.verdict import End
from render_worker.versions import browser_version
from services.checks import Check, from_problem, to_lines
from services.errors import BrowserError, SandboxError, ToolchainError
from services.sandbox import Limits, Sandbox, SandboxJob, make_sandbox
from services.settings import RenderSettings
from services.settings.browsers import MEND
from services.settings.page_kit import require_page_kit

WORDS = "The quick brown fox"
PAGE = f"<!doctype html><title>Check</title><h1>{WORDS}</h1>"
NEST = ("/usr/bin/unshare", "--user", "--map-root-user", "--pid", "--net", "--fork", "/bin/true")
"""As Chromium's own sandbox begins: a user namespace and others inside ours."""

_SECONDS = 60.0
_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=20.0, memory_bytes=100_000_000, processes=8)
_NAMESPACES = (
    "`sysctl -w user.max_user_namespaces=15000`, on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0"
)


class Missing(Exception):
    """The message is that of a check: what is wrong, then ``Mend: command``."""


def examine(settings: RenderSettings) -> list[Check]:
    """The browser, what its own sandbox needs, a page rendered as a site is, and the page kit."""
    sandbox = make_sandbox(settings.sandbox)
    return [
        _look("headless browser", lambda: f"{browser_version(settings)} {require_browser(settings)}"),
        _look("nested namespaces", lambda: nest(sandbox)),
        _look("rendering", lambda: render(settings, sandbox)),
        _look("fonts and axe-core", lambda: kit(settings)),
    ]


def _look(name: str, find: Callable[[], str], mend: str = MEND) -> Check:
    try:
        return Check(name, True, find())
    except (BrowserError, SandboxError, ToolchainError, Missing, OSError, subprocess.SubprocessError) as error:
        return from_problem(name, str(error), mend)


def nest(sandbox: Sandbox) -> str:
    """Raises:
    Missing: the kernel does not give namespaces inside a namespace.
    """
    job = SandboxJob(NEST, environment={"PATH": "/usr/bin:/bin"}, limits=_LIMITS)
    with sandbox.wrap(job) as wrapped:
        done = subprocess.run([wrapped.executable], capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise Missing(f"Chromium's own sandbox cannot start: {done.stderr.strip()[-200:]}. Mend: {_NAMESPACES}")
    return "for Chromium's own sandbox"


def render(settings: RenderSettings, sandbox: Sandbox) -> str:
    """Raises:
    Missing: the browser starts and does not render.
    """
    started = time.monotonic()
    run = run_site(settings, sandbox, Site({"index.html": PAGE.encode()}), "home")
    if not _is_whole(run):
        raise Missing(f"a page could not be rendered: {run.failure or run.end.value}. Mend: {MEND}")
    return f"a page in {time.monotonic() - started:.1f} s"


def _is_whole(run: Run) -> bool:
    home = run.visits[0] if run.visits else None
    seen = home.facts.text if home and home.facts else ""
    return run.end is End.DONE and home is not None and home.png is not None and WORDS in seen


def kit(settings: RenderSettings) -> str:
    """Raises:
    ToolchainError: it is not prepared.
    """
    found = require_page_kit(settings.tools)
    return f"{len(found.fonts())} fonts, {found.folder}"


def main() -> int:
    checks = examine(RenderSettings())
    sys.stdout.write(to_lines(checks))
    return 0 if all(check.found for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
