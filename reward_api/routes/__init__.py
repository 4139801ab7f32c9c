"""Routes, a file per noun."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from reward_api.routes import artifacts, evaluations, health, profiles, runs, scaffold, score

_MODULES = (evaluations, score, artifacts, runs, profiles, scaffold, health)


def all_routes() -> list[BaseRoute]:
    """Every route, in one flat list: each knows its whole path."""
    return [route for module in _MODULES for route in module.router.routes if isinstance(route, APIRoute)]
