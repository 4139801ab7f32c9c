"""The Redis channel for hints, said once for the sender and the listener."""

CHANNEL = "webgen:ended"


def redis_url(url: str) -> str:
    """The address as redis-py spells it; Celery writes ``redis+socket://`` for a Unix socket."""
    return url.replace("redis+socket://", "unix://", 1)
