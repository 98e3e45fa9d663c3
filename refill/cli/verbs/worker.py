"""The worker process."""

import os
import signal
import threading

from refill.cli.environment import require_served_environment, set_up_django


def run() -> None:
    """Do what is due, until SIGTERM or Ctrl-C."""
    require_served_environment()
    stop_event = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop_event.set())
    # Below the launcher a Ctrl-C is the launcher's: it ends the web first.
    launched = os.environ.get("REFILL_LAUNCHED") == "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN if launched else lambda *_: stop_event.set())
    set_up_django("worker")
    from refill.worker import loop

    loop.run(stop_event)
