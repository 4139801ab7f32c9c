"""Artifacts: screenshots, logs, bundles and judge replies. Candidates made what is in them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from reward_api.auth import requires
from reward_api.context import Gateway
from reward_api.observe import STRICT_POLICY
from reward_api.openapi import problems
from reward_api.parameters import KNOWN_ONLY, ArtifactPath, EvaluationIdPath
from services.contract import Artifact

router = APIRouter(prefix="/v1/evaluations/{id}/artifacts", tags=["evaluations"], dependencies=[KNOWN_ONLY])

SHOWN = ("image/png", "image/jpeg", "image/webp", "text/plain", "application/json")
"""Media types that a browser may show in place."""

SAVED = ("application/zip", "application/gzip", "application/x-tar", "application/zstd", "application/octet-stream")
"""Media types that are handed over as a file. Everything else is, as a stream of bytes."""

_CONTENT = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in (*SHOWN, *SAVED)}
_CONTENT["application/json"] = {"schema": {}}


@router.get(
    "/{name}",
    summary="Fetch an artifact",
    response_class=Response,
    responses={200: {"description": "The artifact.", "content": _CONTENT}, **problems(401, 403, 404, 422)},
    dependencies=[requires("read", "submit")],
)
def artifact(gateway: Gateway, evaluation_id: EvaluationIdPath, name: ArtifactPath) -> Response:
    """Images, text and JSON are shown in place; a bundle and anything else is an attachment."""
    found, content = gateway.pipeline.artifact(evaluation_id, name)
    return Response(content, headers=artifact_headers(found, name))


def artifact_headers(artifact: Artifact, name: str) -> dict[str, str]:
    """Headers under which a browser never runs what a candidate wrote."""
    kind = artifact.media_type.partition(";")[0].strip().lower()
    media_type = kind if kind in SHOWN + SAVED else "application/octet-stream"
    return {
        "Content-Type": f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type,
        "Content-Disposition": f'{"inline" if media_type in SHOWN else "attachment"}; filename="{name}"',
        "Content-Security-Policy": STRICT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-transform",
        "ETag": f'"{artifact.blob}"',
    }
