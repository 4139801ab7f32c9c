"""What the scripted VLM server understands and answers: OpenAI's chat completions, sound or broken by a mode. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MODES = (
    "normal",
    "down",  # 500
    "slow",  # answers only after the mode has changed, the server was closed or 30 s went by
    "rate-limited",  # 429
    "wrong-nonce",
    "invalid-json",  # the reply's text is no JSON
    "schema-break",  # a grade is missing, one is out of range
    "refusal",
    "content-filter",  # refused before the model saw it: 400
    "one-picture",  # a request with more pictures is refused: 400
    "truncated",
    "broken-envelope",  # 200 with something that is no chat completion
)
GRADES = ("rendering", "relevance", "layout", "beauty", "overall")


@dataclass(frozen=True)
class Request:
    """One call of ``/v1/chat/completions``.

    Attributes:
        images: SHA-256 of each picture, in order.
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


def grades(image: str) -> dict[str, float]:
    """The grades that the server gives to a picture, by its SHA-256."""
    digest = hashlib.sha256(bytes.fromhex(image)).digest()
    return {name: round(byte / 51, 1) for name, byte in zip(GRADES, digest, strict=False)}


def image_hash(png: bytes) -> str:
    return hashlib.sha256(png).hexdigest()


def understand(body: dict[str, Any], authorization: str, mode_of: Callable[[str], str]) -> Request:
    """Raises `ValueError`: the schema is not strict and flat, a picture is no PNG data URL, or the nonce is missing."""
    _check_schema(body.get("response_format") or {})
    system, user = body["messages"]
    parts = user["content"]
    images = tuple(_image(part["image_url"]["url"]) for part in parts if part["type"] == "image_url")
    text = "\n".join(part["text"] for part in parts if part["type"] == "text")
    nonce = re.search(r"Nonce: ([0-9a-f]{32})\b", parts[-1].get("text", ""))
    if not images or not nonce:
        raise ValueError("no picture, or no nonce at the end")
    mode = mode_of(images[0])
    return Request(body["model"], images, nonce[1], system["content"], text, authorization, mode, body)


def _check_schema(response_format: dict[str, Any]) -> None:
    wanted = response_format.get("json_schema", {})
    schema = wanted.get("schema", {})
    properties = schema.get("properties", {})
    flat = all(value.get("type") in ("string", "number") for value in properties.values())
    strict = wanted.get("strict") is True and schema.get("additionalProperties") is False
    complete = sorted(schema.get("required", [])) == sorted(properties) and {*GRADES, "nonce"} <= properties.keys()
    if response_format.get("type") != "json_schema" or not (flat and strict and complete):
        raise ValueError("response_format is not a strict, flat json_schema of the grades and the nonce")


def _image(url: str) -> str:
    head, _, data = url.partition(",")
    png = base64.b64decode(data, validate=True)
    if head != "data:image/png;base64" or not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("a picture is no PNG data URL")
    return image_hash(png)


def completion(request: Request, given: dict[str, float], model: str) -> dict[str, Any]:
    """A chat completion, sound or broken by the request's mode."""
    message: dict[str, Any] = {"role": "assistant", "content": _content(request, given), "refusal": None}
    if request.mode == "refusal":
        message |= {"content": None, "refusal": "I cannot help with that."}
    return {
        "id": f"chatcmpl-{request.nonce[:12]}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {"index": 0, "message": message, "finish_reason": "length" if request.mode == "truncated" else "stop"}
        ],
        "usage": {"prompt_tokens": 1_000 * len(request.images), "completion_tokens": 100, "total_tokens": 1_100},
    }


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
    return text[: len(text) // 2] if request.mode == "truncated" else text
