"""Sites whose page attacks the browser that shows it, and what such a page said."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image

from services.stages import Stage
from tests.abuse.canaries import COLOUR
from tests.abuse.case import Ending, site
from tests.abuse.evidence import Evidence

SECONDS = 180.0
"""For a page that costs little: all its visits, beside others, on a busy machine."""

_SHELL = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>@UNIQUE@</title>
    HEAD
  </head>
  <body>
    <div id="root"></div>
    BODY
    <script src="/attack.js"></script>
    <script type="module" src="/src/main.tsx"></script>
  </body>
</html>
"""

_SAYING = """const said = document.body.appendChild(document.createElement('pre'));
const say = (text) => { said.textContent += ` [${text}]`; };
const tried = (act) => { try { return act(); } catch (error) { return undefined; } };
"""


def attacking(code: str = "", body: str = "", head: str = "", files: Mapping[str, str] | None = None) -> dict[str, str]:
    """A small site whose page runs code before its application does, as a plain script.

    The code may call ``say(text)``, which shows ``[text]`` below the page, and ``tried(act)``, which swallows what
    ``act`` throws.
    """
    shell = _SHELL.replace("HEAD", head).replace("BODY", body)
    return site({"index.html": shell, "public/attack.js": _SAYING + code, **(files or {})})


def render_failed(rule: str | None = None, limits: frozenset[str] | set[str] = frozenset()) -> Ending:
    """A page that did not render; with ``limits``, because one of them ended it."""
    return Ending("render-failed", rule, frozenset(limits))


HUNG = render_failed("render/hung", {"cpu"})
OUT_OF_MEMORY = render_failed("render/limit", {"memory"})
CRASHED = render_failed("render/crashed")


def facts_of(evidence: Evidence) -> dict[str, Any]:
    """The render stage's facts."""
    report = evidence.report(Stage.RENDER)
    assert report is not None, "it was not rendered"
    return dict(report.facts)


def text_of(evidence: Evidence) -> str:
    """The visible text of the home page."""
    return str(facts_of(evidence)["page"]["home.png"]["text"])


def says(*words: str) -> Callable[[Evidence], None]:
    """A check: the page shows each of these words, so the attack was made."""

    def check(evidence: Evidence) -> None:
        text = text_of(evidence)
        silent = [word for word in words if f"[{word}]" not in text]
        assert not silent, f"the page does not say {silent}: {text[-300:]}"

    return check


def canary_pictures(evidence: Evidence) -> list[str]:
    """Screenshots in which the canary page is to be seen."""
    shots = {name: content for name, content in evidence.texts.items() if name.endswith(".png") and "/" not in name}
    return [name for name, content in shots.items() if _shows(content)]


def _shows(png: bytes) -> bool:
    with Image.open(io.BytesIO(png)) as picture:
        colours = picture.convert("RGB").getcolors(maxcolors=1 << 24)
    return any(colour == COLOUR for _, colour in colours or ())
