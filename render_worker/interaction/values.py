"""What is written in a field: something that fits its type and its bounds. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from render_worker.interaction.controls import Control

WORDS = "A quiet morning by the sea"
EMAIL = "ada@example.com"
PHONE = "+1 555 010 0199"
CODE = "12345"
PASSWORD = "Lighthouse-7"  # noqa: S105 - typed into candidates' forms
CARD = "4242424242424242"

DAY = "2026-06-15"
"""In the near future of every page (`render_worker.clock.EPOCH_SECONDS`)."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d")

_TYPED: Mapping[str, str] = {
    "email": EMAIL,
    "tel": PHONE,
    "url": "https://example.com/",
    "password": PASSWORD,
    "time": "1030AM",
    "datetime-local": "061520261030AM",
    "month": "June2026",
    "week": "242026",
}
"""Of dates and times the keys that are pressed in the order of the en-US locale."""

BY_KEYS = frozenset({"date", "time", "datetime-local", "month", "week"})
"""Types that take keys alone, in parts."""

_HINTS = (
    (re.compile(r"e-?mail", re.IGNORECASE), EMAIL),
    (re.compile(r"pass(word|code|phrase)", re.IGNORECASE), PASSWORD),
    (re.compile(r"phone|mobile|\btel", re.IGNORECASE), PHONE),
    (re.compile(r"card.?number|card.?no", re.IGNORECASE), CARD),
    (re.compile(r"expir|mm.?/.?yy", re.IGNORECASE), "12/29"),
    (re.compile(r"\bcv[cv]\b", re.IGNORECASE), "123"),
    (re.compile(r"zip|postal|postcode|\bcode\b", re.IGNORECASE), CODE),
    (re.compile(r"quantity|amount|guests|number of|\bage\b|price|budget", re.IGNORECASE), "2"),
    (re.compile(r"search|filter|find", re.IGNORECASE), "a"),
    (re.compile(r"name", re.IGNORECASE), "Ada Lovelace"),
)


def value_for(field: Control) -> str:
    """What a visitor could mean to write there, no longer than the field takes."""
    if field.type == "number":
        return _number(field)
    if field.type == "date":
        return _date(field)
    value = _TYPED.get(field.type) or _by_name(field)
    if field.type in BY_KEYS or field.longest < 0:
        return value
    return value[: field.longest]


def _by_name(field: Control) -> str:
    if re.fullmatch(r"\[0-9\]\{(\d)\}|\\d\{(\d)\}", field.pattern):
        return "1234567890"[: int(field.pattern[-2])]
    if field.type == "search":
        return "a"
    words = f"{field.label} {field.group}"
    return next((value for hint, value in _HINTS if hint.search(words)), WORDS)


def _number(field: Control) -> str:
    low, high = _read(field.min), _read(field.max)
    value = 2.0
    if low is not None:
        value = max(value, low)
    if high is not None:
        value = min(value, high)
    return str(int(value)) if value == int(value) else str(value)


def _date(field: Control) -> str:
    """As keys: month, day, year."""
    day = DAY
    if _ISO.fullmatch(field.min):
        day = max(day, field.min)
    if _ISO.fullmatch(field.max):
        day = min(day, field.max)
    return day[5:7] + day[8:10] + day[:4]


def _read(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
