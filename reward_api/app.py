"""The gateway's ASGI application, put together from its parts."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any, Protocol

from fastapi import FastAPI
from starlette.types import Lifespan

from reward_api.context import Context
from reward_api.observe import Observed
from reward_api.openapi import install_openapi
from reward_api.problems import install_problems
from reward_api.routes import all_routes
from reward_api.waiting import Hints, Waiting
from services.pipeline.service import Pipeline
from services.settings import GatewaySettings


class Notifications(Hints, Protocol):
    """Hints that have to be started and stopped."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def create_app(settings: GatewaySettings, pipeline: Pipeline, notifications: Notifications) -> FastAPI:
    """The application; nothing is opened before it starts.

    Its `Waiting` (``app.state.context.waiting``) is stopped at shutdown; a server stops it earlier, when it is told
    to end, so that waiting clients get their answers before their connections are closed.
    """
    context = Context(settings, pipeline, Waiting(pipeline.unfinished, notifications))

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await notifications.start()
        yield
        context.waiting.stop()
        await notifications.stop()

    app = _framework(lifespan)
    app.state.context = context
    app.add_middleware(Observed)
    install_problems(app)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, for tools; the same that a gateway serves at ``/openapi.json``."""
    return _framework(None).openapi()


def _framework(lifespan: Lifespan[FastAPI] | None) -> FastAPI:
    app = FastAPI(
        title="webgen-reward",
        version=version("webgen-reward"),
        lifespan=lifespan,
        routes=all_routes(),
        redirect_slashes=False,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
    )
    install_openapi(app)
    return app
