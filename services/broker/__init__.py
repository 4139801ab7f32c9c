"""Celery over Redis carries work; the record is the truth. A message holds an evaluation id and nothing else."""

from services.broker.protocol import Broker, MemoryBroker
from services.broker.redis_broker import RedisBroker

__all__ = ["Broker", "MemoryBroker", "RedisBroker"]
