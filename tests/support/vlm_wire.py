"""What the scripted VLM server understands and answers: OpenAI's chat completions, sound or broken by a mode. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.vlm_grades import GRADES, grades, log_probabilities

__all__ = ["Request", "completion", "grades", "image_hash", "understand"]


@dataclass(frozen=True)
class Request:
    """One call of ``/v1/chat/completions``.

    Attributes:
        images: SHA-256 of each picture, in order.
        pictures: the pictures themselves.
        text: all text parts of the user's message, joined.
        mode: how it was answered.
    """

    model: str
    images: tuple[str, ...]
    nonce: str
    system: str
    text: str
    authorization: str
    mode: str
    body: dict[str, Any]
    pictures: tuple[bytes, ...] = field(default=(), repr=False)


def image_hash(png: bytes) -> str:
    return hashlib.sha256(png).hexdigest()


def understand(body: dict[str, Any], authorization: str, mode_of: Callable[[str], str]) -> Request:
    """Raises `ValueError`: the schema is not strict and flat, a picture is no PNG data URL, or the nonce is missing.

    Args:
        mode_of: how the call is answered, by the first picture's SHA-256.
    """
    _check_schema(body.get("response_format") or {})
    system, user = body["messages"]
    parts = user["content"]
    pictures = tuple(_picture(part["image_url"]["url"]) for part in parts if part["type"] == "image_url")
    images = tuple(image_hash(picture) for picture in pictures)
    text = "\n".join(part["text"] for part in parts if part["type"] == "text")
    nonce = re.search(r"Nonce: ([0-9a-f]{32})\b", parts[-1].get("text", ""))
    if not images or not nonce:
        raise ValueError("no picture, or no nonce at the end")
    mode = mode_of(images[0])
    return Request(body["model"], images, nonce[1], system["content"], text, authorization, mode, body, pictures)


def _check_schema(response_format: dict[str, Any]) -> None:
    wanted = response_format.get("json_schema", {})
    schema = wanted.get("schema", {})
    properties = schema.get("properties", {})
    flat = all(value.get("type") in ("string", "number", "integer") for value in properties.values())
    strict = wanted.get("strict") is True and schema.get("additionalProperties") is False
    complete = sorted(schema.get("required", [])) == sorted(properties) and {*GRADES, "nonce"} <= properties.keys()
    if response_format.get("type") != "json_schema" or not (flat and strict and complete):
        raise ValueError("response_format is not a strict, flat json_schema of the grades and the nonce")


def _picture(url: str) -> bytes:
    head, _, data = url.partition(",")
    png = base64.b64decode(data, validate=True)
    if head != "data:image/png;base64" or not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("a picture is no PNG data URL")
    return png


def completion(request: Request, given: dict[str, float], model: str, *, integer: bool = False) -> dict[str, Any]:
    """A chat completion, sound or broken by the request's mode.

    Args:
        given: the grades that are meant.
        integer: they are said in whole numbers.
    """
    content = _content(request, {name: round(grade) for name, grade in given.items()} if integer else given)
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    if request.mode == "refusal":
        message |= {"content": None, "refusal": "I cannot help with that."}
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": _finish(request.mode), "logprobs": None}
    if request.body.get("logprobs"):
        choice["logprobs"] = log_probabilities(content, given, int(request.body.get("top_logprobs") or 0))
    prompt = 1_000 * len(request.images)
    return {
        "id": f"chatcmpl-{request.nonce[:12]}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [] if request.mode == "no-choices" else [choice],
        "usage": {"prompt_tokens": prompt, "completion_tokens": 100, "total_tokens": prompt + 100},
    }


def _finish(mode: str) -> str:
    return {"truncated": "length", "filtered": "content_filter"}.get(mode, "stop")


def _content(request: Request, given: dict[str, float]) -> str:
    verdict: dict[str, Any] = {"nonce": request.nonce}
    for name, grade in given.items():
        verdict |= {f"{name}_reason": f"scripted: {name}", name: grade}
    match request.mode:
        case "wrong-nonce":
            verdict["nonce"] = "0" * 32
        case "schema-break":
            verdict["beauty"] = 7
            del verdict["overall"]
        case "invalid-json":
            return "Overall I would give this website 5 out of 5."
    text = json.dumps(verdict)
    return text[: len(text) // 2] if request.mode in ("truncated", "filtered") else text
