"""Code that hides what goes wrong: the type ``any``, modules declared without types, ``catch`` blocks that do nothing.

Read from a scan, not a syntax tree: ``any`` counts where a type can stand and the text goes on as after a type, so
prose in JSX, comments, strings, and methods of that name do not. Any text is accepted, in linear time.
"""

from __future__ import annotations

import re

from services.compliance.scan import code as bare

_TYPED = (".ts", ".tsx", ".mts", ".cts")
_GAP = r"\s{0,40}"
_AFTER_TYPE = rf"(?={_GAP}(?:[;)>\]}}=|&\[{{,]|is\b|$)|[^\S\n]{{0,40}}\n)"
_ANY = re.compile(
    rf"(?:(?<![\w$.-])(?:as|extends|is|satisfies|keyof)\s{{1,40}}|[:|&]{_GAP}|=>{_GAP})any(?![\w$-]){_AFTER_TYPE}"
    rf"|<{_GAP}any(?={_GAP}[>,|&\[])"
    rf"|[,=]{_GAP}any(?={_GAP}(?:>|\[\s{{0,9}}\]|[|&]))"
    rf"|\btype\s{{1,40}}[\w$]{{1,100}}{_GAP}={_GAP}any(?={_GAP}(?:;|$)|[^\S\n]{{0,40}}\n)"
)
_UNTYPED_MODULE = re.compile(r"\bdeclare\s{1,40}module(?![\w$])\s*+(?![{\w$])")
_NOTHING = r"\{\s*+\}"
_EMPTY_CATCH = re.compile(
    rf"(?<![\w$.])catch{_GAP}(?:\([^(){{}}]{{0,200}}\){_GAP})?{_NOTHING}"
    rf"|\.{_GAP}catch{_GAP}\({_GAP}(?:(?:\([^(){{}}]{{0,200}}\)|[\w$]{{1,100}}){_GAP}=>"
    rf"|function{_GAP}\([^(){{}}]{{0,200}}\)){_GAP}{_NOTHING}"
)


def escapes(path: str, text: str) -> dict[str, int]:
    """How often each is used in one script: ``any`` and ``untyped-module`` (TypeScript alone), ``empty-catch``.

    A ``catch`` that holds comments alone is empty: the error is swallowed all the same.
    """
    code = bare(text)
    counts = {"empty-catch": _count(_EMPTY_CATCH, code)}
    if path.lower().endswith(_TYPED):
        counts |= {"any": _count(_ANY, code), "untyped-module": _count(_UNTYPED_MODULE, code)}
    return {name: count for name, count in counts.items() if count}


def _count(pattern: re.Pattern[str], code: str) -> int:
    return sum(1 for _ in pattern.finditer(code))
