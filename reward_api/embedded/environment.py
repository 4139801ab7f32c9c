"""What each process of the stack is told, and what is kept from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GENERAL: Final = frozenset(
    {"PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}
    | {"XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "PLAYWRIGHT_BROWSERS_PATH"}
)
"""Of the caller's environment, what every process sees. Everything else is left out, secrets above all."""

OUTWARD: Final = frozenset(
    {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"}
)
"""What the two processes that reach out see as well, in either case."""

SERVICE: Final = "WEBGEN_"
JUDGE_PREFIX: Final = "WEBGEN_JUDGE__"
JUDGE_KEY: Final = "WEBGEN_JUDGE__API_KEY"
CLIENT_ONLY: Final = frozenset({"WEBGEN_URL", "WEBGEN_API_KEY"})
"""Options of the command line and the client: the service has no use for them."""


def general(caller: Mapping[str, str]) -> dict[str, str]:
    """For every process: the machine's habits, and the service's settings but for the judge's.

    Setting names come out in upper case, as they are read without regard to it and must not come twice.
    """
    machine = {name: value for name, value in caller.items() if name in GENERAL}
    settings = {name: value for name, value in _settings(caller).items() if not name.startswith(JUDGE_PREFIX)}
    return machine | {"WEBGEN_LOG_JSON": "false"} | settings


def outward(caller: Mapping[str, str]) -> dict[str, str]:
    """Proxies and certificates."""
    return {name: value for name, value in caller.items() if name.upper() in OUTWARD}


def resolver(caller: Mapping[str, str]) -> dict[str, str]:
    """For the resolver: the way out, and npm's own configuration."""
    npm = {name: value for name, value in caller.items() if name.lower().startswith("npm_config_")}
    return general(caller) | outward(caller) | npm


def judge(caller: Mapping[str, str], kind: str) -> dict[str, str]:
    """For the judge: the way out, its settings and, for a VLM only, its key."""
    settings = {name: value for name, value in _settings(caller).items() if name.startswith(JUDGE_PREFIX)}
    settings["WEBGEN_JUDGE__KIND"] = kind
    key = settings.pop(JUDGE_KEY, None) or caller.get("OPENAI_API_KEY")
    secret = {JUDGE_KEY: key} if kind == "vlm" and key else {}
    return general(caller) | outward(caller) | settings | secret


def _settings(caller: Mapping[str, str]) -> dict[str, str]:
    names = {name: name.upper() for name in caller}
    return {
        upper: caller[name] for name, upper in names.items() if upper.startswith(SERVICE) and upper not in CLIENT_ONLY
    }
