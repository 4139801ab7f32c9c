"""The Celery application. Made by a function: nothing happens at import."""

from __future__ import annotations

from celery import Celery
from kombu import Queue

from services.settings import BrokerSettings
from services.stages import Stage

SOCKET_TIMEOUT = 10.0


def make_app(settings: BrokerSettings) -> Celery:
    """A Celery application with a queue a stage. Workers register their stages' tasks on it."""
    app = Celery("webgen-reward", broker=settings.url, set_as_current=False)
    app.conf.update(
        task_queues=[Queue(stage.value) for stage in Stage],
        task_default_queue="unrouted",
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        # A message is acknowledged when its work has ended, so that a stopped worker hands it back; a killed one
        # does not requeue it (that loop has no count): the reaper sends it again, and counts.
        task_acks_late=True,
        task_acks_on_failure=True,
        task_acks_on_timeout=True,
        task_reject_on_worker_lost=False,
        worker_prefetch_multiplier=1,
        # The record fences what runs on through a broker's absence; its report does not need the broker.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_proc_alive_timeout=30.0,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": settings.visibility_timeout,
            "socket_timeout": SOCKET_TIMEOUT,
            "socket_connect_timeout": SOCKET_TIMEOUT,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "retry_on_timeout": True,
        },
        broker_pool_limit=4,
    )
    return app
