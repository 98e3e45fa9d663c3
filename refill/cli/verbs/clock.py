"""Test clocks."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from refill.cli.asking import Api, Key, Url
from refill.cli.places import StartRefused

_SPAN = re.compile(r"\+(\d{1,5})(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Action(StrEnum):
    ADVANCE = "advance"
    SHOW = "show"


def run(
    action: Annotated[Action, typer.Argument(help="advance CLOCK TO, or show CLOCK.")],
    clock: Annotated[str, typer.Argument(help="clk_…")],
    to: Annotated[str, typer.Argument(help="An instant as in 2027-04-22T13:00:00Z, or +45m, +6h, +3d, +2w.")] = "",
    key: Key = "",
    url: Url = "",
) -> None:
    """Show a test clock, or move it on: everything due on the way happens, in order, before this ends."""
    if (action is Action.ADVANCE) != bool(to):
        raise StartRefused("Say `refill clock advance CLOCK TO` or `refill clock show CLOCK`.")
    api = Api(key, "", url)
    shown = api.ask("GET", f"/test_clocks/{clock}")
    if to:
        shown = api.ask("POST", f"/test_clocks/{clock}/advance", {"to": _instant(to, shown["now"])})
    print(f"{shown['id']} {shown['now']}")


def _instant(to: str, now: str) -> str:
    span = _SPAN.fullmatch(to)
    if span is None and to.startswith("+"):
        raise StartRefused("A span is minutes, hours, days or weeks: +45m, +6h, +3d, +2w.")
    if span is None:
        return to
    moved = datetime.fromisoformat(now) + timedelta(**{_UNITS[span[2]]: int(span[1])})
    return moved.isoformat().replace("+00:00", "Z")
