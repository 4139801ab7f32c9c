"""Words and numbers on a page."""

from __future__ import annotations

from html import escape

from reward_api.cli.terminal import plain


def text(value: str, *, keep_lines: bool = False) -> str:
    """Anybody's words, as a page shows them and nothing else."""
    return escape(plain(value, keep_lines=keep_lines))


def number(value: float | None, digits: int = 3) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
