"""What a request handler works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from reward_api.waiting import Waiting
from services.settings import GatewaySettings

if TYPE_CHECKING:
    from services.pipeline.service import Pipeline


@dataclass(frozen=True, slots=True)
class Context:
    """One gateway: its settings, the pipeline it hands work to, and the clients that wait in it."""

    settings: GatewaySettings
    pipeline: Pipeline
    waiting: Waiting


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def request_id_of(request: Request) -> str:
    value: str = request.state.request_id
    return value


Gateway = Annotated[Context, Depends(context_of)]
RequestId = Annotated[str, Depends(request_id_of)]
