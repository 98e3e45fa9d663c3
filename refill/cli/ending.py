"""How a process of granian's ends: with its server, and only once."""

import signal
from collections.abc import Callable
from types import FrameType

import granian._signals

from refill.cli.postgres import die_with_parent

Handler = Callable[[int, FrameType | None], None]


def end_once(handler: Handler, reload_handler: Handler | None = None) -> None:
    """Take the first SIGTERM and nothing after it.

    A worker that gets a second signal while it ends hangs until it is killed. A Ctrl-C, or a supervisor that
    signals the whole group, brings two: its own and the one from granian's main process.
    """

    def on_first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        handler(number, frame)

    signal.signal(signal.SIGTERM, on_first)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def end_with_server() -> None:
    """For a process that granian has just begun."""
    die_with_parent(signal.SIGKILL)()
    granian._signals.set_main_signals = end_once
