"""The whole database back from one file."""

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from refill.cli import backup
from refill.cli.environment import database_for_verb, is_held, set_up_django
from refill.cli.places import StartRefused, default_data_dir


def run(
    file: Annotated[Path | None, typer.Argument(help="A file that `refill backup` wrote.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Drop what is in the database now.")] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Afterwards: compare with the card provider, and charge again.")
    ] = False,
) -> None:
    """Fill the database from a backup, bring it to this version, and verify all of it. Then nothing is charged until
    `refill restore --confirm` finds that the card provider agrees."""
    if confirm == (file is not None):
        raise StartRefused("Say `refill restore FILE`, and after it `refill restore --confirm`.")
    if file is not None:
        _restore(file, data, replace)
    else:
        _confirm(data)


def _restore(file: Path, data: Path | None, replace: bool) -> None:
    started = time.monotonic()
    if is_held((data or default_data_dir()).resolve() / "lock"):
        raise StartRefused("Refill runs on this data directory. Stop it first.")
    made = backup.read_manifest(file)
    with database_for_verb(data, new=True) as url:
        if not backup.is_empty(url):
            if not replace:
                raise StartRefused("The database is not empty. Say --replace to drop what is in it.")
            backup.clear(url)
        backup.restore(url, file)
        set_up_django("owner", as_owner=True)
        from django.db import connections

        from refill.cli.database import prepare_database
        from refill.queries import verification
        from refill.services.money import safe_mode

        prepare_database(url)
        paused = safe_mode.begin(backup_made_at=datetime.fromisoformat(made["made_at"]))
        found = verification.mismatches(None, lambda done, total: None)
        connections.close_all()
    print(f"Restored as of {made['made_at']}, in {time.monotonic() - started:.1f} s.")
    if paused:
        print("Nothing is charged until `refill restore --confirm`, or an operator in the office, says so.")
    if found:
        print(f"{len(found)} mismatches: `refill verify` names them.")
        raise typer.Exit(1)
    print("Everything agrees. What the card provider took since then: `refill reconcile --days …` names it.")


def _confirm(data: Path | None) -> None:
    with database_for_verb(data):
        set_up_django("worker")
        from refill.domain.errors import Refusal
        from refill.domain.records import Actor
        from refill.services.money import safe_mode

        try:
            safe_mode.confirm(actor=Actor("command line"))
        except Refusal as refusal:
            raise StartRefused(f"Charges stay as they are. {refusal.detail}") from refusal
    print("The card provider and Refill agree. Charges are made again.")
