"""The tax table."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.places import StartRefused
from refill.domain.money import say_count
from refill.domain.taxes import read_percent, say_rate


class Action(StrEnum):
    SHOW = "show"
    ADD = "add"


class Mode(StrEnum):
    BOTH = "both"
    TEST = "test"
    LIVE = "live"


def run(
    action: Annotated[Action, typer.Argument(help="show the table; add COUNTRY PERCENT: a further row.")],
    country: Annotated[str, typer.Argument(help="Two capital letters, as in DE.")] = "",
    percent: Annotated[str, typer.Argument(help="As in 19 or 8.25.")] = "",
    name: Annotated[str, typer.Option(help="As invoices say it.")] = "VAT",
    inclusive: Annotated[bool, typer.Option("--inclusive", help="Prices hold it already.")] = False,
    reverse_charge: Annotated[
        bool, typer.Option("--reverse-charge", help="Businesses with a tax id owe it themselves.")
    ] = False,
    starts_at: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Midnight UTC of a day; else now.")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="For accounts of both modes, or of one alone.")] = Mode.BOTH,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say whom it concerns, and change nothing.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
) -> None:
    """Show which tax holds in which country, or add a row, which holds from its day on. Rows are never edited."""
    basis_points = read_percent(percent)
    if action is Action.ADD and (not country or basis_points is None):
        raise StartRefused("Say `refill taxes add COUNTRY PERCENT`, as in `refill taxes add DE 19`.")
    with database_for_verb(data):
        set_up_django("worker")
        if action is Action.SHOW:
            _show()
            return
        from refill.domain.errors import Invalid
        from refill.domain.records import COMMAND_LINE
        from refill.services.invoicing import taxes

        wanted = taxes.Wanted(
            country=country, name=name, rate_basis_points=basis_points or 0, inclusive=inclusive,
            reverse_charge=reverse_charge, starts_at=starts_at.replace(tzinfo=UTC) if starts_at else None,
            livemode=None if mode is Mode.BOTH else mode is Mode.LIVE,
        )  # fmt: skip
        try:
            change = taxes.compare(wanted)
            if not dry_run:
                taxes.put_rate(actor=COMMAND_LINE, wanted=wanted)
        except Invalid as refusal:
            raise StartRefused(f"Nothing was changed. {refusal.detail}") from refusal
    before = say_rate(change.before.rate_basis_points) if change.before else "no row"
    rate = say_rate(change.after.rate_basis_points)
    print(f"{country} {name} {rate}, before it {before}; {say_count(change.accounts, 'account')} of that country.")
    if dry_run:
        print("A dry run: nothing was changed.")


def _show() -> None:
    from refill.queries.taxes import table

    rows = table(10_000)
    if not rows:
        print("No row yet: the policy tax holds for everybody.")
    for row in rows:
        kinds = [word for word, said in (("inclusive", row.inclusive), ("reverse charge", row.reverse_charge)) if said]
        facts = ", ".join([row.mode, *kinds])
        print(f"{row.country}  {row.name} {say_rate(row.rate_basis_points)} from {row.starts_at:%Y-%m-%d} ({facts})")
