"""Everything in one command."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from refill.cli.launcher import Launcher, StopAsked
from refill.cli.places import default_data_dir


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise StopAsked


def run(
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    lane_port: Annotated[int, typer.Option(help="Port of the lane; by default the next one.")] = 0,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo, once.")] = False,
) -> None:
    """Start all of it: PostgreSQL (unless DATABASE_URL is set), migrations, web, lane and worker."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, _ask_to_stop)
    launcher = Launcher(
        data_dir=(data or default_data_dir()).expanduser().resolve(),
        host=host,
        port=port,
        demo=demo,
        lane_port=lane_port,
        database_url=os.environ.get("DATABASE_URL", ""),
    )
    sys.exit(launcher.run())
