"""What the VLM is asked: rubric first, pictures next, the nonce last, so that everything before it can be cached.

The prompt holds no text of the candidate's: no page text, no title, no route. Pictures and the instruction only.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Literal

from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONSchema

from services.judge.protocol import CRITERIA, HOME, MOBILE, Shot

PROMPT_VERSION = "rubric-2"
"""The newest. Names the file in ``prompts/``. A rubric that has judged is never edited: a new one gets a new number."""

LABELS = {"home": "the home page", "route": "a further page", "mobile": "the home page on a phone"}

UNLABELLED = frozenset({"rubric-1"})
"""Prompts that number the screenshots and do not say which is which."""

Detail = Literal["low", "high", "auto"]

GRADES = (*CRITERIA, "overall")


def prompts() -> tuple[str, ...]:
    """Every prompt version that there is."""
    files = resources.files("services.judge").joinpath("prompts").iterdir()
    return tuple(sorted(file.name.removesuffix(".md") for file in files if file.name.endswith(".md")))


@cache
def rubric(version: str = PROMPT_VERSION) -> str:
    return resources.files("services.judge").joinpath("prompts", f"{version}.md").read_text("utf-8")


def messages(
    instruction: str, shots: Sequence[Shot], nonce: str, prompt: str = PROMPT_VERSION, detail: Detail = "high"
) -> list[ChatCompletionMessageParam]:
    """The whole request. The instruction is escaped, so that nothing in it can end its own quotation."""
    parts: list[ChatCompletionContentPartParam] = [
        {"type": "text", "text": f"<instruction>\n{escape(instruction, quote=False)}\n</instruction>"}
    ]
    for number, shot in enumerate(shots, 1):
        label = "" if prompt in UNLABELLED else f", {LABELS[shot.view]}"
        parts.append({"type": "text", "text": f"Screenshot {number} of {len(shots)}{label}:"})
        parts.append({"type": "image_url", "image_url": {"url": data_url(shot.png), "detail": detail}})
    parts.append({"type": "text", "text": f"Nonce: {nonce}\nGrade the website now."})
    return [{"role": "system", "content": rubric(prompt)}, {"role": "user", "content": parts}]


def everything_asked(prompt: str, detail: Detail) -> list[object]:
    """What is asked of a model besides pictures, instruction and nonce: for the judge's version, so that none of it
    changes unnoticed."""
    shots = [Shot(name, "/", b"") for name in (HOME, "route-1.png", MOBILE)]
    return [messages("", shots, "", prompt, detail), response_format()]


def data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def response_format() -> ResponseFormatJSONSchema:
    """A strict, flat schema: the nonce, then a reason and a number for each grade.

    The range stands in the descriptions, because some servers refuse ``minimum`` and ``maximum`` in strict schemas.
    """
    properties: dict[str, object] = {"nonce": {"type": "string", "description": "the nonce of the request"}}
    for grade in GRADES:
        properties[f"{grade}_reason"] = {"type": "string", "description": "one short sentence"}
        properties[grade] = {"type": "number", "description": "0 to 5"}
    schema: dict[str, object] = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": schema}}
