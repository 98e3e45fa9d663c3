"""The lane: the fast door for the hot calls, before a web that answers the rest."""

import os
from typing import Annotated

import typer
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from refill.cli.environment import require_served_environment
from refill.cli.server import Server

KILL_TIMEOUT_SECONDS = 30


def run(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    plain: Annotated[str, typer.Option(help="Host and port of the web.")] = "127.0.0.1:8000",
) -> None:
    """Serve the hot calls of the API together: one process, one transaction for all that came meanwhile."""
    require_served_environment()
    os.environ["REFILL_PROCESS"] = "lane"
    os.environ["REFILL_AS_OWNER"] = ""
    os.environ["REFILL_LANE_PLAIN"] = plain
    Server(
        "refill.cli.laned:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        workers_kill_timeout=KILL_TIMEOUT_SECONDS,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()
