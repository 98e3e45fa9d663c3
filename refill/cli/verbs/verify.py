"""Recompute everything that is kept."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.places import StartRefused

COLUMNS = ("account", "subject", "what", "expected", "found")


def run(
    account: Annotated[str, typer.Option(help="One account only: acc_…")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="A list of mismatches as JSON on standard output.")] = False,
    data: Annotated[Path | None, typer.Option(help="The data directory.")] = None,
) -> None:
    """Recompute balances, periods and money from the ground and name each mismatch. Exit code 1 if there is any."""
    with database_for_verb(data):
        set_up_django("worker")
        from refill.domain.errors import Unknown
        from refill.queries import verification

        screen = Console(stderr=True, highlight=False)
        bar = Progress(
            TextColumn("verifying entries"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=screen, transient=True, disable=not screen.is_terminal,
        )  # fmt: skip
        with bar:
            task = bar.add_task("entries", total=None)
            try:
                account_id = verification.account_of(account) if account else None
                found = verification.mismatches(
                    account_id, lambda done, total: bar.update(task, completed=done, total=total)
                )
            except Unknown as refusal:
                raise StartRefused(refusal.detail) from None
        rows = [verification.shown(mismatch) for mismatch in found]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        _print(rows)
    else:
        print("Everything agrees.")
    if rows:
        raise typer.Exit(1)


def _print(rows: list[dict[str, str | None]]) -> None:
    table = Table(*COLUMNS, title=f"{len(rows)} mismatches", title_justify="left")
    for row in rows:
        table.add_row(*[row[column] or "" for column in COLUMNS])
    Console(highlight=False, markup=False).print(table)
