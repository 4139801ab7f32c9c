"""Which extra brings a package that is not installed, said in one sentence. Reads the distribution's own metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires

from reward_api.analysis.extra import ExtraMissing

OWN_PACKAGES = frozenset({"services", "reward_api", "build_worker", "render_worker", "trainer_client"})

DISTRIBUTIONS = {"yaml": "pyyaml", "pil": "pillow"}
"""Where a package is installed under another name than it is imported by."""

SHOWN = ("server", "trainer", "analysis")
"""Extras for users, the first that fits is named."""

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+).*?extra\s*==\s*['\"]([A-Za-z0-9._-]+)['\"]")


def is_foreign(error: ModuleNotFoundError) -> bool:
    """Whether what is missing is a package of others, and not a mistake in a name of ours."""
    return error.name is not None and _top(error.name) not in OWN_PACKAGES


def missing(error: ModuleNotFoundError) -> ExtraMissing:
    """The error that says what to install."""
    module = error.name or "a package"
    return ExtraMissing(f"this needs {_top(module)}: pip install 'webgen-reward[{extra_of(module)}]'")


def extra_of(module: str) -> str:
    """The extra that brings a module; ``server`` where none names it, as its packages bring most others."""
    listed = {extra for name, extra in _listed(_metadata()) if name == _distribution(module)}
    return next((extra for extra in SHOWN if extra in listed), SHOWN[0])


def _metadata() -> list[str]:
    try:
        return requires("webgen-reward") or []
    except PackageNotFoundError:
        return []


def _listed(requirements: Iterable[str]) -> Iterable[tuple[str, str]]:
    """(distribution, extra) of every requirement that belongs to an extra."""
    for requirement in requirements:
        found = _REQUIREMENT.match(requirement)
        if found:
            yield _normal(found[1]), found[2]


def _distribution(module: str) -> str:
    name = _normal(_top(module))
    return DISTRIBUTIONS.get(name, name)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _top(module: str) -> str:
    return module.partition(".")[0]
