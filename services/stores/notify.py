"""Hints that something ended, for clients that wait. The record stays the truth: a hint may be lost or early."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from services.channel import CHANNEL, redis_url
from services.settings import BrokerSettings

RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class Notifications:
    """One subscription for a whole process, shared by everyone who waits in it.

    Use `start` and `stop` from the process's event loop.
    """

    def __init__(self, settings: BrokerSettings) -> None:
        self._url = redis_url(settings.url)
        self._event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """End the subscription and wake everyone who waits."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.wake()

    async def wait(self, timeout: float) -> None:
        """Return when something ended, or after ``timeout`` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), timeout)

    def wake(self) -> None:
        """End every wait that is under way."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (RedisError, OSError) as error:
                log.debug("no hints for now: %s", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _subscribe(self) -> None:
        async with aioredis.Redis.from_url(self._url) as client, client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while True:
                message = await channel.get_message(ignore_subscribe_messages=True, timeout=RETRY_SECONDS)
                if message is not None:
                    self.wake()
