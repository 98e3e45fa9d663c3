"""The demo's data."""

from importlib import import_module
from importlib.util import find_spec

from refill.cli.environment import database_for_verb, set_up_django


def run() -> None:
    """Load the demo where it is not loaded yet, and print its logins."""
    with database_for_verb():
        set_up_django("worker")
        if find_spec("refill.cli.demo") is None:
            return
        demo = import_module("refill.cli.demo")
        demo.load()
        for line in demo.lines():
            print(line)
