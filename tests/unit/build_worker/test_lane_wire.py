"""What passes between us and a builder is taken only where it is exactly what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_worker.lanes.wire import BrokenReply, decode, encode


def message(header: object, content: bytes = b"") -> bytes:
    head = json.dumps(header).encode()
    return len(head).to_bytes(4, "big") + head + content


def built(files: list[Any], content: bytes = b"", **more: Any) -> bytes:
    return message({"kind": "built", "files": files, **more}, content)


def test_a_request_holds_its_files_one_after_another() -> None:
    request = encode({"index.html": b"<p>", "src/a.ts": b"", "b": "ü".encode()}, "/sets/k/node_modules")
    length = int.from_bytes(request[:4], "big")
    header = json.loads(request[4 : 4 + length])
    assert header == {"files": [["index.html", 3], ["src/a.ts", 0], ["b", 2]], "modules": "/sets/k/node_modules"}
    assert request[4 + length :] == b"<p>" + "ü".encode()


def test_a_reply_brings_files_log_and_facts() -> None:
    reply = decode(built([["index.html", 2], ["assets/a.js", 1]], b"hix", log="said", facts={"modules": 3}), 10)
    assert (reply.kind, reply.log, reply.facts) == ("built", "said", {"modules": 3})
    assert reply.files == {"index.html": b"hi", "assets/a.js": b"x"}


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/.", "nul\0", "back\\slash", 7, None])
def test_a_path_that_leaves_the_bundle_is_refused(path: object) -> None:
    with pytest.raises(BrokenReply):
        decode(built([[path, 1]], b"x"), 10)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xff\xff\xff",
        message([]),
        message({"kind": "odd"}),
        message({"kind": "built", "facts": []}),
        message({"kind": "built", "files": {}}),
        built([["a", 2]], b"x"),
        built([["a", 1]], b"xy"),
        built([["a", -1], ["b", 2]], b"x"),
        built([["a", 1], ["a", 1]], b"xy"),
        built([["a"]]),
        built([["a", "1"]], b"x"),
        (9).to_bytes(4, "big") + b'{"kind":"' + b"[" * 100_000,
    ],
)
def test_what_is_not_a_reply_is_refused(payload: bytes) -> None:
    with pytest.raises(BrokenReply):
        decode(payload, 10)


def test_more_files_than_allowed_are_refused() -> None:
    with pytest.raises(BrokenReply):
        decode(built([[f"f{number}", 0] for number in range(11)]), 10)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_reply_or_refused(payload: bytes) -> None:
    try:
        reply = decode(payload, 10)
    except BrokenReply:
        return
    assert reply.kind in {"built", "failed", "declined"}
    assert sum(map(len, reply.files.values())) <= len(payload)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True), st.binary(max_size=50), max_size=8))
def test_what_a_builder_sends_arrives_unchanged(files: dict[str, bytes]) -> None:
    payload = built([[path, len(content)] for path, content in files.items()], b"".join(files.values()))
    assert decode(payload, 10).files == files
