"""The scaffold: what a trainer needs to prompt a model for a site."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.auth import requires
from reward_api.openapi import problems
from reward_api.parameters import KNOWN_ONLY
from services.artifact import scaffold_files, scaffold_version, system_prompt

router = APIRouter(prefix="/v1/scaffold", tags=["profiles"], dependencies=[KNOWN_ONLY])


class ScaffoldAnswer(BaseModel):
    """The system prompt and the starter's files, path -> text; ``version`` names both."""

    system_prompt: str
    files: dict[str, str]
    version: str


@router.get(
    "",
    summary="System prompt and starter files",
    response_model=ScaffoldAnswer,
    responses=problems(401, 403, 422),
    dependencies=[requires("read", "submit")],
)
def scaffold() -> Response:
    """For the prompts of a trainer: the same words that the parser and the static rules know."""
    return answer(
        ScaffoldAnswer(system_prompt=system_prompt(), files=dict(scaffold_files()), version=scaffold_version())
    )
