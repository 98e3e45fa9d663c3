"""What the card provider took against what is known here."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.places import StartRefused
from refill.cli.verbs.verify import COLUMNS, against_provider

MOST_DAYS = 3_660


def run(
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How far back.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="A list of differences on standard output.")] = False,
    data: Annotated[Path | None, typer.Option(help="The data directory.")] = None,
) -> None:
    """Decide charges that the provider has decided, then name each difference. Exit code 1 if there is any."""
    since = datetime.now(UTC) - timedelta(days=days)
    with database_for_verb(data):
        set_up_django("worker")
        from refill.domain.errors import ProviderUnavailable
        from refill.services.money import reconciling

        try:
            reconciling.run(since)
        except ProviderUnavailable as refusal:
            raise StartRefused(refusal.detail) from None
        rows = against_provider(since)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        table = Table(*COLUMNS, title=f"{len(rows)} differences", title_justify="left")
        for row in rows:
            table.add_row(*[row[column] or "" for column in COLUMNS])
        Console(highlight=False, markup=False).print(table)
    else:
        print("The card provider and Refill agree.")
    if rows:
        raise typer.Exit(1)
