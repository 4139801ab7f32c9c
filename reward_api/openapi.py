"""The OpenAPI document: accurate enough to generate a client from and to fuzz against."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from reward_api.problems import MEDIA_TYPE, Problem
from services.contract import EvaluationQuery, RejudgeRequest, Submission
from services.rewards.profile import Profile

_REF = "#/components/schemas/{model}"
_BODIES: tuple[type[BaseModel], ...] = (Submission, EvaluationQuery, RejudgeRequest)

DESCRIPTION = """
Scores websites that language models generate. Submit rollouts, wait for their evaluations, read their rewards.
Every error is an RFC 9457 problem document.
"""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route that can refuse with these statuses; failures of our own are always among them."""
    schema = {"$ref": _REF.format(model="Problem")}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in (*statuses, 500, 503)
    }


def json_request(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """``openapi_extra`` of a route that reads this body itself, after it has looked at the key and the size."""
    schema = {"$ref": _REF.format(model=model.__name__)}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


def profile_request() -> dict[str, Any]:
    """``openapi_extra`` of a route that takes a profile, as JSON or as TOML."""
    toml = {"schema": {"type": "string"}}
    body = {"application/json": {"schema": {"$ref": _REF.format(model="ProfileInput")}}, "application/toml": toml}
    return {"requestBody": {"required": True, "content": body}}


def install_openapi(app: FastAPI) -> None:
    """Let the application describe itself completely: bodies that routes read themselves, and problem documents."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, description=DESCRIPTION.strip(), routes=app.routes)
    schemas: dict[str, Any] = found.setdefault("components", {}).setdefault("schemas", {})
    inputs: tuple[type[BaseModel], ...] = (Problem, *_BODIES)
    for model in inputs:
        _add(schemas, model, _REF)
    _add(schemas, Profile, "#/components/schemas/{model}Input")
    return found


def _add(schemas: dict[str, Any], model: type[BaseModel], template: str) -> None:
    """A model and everything it is made of, as input; ``template`` keeps apart what answers show differently."""
    schema = model.model_json_schema(ref_template=template)
    parts = {**schema.pop("$defs", {}), model.__name__: schema}
    for name, part in parts.items():
        schemas.setdefault(template.format(model=name).rpartition("/")[2], part)
