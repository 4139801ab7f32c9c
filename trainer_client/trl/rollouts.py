"""From a trainer's rows to rollouts. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from services.contract.rollout import MAX_METADATA_BYTES
from trainer_client.trl.batch import Batch, Place, truncated
from trainer_client.trl.settings import Settings

MAX_INSTRUCTION = 32_000
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Keys under which chat templates keep a message's thinking apart from its content."""


def rollouts_of(settings: Settings, batch: Batch, found: Sequence[Place], step: int | None) -> list[dict[str, Any]]:
    """One rollout a row, in order, as mappings for the client."""
    return [_rollout(settings, batch, row, place, step) for row, place in enumerate(found)]


def _rollout(settings: Settings, batch: Batch, row: int, place: Place, step: int | None) -> dict[str, Any]:
    columns = {name: values[row] for name, values in batch.columns.items()}
    named = columns.pop(settings.instruction_column, None)
    facts = {"completion_tokens": len(batch.token_ids[row])} if row < len(batch.token_ids) else {}
    instruction = named if isinstance(named, str) and named else instruction_of(batch.prompts[row])
    return {
        "instruction": instruction[:MAX_INSTRUCTION],
        "completion": completion_of(batch.prompts[row], batch.completions[row], settings.answer_prefix),
        "group": place.group,
        "sample": place.sample,
        "truncated": truncated(batch, row),
        "metadata": metadata(columns, facts),
        **({} if step is None else {"step": step}),
    }


def text_of(content: Any) -> str:
    """A message's content as text: a string, or the text among its parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = (part.get("text") if isinstance(part, Mapping) else part for part in content)
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def instruction_of(prompt: Any) -> str:
    """The last user message, or the prompt itself."""
    if isinstance(prompt, str):
        return prompt
    said = [text_of(message.get("content")) for message in prompt if message.get("role") == "user"]
    return said[-1] if said else ""


def completion_of(prompt: Any, completion: Any, prefix: str = "") -> Any:
    """A string, or a list of messages with text alone. What the prompt began in the assistant's name comes first, or
    else the prefix; not where a message's thinking was kept apart: whoever took it out saw the beginning."""
    begun = _begun(prompt) or prefix
    if isinstance(completion, str):
        return begun + completion
    messages = [{"role": str(m.get("role", "assistant")), "content": _said(m)} for m in completion][-64:]
    if begun and messages and not _thought(completion[0]):
        messages[0]["content"] = begun + messages[0]["content"]
    return messages or begun


def _begun(prompt: Any) -> str:
    is_chat = not isinstance(prompt, str) and bool(prompt)
    return text_of(prompt[-1].get("content")) if is_chat and prompt[-1].get("role") == "assistant" else ""


def _thought(message: Mapping[str, Any]) -> str:
    return next((text_of(message[key]) for key in THOUGHTS if message.get(key)), "")


def _said(message: Mapping[str, Any]) -> str:
    thought = _thought(message)
    return (f"<think>\n{thought}\n</think>\n" if thought else "") + text_of(message.get("content"))


def metadata(columns: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The dataset's columns and our own facts, within the contract's limit: the largest columns are named in
    ``left_out`` instead."""
    kept = {str(name): plain(value) for name, value in columns.items()}
    sizes = {name: len(json.dumps({name: value})) for name, value in kept.items()}
    left_out: list[str] = []
    while sizes and sum(sizes.values()) > MAX_METADATA_BYTES - 2_000:
        largest = max(sizes, key=lambda name: sizes[name])
        left_out.append(largest[:100])
        del kept[largest], sizes[largest]
    return {**kept, **facts, **({"left_out": left_out[:10]} if left_out else {})}


def plain(value: Any, depth: int = 8) -> Any:
    """A dataset's value as JSON: numbers that JSON has none for become null, what is no data its type's name."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if callable(getattr(value, "item", None)):  # a number of NumPy, or of a tensor library
        return plain(value.item(), 0) if not getattr(value, "shape", ()) else f"<{type(value).__name__}>"
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth and isinstance(value, Mapping):
        return {str(key): plain(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, list | tuple):
        return [plain(item, depth - 1) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return f"<{type(value).__name__}>"
