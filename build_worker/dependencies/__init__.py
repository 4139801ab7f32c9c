"""Dependency sets: what a site declares, and the ``node_modules`` that it resolves to."""

from build_worker.dependencies.archive import SET_ARCHIVE
from build_worker.dependencies.declared import DeclaredDependencies, declared, set_key
from build_worker.dependencies.make import make_npm, make_sets
from build_worker.dependencies.marker import ResolvedSet
from build_worker.dependencies.sets import SetStore

__all__ = [
    "SET_ARCHIVE",
    "DeclaredDependencies",
    "ResolvedSet",
    "SetStore",
    "declared",
    "make_npm",
    "make_sets",
    "set_key",
]
