"""Dependency sets: what a site declares, and the ``node_modules`` that it resolves to."""

from build_worker.dependencies.declared import DeclaredDependencies, declared, set_key
from build_worker.dependencies.install import ResolvedSet
from build_worker.dependencies.sets import SetStore

__all__ = ["DeclaredDependencies", "ResolvedSet", "SetStore", "declared", "set_key"]
