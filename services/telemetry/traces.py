"""Traces: the W3C trace context of a request, carried by the record through every stage, and in every log line.

The record carries it and not the message: a message may be lost, and whoever sends it again, or wakes an evaluation
that waited for equal work, works for a trace of its own. Spans are exported where the operator has installed an
OpenTelemetry SDK (``opentelemetry-instrument``); without one the trace's id is all there is, which is enough for logs.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"

_FORMAT = TraceContextTextMapPropagator()
_TRACER = "webgen-reward"


@contextmanager
def span(name: str, traceparent: str | None, *, served: bool = False) -> Iterator[None]:
    """Work that belongs to a trace: to the one named, or to a new one where that is none. Its ids are in every log
    line meanwhile.

    Args:
        traceparent: as in the header of that name; anything that is not valid counts as none.
        served: it answers a request.
    """
    kind = SpanKind.SERVER if served else SpanKind.CONSUMER
    begun = trace.get_tracer(_TRACER).start_span(name, context=_context(traceparent), kind=kind)
    found = begun if begun.get_span_context().is_valid else _new()
    known = found.get_span_context()
    ids = {"trace_id": trace.format_trace_id(known.trace_id), "span_id": trace.format_span_id(known.span_id)}
    with trace.use_span(found, end_on_exit=True), structlog.contextvars.bound_contextvars(**ids):
        yield


def current() -> str | None:
    """The present work as a ``traceparent``; None outside of any."""
    carrier: dict[str, str] = {}
    _FORMAT.inject(carrier)
    return carrier.get(HEADER)


def _context(traceparent: str | None) -> Context:
    return _FORMAT.extract({HEADER: traceparent} if traceparent else {}, Context())


def _new() -> Span:
    ids = SpanContext(secrets.randbits(128) or 1, secrets.randbits(64) or 1, is_remote=False, trace_flags=TraceFlags())
    return NonRecordingSpan(ids)
