"""How calls are put to httpx, and what its answers are to the flows."""

from __future__ import annotations

import ipaddress
import ssl
from functools import cache
from typing import Any

import httpx

from trainer_client.errors import TransportError
from trainer_client.flows import Call
from trainer_client.limits import ClientLimits
from trainer_client.retry import Answer, Fault


def loopback(url: httpx.URL) -> bool:
    """Whether the address is this machine: no proxy of the environment stands before it."""
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return url.host == "localhost"


def client_options(base_url: str, api_key: str | None, limits: ClientLimits) -> dict[str, Any]:
    """What both httpx clients are made with.

    Raises:
        TransportError: the address is no http or https URL, or no header can carry the key.
    """
    url = _address(base_url)
    key = (api_key or "").strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise TransportError("the API key holds characters that no key has: was something else put in its place?")
    pool = httpx.Limits(
        max_connections=limits.connections,
        max_keepalive_connections=limits.connections,
        keepalive_expiry=limits.idle_seconds,
    )
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return {
        "base_url": url,
        "headers": headers,
        "limits": pool,
        "trust_env": not loopback(url),
        "verify": _trusted(),
    }


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted, read once: that takes longer than many a call."""
    return httpx.create_ssl_context()


def _address(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
        url.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise TransportError(f"not an address: {base_url!r}: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise TransportError(f"not an http or https address: {base_url!r}")
    return url


def request_options(call: Call, timeout: float, limits: ClientLimits) -> dict[str, Any]:
    """How one call is put to httpx."""
    headers = {"Content-Type": "application/json"} if call.body is not None else {}
    patience = httpx.Timeout(timeout, connect=min(timeout, limits.connect_seconds))
    return {"method": call.method, "url": call.path, "content": call.body, "headers": headers, "timeout": patience}


def answer_of(response: httpx.Response, content: bytes) -> Answer:
    return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content)


def fault_of(error: httpx.RequestError) -> Fault:
    return Fault(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def too_slow(timeout: float) -> Fault:
    """Bytes came now and then, and the answer never ended."""
    return Fault(f"no whole answer within {timeout:.3g} seconds")
