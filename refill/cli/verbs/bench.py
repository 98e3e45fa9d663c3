"""How near to the machine's limit."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from refill.cli.places import PACKAGE_DIR, StartRefused


def run(
    quick: Annotated[bool, typer.Option("--quick", help="Less of everything; ends within 50 seconds.")] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the figures to this file.")] = None,
) -> None:
    """Measure on a database of its own, against what pgbench can do with the same one, and print the ratios."""
    checkout = PACKAGE_DIR.parent
    if not (checkout / "bench" / "measure.py").exists():
        raise StartRefused("The bench runs from a checkout; an installed package comes without it.")
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    measuring, table = import_module("bench.measure"), import_module("bench.table")
    console = Console(highlight=False)
    rows = measuring.measure(measuring.QUICK if quick else measuring.FULL, lambda words: console.print(f"{words} …"))
    table.show(rows, console)
    if json is not None:
        table.write(rows, json)
