"""How much one completion may bring. What exceeds a limit is not taken, and a ``parse/limit`` finding names it."""

from __future__ import annotations

MAX_FILES = 500
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 4_000_000
MAX_PATH_CHARACTERS = 240
MAX_SEGMENT_BYTES = 200
MAX_SEGMENTS = 16
MAX_ACTIONS = 50
"""Shell and start actions kept."""

MAX_COMMAND_CHARACTERS = 2_000
MAX_TAG_CHARACTERS = 4_000
"""An opening tag is read no further than this."""

MAX_ATTRIBUTE_CHARACTERS = 500
"""Artifact id and title are cut here."""

MAX_FINDINGS_PER_RULE = 20
