"""The demo's data."""

from refill.cli.environment import database_for_verb, set_up_django


def run() -> None:
    """Load the demo where it is not loaded yet, and print its logins."""
    with database_for_verb():
        set_up_django("worker")
        from refill.cli import demo

        demo.load()
        for line in demo.lines():
            print(line)
