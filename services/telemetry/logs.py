"""Structured logs: one line an event, to standard error, the same form for our own and for libraries' records."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def escape_controls(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write control characters as escapes: what candidates wrote must not drive a terminal or fake a line.

    The traceback, which is of several lines by nature, keeps its line ends.
    """
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    return event


def _without_colours(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("color_message", None)  # uvicorn sends each message twice
    return event


def configure_logs(*, json: bool, level: str) -> None:
    """Send all logs of this process to standard error. Called once, by a process's start.

    Args:
        json: JSON lines; off, text for people.
        level: the lowest level shown, by its standard name.
    """
    before: list[Any] = [
        _without_colours,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        escape_controls,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    _replace_handlers(_formatter(json, before), level)


def _formatter(json: bool, before: list[Any]) -> logging.Formatter:
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _replace_handlers(formatter: logging.Formatter, level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "celery", "httpx"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
