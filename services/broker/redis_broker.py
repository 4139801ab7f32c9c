"""The real broker: Celery's queues in Redis, and a channel for hints."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable

import redis
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.broker.app import SOCKET_TIMEOUT, make_app
from services.channel import CHANNEL, redis_url
from services.errors import BrokerError
from services.settings import BrokerSettings
from services.stages import Stage

PING_SECONDS = 1.0
"""Whoever asks whether the broker is there, a probe or a scrape, has little time itself."""

_HINT_BATCH = 200
_SEPARATOR = "/"

log = logging.getLogger(__name__)


class RedisBroker:
    """Sends by task name alone, so that no process needs another's code."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._app = make_app(settings)
        self._redis = redis.Redis.from_url(
            redis_url(settings.url), socket_timeout=SOCKET_TIMEOUT, socket_connect_timeout=SOCKET_TIMEOUT
        )
        self._pinged = redis.Redis.from_url(
            redis_url(settings.url),
            socket_timeout=PING_SECONDS,
            socket_connect_timeout=PING_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )

    def send(self, stage: Stage, evaluation_id: str, delay: float = 0.0) -> None:
        try:
            self._app.send_task(
                stage.value,
                args=[evaluation_id],
                queue=stage.value,
                task_id=f"{evaluation_id}{_SEPARATOR}{stage.value}",
                countdown=delay or None,
                retry=False,
            )
        except (OperationalError, redis.RedisError, OSError) as error:
            raise BrokerError(f"the broker did not take a message: {error}") from error

    def waiting(self, stage: Stage) -> set[str]:
        try:
            messages = self._redis.lrange(stage.value, 0, -1)
        except redis.RedisError as error:
            raise BrokerError(f"the broker did not answer: {error}") from error
        return {_evaluation_id(message) for message in messages}

    def hint(self, evaluation_ids: Iterable[str]) -> None:
        ids = list(evaluation_ids)
        try:
            for start in range(0, len(ids), _HINT_BATCH):
                self._redis.publish(CHANNEL, " ".join(ids[start : start + _HINT_BATCH]))
        except redis.RedisError as error:
            log.warning("no hint was sent: %s", error)

    def ping(self) -> None:
        try:
            self._pinged.ping()
        except redis.RedisError as error:
            raise BrokerError(f"the broker did not answer: {error}") from error


def _evaluation_id(message: bytes | str) -> str:
    task_id: str = json.loads(message)["headers"]["id"]
    return task_id.split(_SEPARATOR, 1)[0]
