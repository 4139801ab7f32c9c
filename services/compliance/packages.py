"""Names of packages in specifiers. Pure."""

from __future__ import annotations

_BUILTIN_NAMES = """
assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs
http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream
string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib
"""
_BUILTINS = frozenset(_BUILTIN_NAMES.split())
_NOT_A_PACKAGE = (".", "/", "#", "@/", "~/", "http:", "https:", "data:", "virtual:", "blob:")


def package_of(specifier: str) -> str | None:
    """The package that a bare specifier names (``@scope/name`` of ``@scope/name/part``); None where it is not bare."""
    name = specifier.partition("?")[0]
    if not name or name.startswith(_NOT_A_PACKAGE):
        return None
    segments = name.split("/", 2)
    return "/".join(segments[:2]) if name.startswith("@") else segments[0]


def is_builtin(specifier: str) -> bool:
    """Whether Node brings it."""
    return specifier.startswith("node:") or specifier.partition("/")[0] in _BUILTINS


def types_package(name: str) -> str:
    """Where DefinitelyTyped keeps a package's types."""
    return "@types/" + name.removeprefix("@").replace("/", "__")
