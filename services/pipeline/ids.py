"""Evaluation ids: sortable by time, unguessable, safe in URLs and file names."""

from __future__ import annotations

import secrets


def new_id(now: float) -> str:
    """``ev_`` + 11 hexadecimal digits of milliseconds + 20 random ones."""
    return f"ev_{int(now * 1000):011x}{secrets.token_hex(10)}"
