"""Reward profiles: list, read, put."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.auth import requires
from reward_api.context import Gateway, context_of
from reward_api.limits import JSON, parse_json, read_body, require_media_type
from reward_api.openapi import problems, profile_request
from reward_api.parameters import KNOWN_ONLY, ProfilePath
from services.errors import InvalidRequest, Unprocessable
from services.pipeline.profiles import read_profile
from services.rewards.profile import BUILT_IN, Profile

router = APIRouter(prefix="/v1/profiles", tags=["profiles"], dependencies=[KNOWN_ONLY])

TOML = "application/toml"
MAX_PROFILE_BYTES = 100_000


class ProfileAnswer(BaseModel):
    """A profile and the hash that travels with its rewards. Built-in profiles cannot be changed."""

    profile: Profile
    hash: str
    built_in: bool


class ProfileList(BaseModel):
    profiles: list[ProfileAnswer]


def _shown(profile: Profile) -> ProfileAnswer:
    return ProfileAnswer(profile=profile, hash=profile.hash, built_in=profile.name in BUILT_IN)


async def sent_profile(request: Request) -> Profile:
    """The profile in a body of JSON or TOML.

    Raises:
        InvalidRequest, Unprocessable: naming every wrong key.
    """
    media_type = require_media_type(request, JSON, TOML)
    body = await read_body(request, min(MAX_PROFILE_BYTES, context_of(request).settings.max_body_bytes))
    if media_type == JSON:
        return await run_in_threadpool(parse_json, Profile, body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"the body is not UTF-8: {error}") from error
    return await run_in_threadpool(read_profile, text)


SentProfile = Annotated[Profile, Depends(sent_profile)]


@router.get(
    "",
    summary="List profiles",
    response_model=ProfileList,
    responses=problems(401, 403, 422),
    dependencies=[requires("read", "submit")],
)
def profiles(gateway: Gateway) -> Response:
    """Built-in ones first."""
    return answer(ProfileList(profiles=[_shown(profile) for profile in gateway.pipeline.profiles()]))


@router.get(
    "/{name}",
    summary="Read a profile",
    response_model=ProfileAnswer,
    responses=problems(401, 403, 404, 422),
    dependencies=[requires("read", "submit")],
)
def profile(gateway: Gateway, name: ProfilePath) -> Response:
    return answer(_shown(gateway.pipeline.profile(name)))


@router.put(
    "/{name}",
    summary="Add or replace a profile",
    response_model=ProfileAnswer,
    responses=problems(400, 401, 403, 409, 413, 415, 422),
    dependencies=[requires("admin")],
    openapi_extra=profile_request(),
)
def put_profile(gateway: Gateway, name: ProfilePath, sent: SentProfile) -> Response:
    """Runs that are under way keep the document that they are pinned to. 409 for a built-in profile's name."""
    if sent.name != name:
        raise Unprocessable(f"the path says {name!r} and the profile's name is {sent.name!r}; send the same name")
    return answer(_shown(gateway.pipeline.put_profile(sent)))
