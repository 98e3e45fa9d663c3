"""The catalogue as code."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.places import StartRefused


class Action(StrEnum):
    APPLY = "apply"
    SHOW = "show"
    ANNOUNCED = "announced"
    WITHDRAW = "withdraw"


class Mode(StrEnum):
    BOTH = "both"
    TEST = "test"
    LIVE = "live"


def run(
    action: Annotated[
        Action,
        typer.Argument(
            help="apply FILE; show: write what is on offer in the form of a file; announced: list price changes to"
            " come; withdraw --change ID: take one of them back."
        ),
    ],
    file: Annotated[
        Path | None, typer.Argument(help="TOML: plans, packs and price_changes. - is standard input.")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="Which rows: those of both modes, or of one alone.")] = Mode.BOTH,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    change: Annotated[int | None, typer.Option(help="Which price change to take back, by its number.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
) -> None:
    """Bring plans, prices and packs to what a file says, as versions, and announce price changes; or show them."""
    if (action is Action.APPLY) != (file is not None):
        raise StartRefused("Say `refill catalogue apply FILE` or `refill catalogue show`.")
    if (action is Action.WITHDRAW) != (change is not None):
        raise StartRefused("Say `refill catalogue withdraw --change ID`; `refill catalogue announced` lists them.")
    text = _text(file) if file is not None else ""
    with database_for_verb(data):
        set_up_django("worker")
        if action is Action.SHOW:
            _show(mode)
        elif action is Action.ANNOUNCED:
            _announced()
        elif change is not None:
            _withdraw(change)
        else:
            _apply(text, mode, dry_run)


def _text(file: Path) -> str:
    try:
        return typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StartRefused(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise StartRefused(f"{file} is not UTF-8: byte {error.start + 1:,} is at fault.") from error


def _show(mode: Mode) -> None:
    from refill.services.selling import catalogue_file, catalogue_versions

    print(catalogue_file.write(catalogue_versions.show(mode.value)), end="")


def _announced() -> None:
    from refill.services.selling import price_changes

    coming = price_changes.coming()
    for number, said in coming:
        print(f"{number:>5}  {said}")
    if not coming:
        print("No price change is to come.")


def _withdraw(change: int) -> None:
    from refill.domain.errors import Refusal
    from refill.domain.records import COMMAND_LINE
    from refill.services.selling import price_changes

    try:
        price_changes.withdraw(change_id=change, actor=COMMAND_LINE)
    except Refusal as refusal:
        raise StartRefused(f"Nothing was changed.\n{refusal.detail}") from refusal
    print("Taken back. Those on the price keep it, and are told by mail.")


def _apply(text: str, mode: Mode, dry_run: bool) -> None:
    from refill.domain.errors import Refusal
    from refill.domain.records import COMMAND_LINE
    from refill.services.selling import catalogue_file, catalogue_versions

    try:
        file = catalogue_file.read(text)
        if dry_run:
            found = catalogue_versions.compare(file, mode.value)
        else:
            found = catalogue_versions.apply(actor=COMMAND_LINE, file=file, mode=mode.value)
    except Refusal as refusal:
        raise StartRefused(f"Nothing was changed.\n{refusal.detail}") from refusal
    screen = Console(highlight=False, markup=False, soft_wrap=True)
    for step in found.steps:
        screen.print(f"{step.verb:<9}{step.what}{_accounts(step)}")
    if not found.steps:
        screen.print("Nothing to change.")
    elif dry_run:
        screen.print("A dry run: nothing was changed.")


def _accounts(step: Any) -> str:
    """Whom it concerns: those on a withdrawn or repriced price stay on it, those announced to will move."""
    if step.accounts is None:
        return ""
    count = f"{step.accounts:,} account" + ("" if step.accounts == 1 else "s")
    return f" ({count} will move)" if step.verb == "announce" else f" ({count} on it, who stay)"
