"""The whole database back from one file."""

import time
from pathlib import Path
from typing import Annotated

import typer

from refill.cli import backup
from refill.cli.environment import database_for_verb, is_held, set_up_django
from refill.cli.places import StartRefused, default_data_dir


def run(
    file: Annotated[Path, typer.Argument(help="A file that `refill backup` wrote.")],
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Drop what is in the database now.")] = False,
) -> None:
    """Fill the database from a backup, bring it to this version, and verify all of it."""
    started = time.monotonic()
    if is_held((data or default_data_dir()).resolve() / "lock"):
        raise StartRefused("Refill runs on this data directory. Stop it first.")
    made = backup.read_manifest(file)
    with database_for_verb(data) as url:
        if not backup.is_empty(url):
            if not replace:
                raise StartRefused("The database is not empty. Say --replace to drop what is in it.")
            backup.clear(url)
        backup.restore(url, file)
        set_up_django("owner", as_owner=True)
        from django.db import connections

        from refill.cli.database import prepare_database
        from refill.queries import verification

        prepare_database(url)
        found = verification.mismatches(None, lambda done, total: None)
        connections.close_all()
    print(f"Restored as of {made['made_at']}, in {time.monotonic() - started:.1f} s.")
    if found:
        print(f"{len(found)} mismatches: `refill verify` names them.")
        raise typer.Exit(1)
    print("Everything agrees. What the card provider took since then: `refill reconcile --days …` names it.")
