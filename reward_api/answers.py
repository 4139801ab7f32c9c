"""Answers: a model written as JSON where the work was done, in the worker thread and not on the event loop."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.responses import Response


def answer(model: BaseModel, status: int = 200) -> Response:
    return Response(model.model_dump_json(), status, media_type="application/json")
