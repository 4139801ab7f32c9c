"""The group's rewards along one line: how far apart they are, and where the mean lies."""

from __future__ import annotations

from statistics import fmean

from reward_api.sheet.model import Member, Sheet
from reward_api.sheet.text import number

WIDTH, HEIGHT, EDGE = 900, 64, 30
LEVEL = 34
"""Pixels from the top to the line."""
RADIUS = 5
STEP = 11
"""Pixels between two points that would lie on one another."""
LEVELS = 3


def ladder(sheet: Sheet) -> str:
    """An SVG picture; nothing where fewer than two have a reward."""
    scored = [member for member in sheet.members if member.evaluation.reward is not None]
    if len(scored) < 2:
        return ""
    low, high = min(sheet.rewards), max(sheet.rewards)
    mean = fmean(sheet.rewards)
    at = _place(mean, low, high)
    points = "".join(_points(scored, low, high))
    return (
        f'<svg class="ladder" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Rewards along a line, the mean '
        f'marked"><line class="axis" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{LEVEL}" y2="{LEVEL}"/>'
        f'<line class="mean" x1="{at:.1f}" x2="{at:.1f}" y1="6" y2="{LEVEL + 10}"/>{points}'
        f'<text x="{at:.1f}" y="{HEIGHT - 2}" text-anchor="middle">mean {number(mean, 2)}</text>'
        f"{_end(low, mean, low, high)}{_end(high, mean, low, high)}</svg>"
    )


def _points(members: list[Member], low: float, high: float) -> list[str]:
    """Equal rewards are piled up, so that they can be counted."""
    piled: dict[int, int] = {}
    drawn = []
    for member in members:
        at = _place(member.evaluation.reward or 0.0, low, high)
        slot = round(at / STEP)
        level = piled[slot] = piled.get(slot, -1) + 1
        kind = "up" if (member.advantage or 0) >= 0 else "down"
        y = LEVEL - STEP * min(level, LEVELS - 1)
        drawn.append(
            f'<circle class="{kind}" cx="{at:.1f}" cy="{y}" r="{RADIUS}"><title>{member.place}: '
            f"{number(member.evaluation.reward)}</title></circle>"
        )
    return drawn


def _end(value: float, mean: float, low: float, high: float) -> str:
    """The number under one end, where the mean's does not stand there."""
    at = _place(value, low, high)
    if abs(at - _place(mean, low, high)) < 2 * EDGE + 20:
        return ""
    return f'<text x="{at:.1f}" y="{HEIGHT - 2}" text-anchor="middle">{number(value, 2)}</text>'


def _place(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return EDGE + share * (WIDTH - 2 * EDGE)
