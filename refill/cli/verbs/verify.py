"""Recompute everything that is kept."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.places import StartRefused

ALL_TIME = datetime(2000, 1, 1, tzinfo=UTC)
SAID = {
    "only_here": "only here", "only_there": "only at the provider", "state": "another state at the provider",
    "amount": "another amount at the provider", "refunded": "another sum given back at the provider",
}  # fmt: skip
COLUMNS = ("account", "subject", "what", "expected", "found")


def run(
    account: Annotated[str, typer.Option(help="One account only: acc_…")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="A list of mismatches as JSON on standard output.")] = False,
    provider: Annotated[
        bool, typer.Option("--provider", help="Also compare all charges with what the card provider took.")
    ] = False,
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
            if provider:
                rows += against_provider(None)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        _print(rows)
    else:
        print("Everything agrees.")
    if rows:
        raise typer.Exit(1)


def against_provider(since: datetime | None) -> list[dict[str, str | None]]:
    """Differences as rows like the others; by default of all time. StartRefused where the provider does not answer."""
    from refill.domain import ids
    from refill.domain.errors import ProviderUnavailable
    from refill.services.money import reconciling

    try:
        found = reconciling.compare(since or ALL_TIME)
    except ProviderUnavailable as refusal:
        raise StartRefused(refusal.detail) from None
    return [
        {
            "account": ids.encode("acc", one.account_id) if one.account_id else None,
            "subject": f"provider's charge {one.reference or one.provider_key}",
            "what": SAID[one.what],
            "expected": one.there,
            "found": one.here,
        }
        for one in found
    ]


def _print(rows: list[dict[str, str | None]]) -> None:
    table = Table(*COLUMNS, title=f"{len(rows)} mismatches", title_justify="left")
    for row in rows:
        table.add_row(*[row[column] or "" for column in COLUMNS])
    Console(highlight=False, markup=False).print(table)
