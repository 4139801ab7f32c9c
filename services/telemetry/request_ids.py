"""Request ids: the caller's own where it is sane, otherwise a new one. In answers and in every log line."""

from __future__ import annotations

import re
import uuid

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def request_id(offered: str | None) -> str:
    """The offered id if it is 1 to 64 letters, digits and ``. _ : -``; otherwise a new one."""
    return offered if offered is not None and _SANE.fullmatch(offered) else uuid.uuid4().hex
