"""Contents of file actions: wrappings that models put around a file are taken off, each with a finding."""

from __future__ import annotations

import re

from services.artifact.notes import Notes

_FENCE_OPEN = re.compile(r"\s*+(```+|~~~+)[^\n`]{0,100}\n")
_FENCE_CLOSE = re.compile(r"(?:```+|~~~+)[ \t]*+\Z")
_CDATA_OPEN = re.compile(r"\s*+<!\[CDATA\[")
_CDATA_SPLIT = "]]]]><![CDATA[>"
_LEADING_LINE = re.compile(r"[ \t\r]*+\n")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&apos;", "'"), ("&amp;", "&"))
_MARKUP = (".tsx", ".jsx", ".html", ".svg", ".ts", ".js")
_DOCUMENTS = (".md", ".mdx")


def clean(content: str, path: str, cut: bool, notes: Notes) -> str:
    """A file's text as it was meant.

    Args:
        cut: the completion ended inside this file; its end is then kept as it is.
    """
    body = content if cut else content.rstrip()
    body = _without_cdata(body, path, notes)
    body = _without_fence(body, path, notes)
    body = _without_entities(body, path, notes)
    body = _LEADING_LINE.sub("", body, count=1) if _LEADING_LINE.match(body) else body
    return body if cut or not body or body.endswith("\n") else body + "\n"


def _without_cdata(body: str, path: str, notes: Notes) -> str:
    opening = _CDATA_OPEN.match(body)
    if not opening:
        return body
    notes.add("parse/cdata", "The file was wrapped in CDATA; the wrapping was taken off.", path)
    return body[opening.end() :].removesuffix("]]>").replace(_CDATA_SPLIT, "]]>")


def _without_fence(body: str, path: str, notes: Notes) -> str:
    if path.lower().endswith(_DOCUMENTS):
        return body
    opening = _FENCE_OPEN.match(body)
    if not opening:
        return body
    notes.add("parse/fenced-file", "The file was wrapped in a Markdown fence; the fence was taken off.", path)
    return _drop_closing_fence(body[opening.end() :])


def _drop_closing_fence(body: str) -> str:
    last_line = body.rstrip().rfind("\n") + 1
    closing = _FENCE_CLOSE.match(body.rstrip(), last_line)
    return body[:last_line] if closing else body


def _without_entities(body: str, path: str, notes: Notes) -> str:
    """A file is decoded only where it is escaped from end to end; a single entity in a file stays literal."""
    if not _wholly_escaped(body, path.lower()):
        return body
    notes.add("parse/entities", "The whole file was HTML-escaped; it was decoded once.", path)
    for entity, character in _ENTITIES:
        body = body.replace(entity, character)
    return body


def _wholly_escaped(body: str, path: str) -> bool:
    if path.endswith(_MARKUP):
        return "&lt;" in body and "<" not in body and ">" not in body
    return path.endswith(".json") and "&quot;" in body and '"' not in body
