"""What a run is pinned to of this stage: the browser, and everything of ours that a pixel or a fact depends on."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import asdict

from playwright._repo_version import version as playwright_version

from render_worker import clock, probe
from render_worker.accessibility import MAX_CPU_SECONDS, MAX_ELEMENTS, SKIPPED, TAGS
from render_worker.browser import FLAGS, LIMITS, require_browser
from render_worker.facts import COVER
from render_worker.interaction import bounds
from render_worker.patience import HUNG_CPU_SECONDS
from render_worker.remarks import COVERED, FACE, REACHABLE, READABLE, SAME, SAME_WORDS
from render_worker.tab import SEED
from render_worker.tour import EXAMINED, MAX_PRESSES, MOBILE, PRESS_MILLISECONDS, visitors_agent
from render_worker.traffic import MAX_DOCUMENTS, MAX_REQUESTS, MAX_SERVED_BYTES
from render_worker.visit import LATER, MAX_HEIGHT, MEASURE, MOMENT, SCROLL_MILLISECONDS
from render_worker.words import MAX_DOCUMENT, MAX_DRAWN, MAX_PICTURES, MAX_READ, WORDS_BOUNDS
from services.errors import ToolchainError
from services.settings import RenderSettings
from services.settings.page_kit import PAGE_KIT

RULES = "6"
"""Raised with every change of what is measured or ruled in Python."""


def versions(settings: RenderSettings) -> dict[str, str]:
    """``browser``: as the program names itself; ``render``: a hash of scripts, settings and flags.

    Raises:
        ToolchainError: no browser, or one that does not start.
    """
    return {"browser": browser_version(settings), "render": render_version(settings)}


def browser_version(settings: RenderSettings) -> str:
    program = require_browser(settings)
    try:
        answer = subprocess.run((program, "--version"), capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainError(f"{program} does not tell its version: {error}") from error
    return answer.stdout.strip()[:100]


def render_version(settings: RenderSettings) -> str:
    """Sixteen hexadecimal digits."""
    parts = {
        "rules": RULES,
        "scripts": {name: probe.script(name) for name in probe.SCRIPTS},
        "screen": [settings.width, settings.height, settings.routes],
        "flags": FLAGS,
        "kit": PAGE_KIT,
        "facts": [MEASURE, COVER, TAGS, SKIPPED, MAX_ELEMENTS, MAX_CPU_SECONDS],
        "words": [WORDS_BOUNDS, MAX_DRAWN, MAX_PICTURES, MAX_READ, MAX_DOCUMENT],
        "remarks": [FACE, COVERED, READABLE, REACHABLE, SAME, SAME_WORDS],
        "limits": [asdict(LIMITS), MAX_DOCUMENTS, MAX_REQUESTS, MAX_SERVED_BYTES, HUNG_CPU_SECONDS],
        "page": [
            SEED,
            MOMENT,
            LATER,
            MAX_HEIGHT,
            SCROLL_MILLISECONDS,
            MAX_PRESSES,
            PRESS_MILLISECONDS,
            MOBILE,
            EXAMINED,
        ],
        "clock": [clock.EPOCH_SECONDS, clock.MOTION, clock.MAX_MOTION_FRAMES, clock.SLOW_MOTION, clock.LONGEST],
        "interaction": {name: value for name, value in vars(bounds).items() if name.isupper()},
        "agent": visitors_agent("0"),
        "playwright": playwright_version,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
