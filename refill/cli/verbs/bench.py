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
    peer: Annotated[str, typer.Option(help="Also POST to this address of another product on this machine.")] = "",
    peer_header: Annotated[list[str] | None, typer.Option(help="NAME: VALUE for it; {n} is a new number.")] = None,
    peer_body: Annotated[str, typer.Option(help="The body for it; {n} is a new number.")] = "{}",
    json: Annotated[Path | None, typer.Option(help="Also write the figures to this file.")] = None,
) -> None:
    """Measure on a database of its own, against what pgbench can do with the same one, and print the ratios."""
    checkout = PACKAGE_DIR.parent
    if not (checkout / "bench" / "measure.py").exists():
        raise StartRefused("The bench runs from a checkout; an installed package comes without it.")
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    measuring, table, work = (import_module(f"bench.{name}") for name in ("measure", "table", "work"))
    other = work.Peer(peer, peer_header or [], peer_body) if peer else None
    console = Console(highlight=False)
    scale = measuring.QUICK if quick else measuring.FULL
    rows = measuring.measure(scale, lambda words: console.print(f"{words} …"), other)
    table.show(rows, console)
    if json is not None:
        table.write(rows, json)
