"""The whole database in one file."""

from pathlib import Path
from typing import Annotated

import typer

from refill.cli import backup
from refill.cli.environment import database_for_verb


def run(
    file: Annotated[Path, typer.Argument(help="Where the backup goes; an older one of this name is replaced.")],
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
) -> None:
    """Write a backup of one consistent instant; the product may run meanwhile."""
    with database_for_verb(data) as url:
        made = backup.write(url, file.expanduser().resolve())
    rows = ", ".join(f"{count:,} {table.removeprefix('refill_')}" for table, count in made["rows"].items())
    print(f"{file}: {rows}.")
    print("Keep the file secret_key of the data directory (or REFILL_SECRET_KEY) too, at another place than this.")
