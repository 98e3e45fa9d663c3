"""The operator's own API keys."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.places import StartRefused


class Action(StrEnum):
    MAKE = "make"
    LIST = "list"
    REVOKE = "revoke"


class Mode(StrEnum):
    TEST = "test"
    LIVE = "live"


def run(
    action: Annotated[Action, typer.Argument(help="make NAME, list, or revoke KEY (its id, as list shows it).")],
    which: Annotated[str, typer.Argument(help="The name of the key to be, or the id of the one to end.")] = "",
    mode: Annotated[Mode, typer.Option(help="Which accounts a key acts for.")] = Mode.TEST,
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
) -> None:
    """Make, list and revoke platform keys, which act for any account of their mode."""
    if (action is Action.LIST) == bool(which):
        raise StartRefused("Say `refill keys make NAME`, `refill keys list` or `refill keys revoke KEY`.")
    with database_for_verb(data):
        set_up_django("worker")
        {Action.MAKE: _make, Action.LIST: _list, Action.REVOKE: _revoke}[action](which, mode)


def _make(name: str, mode: Mode) -> None:
    from refill.domain.errors import Refusal
    from refill.domain.records import COMMAND_LINE
    from refill.services.developers import keys

    try:
        made = keys.make_platform_key(actor=COMMAND_LINE, name=name, livemode=mode is Mode.LIVE)
    except Refusal as refusal:
        raise StartRefused(refusal.detail) from refusal
    Console(stderr=True, highlight=False).print("Keep it now: it is shown once.")
    print(made.secret)


def _list(_: str, __: Mode) -> None:
    from refill.domain import ids
    from refill.gateways import clock
    from refill.queries import keys

    # An id is for copying: it is never cut or wrapped, however narrow the terminal.
    table = Table(
        Column("Key", no_wrap=True, min_width=17),
        Column("Name", overflow="fold"),
        "Begins with",
        "State",
        "Last used",
        box=None,
    )
    for row in keys.of_platform(now=clock.now()):
        used = row.last_used_at.strftime("%Y-%m-%d %H:%M UTC") if row.last_used_at else "never"
        table.add_row(ids.encode("key", row.id), row.name, row.prefix, row.state, used)
    Console(highlight=False).print(table)


def _revoke(key: str, _: Mode) -> None:
    from refill.domain import ids
    from refill.domain.errors import Refusal
    from refill.domain.records import COMMAND_LINE
    from refill.services.developers import keys

    try:
        keys.revoke(account_id=None, actor=COMMAND_LINE, key_id=ids.decode("key", key)[0])
    except (Refusal, ids.UnknownId) as refusal:
        raise StartRefused("There is no such platform key. `refill keys list` shows them.") from refusal
    Console(highlight=False).print("Revoked.")
