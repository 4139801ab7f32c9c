"""Which screenshots can be shown to a judge. Reads PNG headers only; decodes nothing."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from services.contract import Finding, Severity
from services.errors import JudgeError
from services.judge.protocol import Shot
from services.settings.judge import JudgeShots

DESKTOP = JudgeShots(routes=3, mobile=False)
"""What judges without a choice look at."""

MAX_PIXELS = 24_000_000
MAX_BYTES = 16_000_000

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">8sI4sII")


@dataclass(frozen=True, slots=True)
class Showable:
    """Attributes:
    shots: those that were chosen, home first, mobile last.
    findings: one for each shot that is too large to be shown, and ``judge/refused`` where none is left.
    """

    shots: tuple[Shot, ...]
    findings: tuple[Finding, ...]


def showable(shots: Sequence[Shot], chosen: JudgeShots = DESKTOP) -> Showable:
    """The chosen shots within the limits. A page that is too large to be shown is the candidate's.

    Raises:
        JudgeError: there is no shot, or one is not a PNG: the render stage failed us.
    """
    if not shots:
        raise JudgeError("there is no screenshot to judge")
    offered = [shot for shot in shots if shot.view != "mobile" or chosen.mobile]
    large = {shot.name for shot in offered if _too_large(shot)}
    fit = _ordered([shot for shot in offered if shot.name not in large], chosen.routes)
    findings = tuple(_finding(name) for name in sorted(large))
    return Showable(fit, findings if fit else (*findings, refused("every screenshot is too large")))


def _ordered(shots: Sequence[Shot], routes: int) -> tuple[Shot, ...]:
    """Without a home page, a further page stands in for it."""
    by_view = {view: [shot for shot in shots if shot.view == view] for view in ("home", "route", "mobile")}
    pages = by_view["route"][: routes if by_view["home"] else routes + 1]
    return (*by_view["home"], *pages, *by_view["mobile"])


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header.

    Raises:
        JudgeError: it is not a PNG.
    """
    if len(png) < _HEADER.size:
        raise JudgeError("a screenshot is not a PNG")
    signature, _, chunk, width, height = _HEADER.unpack_from(png)
    if signature != _SIGNATURE or chunk != b"IHDR" or not width or not height:
        raise JudgeError("a screenshot is not a PNG")
    return width, height


def refused(why: str) -> Finding:
    """The candidate's failure: what it shows cannot be judged, and that is not the judge's doing."""
    message = f"These screenshots cannot be given a grade: {why}"
    return Finding(rule="judge/refused", severity=Severity.ERROR, message=message[:1_000])


def _too_large(shot: Shot) -> bool:
    width, height = png_size(shot.png)
    return width * height > MAX_PIXELS or len(shot.png) > MAX_BYTES


def _finding(name: str) -> Finding:
    return Finding(
        rule="judge/shot-too-large",
        severity=Severity.WARNING,
        message=f"Screenshot {name[:100]} was not shown to the judge: over {MAX_PIXELS} pixels or {MAX_BYTES} bytes.",
    )
