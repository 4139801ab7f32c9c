"""Path and query parameters that several routes take. What no name can be is refused before anything is looked up."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic.json_schema import SkipJsonSchema

from services.contract import Status
from services.contract.requests import MAX_WAIT_SECONDS
from services.errors import Unprocessable

_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._:@+-]*$"
MAX_STEP = 2**31 - 1

EvaluationIdPath = Annotated[
    str, Path(alias="id", min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="Evaluation id.")
]
RunPath = Annotated[str, Path(alias="run", min_length=1, max_length=200, pattern=_IDENTIFIER, description="Run.")]
ProfilePath = Annotated[
    str,
    Path(
        alias="name",
        pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$",
        description="Name of the profile; to read one, its hash will do.",
    ),
]
ArtifactPath = Annotated[
    str,
    Path(alias="name", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="As in a report's artifacts."),
]

Wait = Annotated[
    float, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for the end; answers earlier where it can.")
]
Cursor = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=500, pattern=r"^[A-Za-z0-9_=-]+$", description="next_cursor of the page before."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Items on the page.")]
StepFilter = Annotated[int | SkipJsonSchema[None], Query(alias="step", ge=0, le=MAX_STEP)]
GroupFilter = Annotated[
    str | SkipJsonSchema[None],
    Query(alias="group", max_length=200, pattern=r"^[^\x00]*$"),
]
StatusFilter = Annotated[Status | SkipJsonSchema[None], Query(alias="status")]
DerivedFilter = Annotated[
    Literal["true", "false"] | SkipJsonSchema[None],
    Query(alias="derived", description="Only rejudged evaluations, or only originals; both where left out."),
]


def refuse_unknown(request: Request) -> None:
    """A misspelt filter must not answer as if it were none.

    Raises:
        Unprocessable: a query parameter that the route does not have.
    """
    route = request.scope["route"]
    known = {field.alias for field in route.dependant.query_params} if isinstance(route, APIRoute) else set()
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        takes = f"takes {', '.join(sorted(known))}" if known else "takes none"
        raise Unprocessable(f"no query parameter is called {unknown[0][:100]!r}; this path {takes}")


KNOWN_ONLY = Depends(refuse_unknown)
"""Dependency of every router of the contract."""
