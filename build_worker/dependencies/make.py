"""The store of sets and npm, as the settings say."""

from __future__ import annotations

from build_worker.dependencies.npm import Npm
from build_worker.dependencies.prepared import prepared
from build_worker.dependencies.release import resolved_before
from build_worker.dependencies.room import Room
from build_worker.dependencies.sets import SetStore
from build_worker.node import find_node
from services.settings import ResolveSettings, ToolSettings


def make_sets(tools: ToolSettings) -> SetStore:
    """Raises:
    ToolchainError: Node or npm is missing on this machine.
    """
    room = Room(most=tools.sets_bytes, free=tools.sets_free_bytes)
    return SetStore(tools.sets, find_node(tools), resolved_before(tools), room, prepared().values())


def make_npm(settings: ResolveSettings) -> Npm:
    """npm with the resolution date.

    Raises:
        ToolchainError: Node or npm is missing on this machine.
    """
    tools = settings.tools
    return Npm(find_node(tools), settings.registry, resolved_before(tools), settings.tarballs)
