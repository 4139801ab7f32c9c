"""Ways in which a file asks to be spared by linters and type checkers, or hides what goes wrong: counted here, under
the names of `suppressions`, and nowhere else.

Directives are made void in place, without changing any length, so that lines and columns of a tool's findings stay
true. The result is for the linter and the type checker alone; what is built is the source as it was written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from services.compliance.escapes import escapes
from services.compliance.model import SCRIPTS

_DIRECTIVE = re.compile(
    r"(?:(?:eslint|oxlint)-disable(?:-next-line|-line)?|biome-ignore(?:-all|-start)?)(?![\w-])"
    r"|(?P<inline>/\*\s{0,20}(?:eslint|globals?|exported))(?=\s)"
)
_WORD = re.compile(r"\w")
_TYPE_DIRECTIVE = re.compile(r"@ts-(?:nocheck|ignore|expect-error)", re.IGNORECASE)
# TypeScript reads these in any case, and two of them whatever letters follow.


def neutralise(files: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """Files with every linter directive made void, each as long as before; and how many there were."""
    void: dict[str, str] = {}
    count = 0
    for path, text in files.items():
        void[path], found = _DIRECTIVE.subn(_void, text) if _is_script(path) else (text, 0)
        count += found
    return void, count


def neutralise_types(files: Mapping[str, str]) -> dict[str, str]:
    """Files with every type checker's directive made void, each as long as before."""
    return {path: _TYPE_DIRECTIVE.sub(_void, text) if _is_script(path) else text for path, text in files.items()}


def suppressions(files: Mapping[str, str]) -> dict[str, int]:
    """How often each way is used; what is not used is left out.

    - Directives, wherever their text stands: ``eslint-disable`` and its kin, ``inline-configuration``,
      ``@ts-nocheck``, ``@ts-ignore``, ``@ts-expect-error``.
    - Code, comments and strings left out (`services.compliance.escapes`): ``any``, ``untyped-module``,
      ``empty-catch``.
    """
    counts: Counter[str] = Counter()
    for path, text in files.items():
        if _is_script(path):
            counts.update(_name(match) for match in _DIRECTIVE.finditer(text))
            counts.update(match[0].lower() for match in _TYPE_DIRECTIVE.finditer(text))
            counts.update(escapes(path, text))
    return dict(sorted(counts.items()))


def _is_script(path: str) -> bool:
    return path.lower().endswith(SCRIPTS)


def _void(match: re.Match[str]) -> str:
    inline = match.groupdict().get("inline")
    return _WORD.sub("_", match[0]) if inline else match[0].replace("-", "_")


def _name(match: re.Match[str]) -> str:
    return "inline-configuration" if match["inline"] else match[0]
