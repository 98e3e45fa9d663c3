"""The web process."""

import os
import signal
import subprocess
import sys
from importlib import import_module
from typing import Annotated

import typer
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from refill.cli.environment import require_served_environment
from refill.cli.places import reached_at
from refill.cli.postgres import die_with_parent
from refill.cli.server import Server

KILL_TIMEOUT_SECONDS = 30


def run(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
    threads: Annotated[int, typer.Option(help="Threads in each, each with one database connection.")] = 16,
    lane_port: Annotated[int, typer.Option(help="Also run the lane, on this port.")] = 0,
) -> None:
    """Serve pages, API and webhooks."""
    require_served_environment()
    os.environ["DJANGO_SETTINGS_MODULE"] = "refill.settings"
    os.environ["REFILL_PROCESS"] = "web"
    os.environ["REFILL_AS_OWNER"] = ""
    lane = _start_lane(host, lane_port, port) if lane_port else None
    # Loaded here, before granian forks: its processes share the pages and need not load it each.
    import_module("refill.wsgi")
    import_module("refill.urls")
    Server(
        "refill.cli.served:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=threads,
        workers_kill_timeout=KILL_TIMEOUT_SECONDS,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()
    if lane is not None:
        lane.terminate()
        lane.wait()


def _start_lane(host: str, lane_port: int, port: int) -> subprocess.Popen[bytes]:
    """The lane beside this web, ending when it ends."""
    command = ["lane", "--host", host, "--port", str(lane_port), "--plain", f"{reached_at(host)}:{port}"]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "refill", *command], preexec_fn=die_with_parent(signal.SIGTERM)
    )
