"""What `refill replay` shows: progress while it goes, then the totals and the statement of each month."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from babel.numbers import format_currency
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from refill.domain import calendars, ids
from refill.domain.money import exponent
from refill.queries import accounts, statements
from refill.queries.statements import StatementMonth
from refill.services.replaying import Tally

COLUMNS = ("from", "opening", "granted", "bought", "spent", "expired", "taken back", "closing", "paid")


@contextmanager
def progress(texts: int) -> Iterator[Callable[[Tally], None]]:
    """A bar on a terminal, on the error stream; nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("texts", total=texts)

        def tell(tally: Tally) -> None:
            bar.update(
                task,
                completed=tally.sent + tally.empty,
                description=f"{tally.at:%d %b %Y}, {tally.balance:,} credits left",
            )

        yield tell


def show(console: Console, tally: Tally, seconds: float) -> int:
    """Print the totals, the statement and what does not agree; how many things do not."""
    months = statements.by_month(tally.account_id, tally.at)
    zone = accounts.get(tally.account_id).timezone
    for name, value in _totals(tally, months):
        console.print(f"{name:<16}{value}", markup=False, soft_wrap=True)
    console.print(_table(months, zone))
    for fault in tally.mismatches:
        said = f"{fault.subject}: {fault.what}: expected {fault.expected}, found {fault.found}"
        console.print(said, markup=False, soft_wrap=True)
    clean = "clean" if not tally.mismatches else f"does not agree: {len(tally.mismatches):,}"
    console.print(f"{'verify':<16}{clean}\n{'took':<16}{seconds:.1f} s", markup=False)
    return len(tally.mismatches)


def _totals(tally: Tally, months: tuple[StatementMonth, ...]) -> list[tuple[str, str]]:
    encodings = ", ".join(f"{count:,} {name}" for name, count in tally.encodings.items())
    return [
        ("account", ids.encode("acc", tally.account_id)),
        ("ended", tally.ended),
        ("texts", f"{tally.sent:,} sent ({encodings}), {tally.empty:,} empty, {tally.unsent:,} not sent"),
        ("parts", f"{tally.parts:,}"),
        ("credits", f"{tally.spent:,} spent, {tally.balance:,} left"),
        ("months", f"{len(months):,}; days with texts: {tally.days:,}, resets: {tally.resets:,}"),
        ("ran dry", f"{tally.ran_dry:,}; waits: {tally.waits:,}, packs: {tally.packs:,}, upgrades: {tally.upgrades:,}"),
    ]


def _table(months: tuple[StatementMonth, ...], zone: str) -> Table:
    table = Table(title="Statement, in credits", box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for place, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for month in months:
        counts = (month.opening, month.granted, month.bought, month.spent, month.expired, month.revoked, month.closing)
        paid = _money(month.paid_minor, month.currency)
        table.add_row(f"{calendars.wall_of(month.starts_at, zone):%d %b %Y}", *(f"{count:,}" for count in counts), paid)
    names = ("granted", "bought", "spent", "expired", "revoked")
    sums = [sum(getattr(month, name) for month in months) for name in names]
    paid = _money(sum(month.paid_minor for month in months), months[-1].currency)
    table.add_section()
    table.add_row("in all", "", *(f"{count:,}" for count in sums), f"{months[-1].closing:,}", paid)
    return table


def _money(amount_minor: int, currency: str) -> str:
    return format_currency(Decimal(amount_minor).scaleb(-exponent(currency)), currency.upper(), locale="en_US")
