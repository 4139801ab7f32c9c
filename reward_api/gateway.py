"""The gateway process: ``python -m reward_api.gateway``."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable
from socket import socket

import uvicorn

from reward_api.app import create_app
from reward_api.problems import refusals_introduced
from services.pipeline.factory import make_pipeline
from services.pipeline.told import ends_introduced
from services.settings import GatewaySettings
from services.stores.notify import Notifications
from services.telemetry.exposition import announce, introduce
from services.telemetry.logs import configure_logs
from services.telemetry.work import work_introduced

STOP_SECONDS = 20
"""Requests under way have this long to finish when the process is told to end."""


class Server(uvicorn.Server):
    """Lets waiting clients go on before it waits for their requests to finish."""

    def __init__(self, config: uvicorn.Config, before_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_stop = before_stop

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._before_stop()
        await super().shutdown(sockets)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main() -> int:
    """Serve until told to end; returns the process's exit status."""
    settings = GatewaySettings()
    configure_logs(json=settings.log_json, level=settings.log_level)
    if not settings.auth and not is_loopback(settings.host):
        sys.stderr.write(
            f"refusing to serve without API keys on {settings.host}: set WEBGEN_AUTH=true, or a loopback WEBGEN_HOST\n"
        )
        return 2
    introduce("gateway")
    refusals_introduced()
    work_introduced(())
    ends_introduced()
    app = create_app(settings, make_pipeline(settings), Notifications(settings.broker))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    announce("gateway", settings.metrics, settings.port, settings.host)
    server = Server(config, app.state.context.waiting.stop)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
