"""The whole database back from one file."""

import time
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from refill.cli import backup
from refill.cli.environment import database_for_verb, is_held, set_up_django
from refill.cli.places import StartRefused, default_data_dir


class Held(Enum):
    """What a restored backup was about to send."""

    TEXTS = "texts"
    WEBHOOKS = "webhooks"
    MAILS = "mails"


def run(
    file: Annotated[Path | None, typer.Argument(help="A file that `refill backup` wrote.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Drop what is in the database now.")] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Afterwards: compare with the card provider, and charge again.")
    ] = False,
    send: Annotated[list[Held] | None, typer.Option(help="Afterwards: send what was due then.")] = None,
    drop: Annotated[list[Held] | None, typer.Option(help="Afterwards: drop what was due then.")] = None,
) -> None:
    """Fill the database from a backup, bring it to this version, and verify all of it. Then nothing is charged until
    `refill restore --confirm` finds that the card provider agrees, and texts, webhooks and mails that were due wait
    until `--send` or `--drop` says what becomes of them."""
    words = [(kind.value, "send") for kind in send or ()] + [(kind.value, "drop") for kind in drop or ()]
    if (confirm or bool(words)) == (file is not None):
        raise StartRefused("Say `refill restore FILE`, and after it `refill restore --confirm`, --send or --drop.")
    if file is not None:
        _restore(file, data, replace)
    else:
        _go_on(data, words, confirm)


def _restore(file: Path, data: Path | None, replace: bool) -> None:
    started = time.monotonic()
    if is_held((data or default_data_dir()).resolve() / "lock"):
        raise StartRefused("Refill runs on this data directory. Stop it first.")
    made = backup.read_manifest(file)
    with database_for_verb(data, new=True, restoring=True) as url:
        if running := backup.who_runs(url):
            raise StartRefused(f"Refill runs on this database ({', '.join(running)}). Stop it first.")
        if not replace and not backup.is_empty(url):
            raise StartRefused("The database is not empty. Say --replace to drop what is in it.")
        backup.restore(url, file, replace=replace)
        set_up_django("owner", as_owner=True)
        from django.db import connections

        from refill.cli.database import prepare_database
        from refill.queries import verification
        from refill.services.office import held, safe_mode

        try:
            prepare_database(url)
            paused = safe_mode.begin(backup_made_at=datetime.fromisoformat(made["made_at"]))
        except BaseException:
            # Started as it is, it would charge again what was charged since the backup.
            connections.close_all()
            backup.clear(url)
            raise
        backup.finish(url)
        waiting = held.said()
        found = verification.mismatches(None, lambda done, total: None)
        connections.close_all()
    print(f"Restored as of {made['made_at']}, in {time.monotonic() - started:.1f} s.")
    if paused:
        print("Nothing is charged until `refill restore --confirm`, or an operator in the office, says so.")
    if waiting:
        print(f"Waiting for --send or --drop, or an operator's word in the office: {waiting}.")
    if found:
        print(f"{len(found)} mismatches: `refill verify` names them.")
        raise typer.Exit(1)
    print("Everything agrees. What the card provider took since then: `refill reconcile --days …` names it.")


def _go_on(data: Path | None, words: list[tuple[str, str]], confirm: bool) -> None:
    with database_for_verb(data):
        set_up_django("worker")
        from refill.domain.errors import Refusal
        from refill.domain.records import COMMAND_LINE
        from refill.services.office import held, safe_mode

        try:
            for kind, word in words:
                count = held.decide(kind=kind, word=word, actor=COMMAND_LINE)  # type: ignore[arg-type]
                print(f"{'Sent' if word == 'send' else 'Dropped'}: {held.words(kind, count)}.")
            if confirm:
                safe_mode.confirm(actor=COMMAND_LINE)
                print("The card provider and Refill agree. Charges are made again.")
        except Refusal as refusal:
            raise StartRefused(f"What is left stays as it is. {refusal.detail}") from refusal
