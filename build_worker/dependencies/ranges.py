"""One spelling for version ranges that are certainly equal to npm. Pure."""

from __future__ import annotations

import re

_ANY = frozenset({"", "*"})
_OPERATOR = re.compile(r"(\^|~|[<>]=?|=)\s+")
_COMPARATOR = re.compile(
    r"(?P<operator>\^|~|[<>]=?)?[v=]*"
    r"(?P<version>\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?|(?:\d+|[xX*])(?:\.(?:\d+|[xX*])){0,2})"
)
_BETWEEN = re.compile(r"\s*\|\|\s*")


def normalised(spec: str) -> str:
    """The range without spaces that mean nothing, without ``v`` and ``=`` before a version, ``*`` where anything goes.

    What has another form (a tag, an alias of another package) is only trimmed.
    """
    trimmed = spec.strip()
    if trimmed in _ANY:
        return "*"
    alternatives = [_alternative(part) for part in _BETWEEN.split(trimmed)]
    known = [text for text in alternatives if text is not None]
    return " || ".join(known) if len(known) == len(alternatives) else trimmed


def _alternative(text: str) -> str | None:
    """Comparators that all hold, or a range from one version to another; None where it is neither."""
    words = []
    for word in _OPERATOR.sub(r"\1", text).split():
        found = _COMPARATOR.fullmatch(word)
        if found is None and word != "-":
            return None
        words.append(f"{found['operator'] or ''}{found['version']}" if found else word)
    return " ".join(words) or None
