"""What is said between us and a warm builder. Pure.

A message is four bytes, big-endian, with the length of its header, a JSON header, and the content of the header's
files one after another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

Kind = Literal["built", "failed", "declined"]

_HEAD = 4
_MAX_HEADER = 4_000_000
_MAX_REASON = 300


class BrokenReply(ValueError):
    """A builder said what no sound builder says."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Attributes:
    log: what the bundler said; empty where it said nothing.
    reason: why it declined, or what it refused; one line.
    files: the built site, by relative path.
    facts: see `LaneOutcome.facts`.
    """

    kind: Kind
    log: str
    reason: str
    files: Mapping[str, bytes]
    facts: Mapping[str, Any]


def encode(files: Mapping[str, bytes], modules: str) -> bytes:
    """A request: build these files with the ``node_modules`` folder that the builder sees at ``modules``."""
    header = json.dumps({"files": [[path, len(content)] for path, content in files.items()], "modules": modules})
    head = header.encode()
    return b"".join((len(head).to_bytes(_HEAD, "big"), head, *files.values()))


def decode(payload: bytes, max_files: int) -> Reply:
    """A builder's reply.

    Raises:
        BrokenReply: it is not one, or holds more files than allowed.
    """
    length = int.from_bytes(payload[:_HEAD], "big")
    header = _header(payload[_HEAD : _HEAD + length] if length <= _MAX_HEADER else b"")
    kind, facts = header.get("kind"), header.get("facts", {})
    if kind not in get_args(Kind) or not isinstance(facts, dict):
        raise BrokenReply("a reply without a known kind, or with facts that are none")
    files = _files(header.get("files", []), memoryview(payload)[_HEAD + length :], max_files)
    reason = str(header.get("reason", ""))[:_MAX_REASON]
    return Reply(cast("Kind", kind), str(header.get("log", "")), reason, files, facts)


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenReply("a reply whose header is not JSON") from error
    if not isinstance(header, dict):
        raise BrokenReply("a reply whose header is not an object")
    return header


def _files(listed: object, content: memoryview, max_files: int) -> dict[str, bytes]:
    if not isinstance(listed, list) or len(listed) > max_files:
        raise BrokenReply(f"a reply with more than {max_files} files, or with none named")
    files: dict[str, bytes] = {}
    start = 0
    for entry in listed:
        path, size = _entry(entry)
        files[path] = bytes(content[start : start + size])
        start += size
    if start != len(content) or len(files) != len(listed):
        raise BrokenReply("a reply whose files are not what it says")
    return files


def _entry(entry: object) -> tuple[str, int]:
    match entry:
        case [str(path), int(size)] if size >= 0 and _is_plain(path):
            return path, size
    raise BrokenReply(f"a reply that names a file by {entry!r:.200}")


def _is_plain(path: str) -> bool:
    return "\0" not in path and "\\" not in path and all(part not in ("", ".", "..") for part in path.split("/"))
