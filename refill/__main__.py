"""`python -m refill` is `refill`."""

from refill.cli.main import run

run()
