"""Comments by which a file asks to be spared by linters and type checkers: made void, and counted.

Directives are altered in place without changing any length, so lines and columns of a linter's findings stay true.
The result is for the linter alone; what is built is the source as it was written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from services.compliance.model import SCRIPTS

_DIRECTIVE = re.compile(
    r"(?:(?:eslint|oxlint)-disable(?:-next-line|-line)?|biome-ignore(?:-all|-start)?)(?![\w-])"
    r"|(?P<inline>/\*\s{0,20}(?:eslint|globals?|exported))(?=\s)"
)
_WORD = re.compile(r"\w")
_TYPE_DIRECTIVE = re.compile(r"@ts-(?:nocheck|ignore|expect-error)(?![\w-])")


def neutralise(files: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """Files with every linter directive made void, each as long as before; and how many there were."""
    void: dict[str, str] = {}
    count = 0
    for path, text in files.items():
        void[path], found = _DIRECTIVE.subn(_void, text) if _is_script(path) else (text, 0)
        count += found
    return void, count


def suppressions(files: Mapping[str, str]) -> dict[str, int]:
    """How often each directive is used, type checkers' included: ``eslint-disable``, ``@ts-nocheck`` and so on."""
    counts: Counter[str] = Counter()
    for path, text in files.items():
        if _is_script(path):
            counts.update(_name(match) for match in _DIRECTIVE.finditer(text))
            counts.update(match[0] for match in _TYPE_DIRECTIVE.finditer(text))
    return dict(sorted(counts.items()))


def _is_script(path: str) -> bool:
    return path.lower().endswith(SCRIPTS)


def _void(match: re.Match[str]) -> str:
    return _WORD.sub("_", match[0]) if match["inline"] else match[0].replace("-", "_")


def _name(match: re.Match[str]) -> str:
    return "inline-configuration" if match["inline"] else match[0]
