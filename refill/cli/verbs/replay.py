"""The main job on a file of texts."""

import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from refill.cli.environment import database_for_verb, set_up_django
from refill.cli.fingerprint import is_database_current
from refill.cli.places import StartRefused
from refill.cli.texts import read_texts

WIDTH = 110


def run(
    file: Annotated[Path, typer.Argument(help="One text a line, or label<TAB>text under a header. UTF-8.")],
    plan: Annotated[str, typer.Option(help="CODE:CREDITS:INTERVAL of a price on offer.")] = "growth:1000:month",
    start: Annotated[str, typer.Option(help="Wall clock at which the account begins.")] = "2026-01-31T09:00",
    zone: Annotated[str, typer.Option(help="Time zone of the account.")] = "America/New_York",
    pace: Annotated[int, typer.Option(help="Texts a day.")] = 60,
    when_empty: Annotated[str, typer.Option(help="At zero: stop, wait, buy or upgrade.")] = "wait",
    seed: Annotated[int | None, typer.Option(help="Vary the pace from day to day, the same for a seed.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data directory; by default .data in the checkout.")] = None,
) -> None:
    """Send a file's texts from an account on a test clock: counted, priced, spent, reset; then a statement."""
    texts = read_texts(file)
    if not texts:
        raise StartRefused(f"{file} has no texts.")
    wanted = {"texts": texts, "texts_a_day": pace, "zone": zone, "seed": seed, "when_empty": when_empty}
    wanted |= _plan(plan) | {"starts": _wall(start)}
    with database_for_verb(data, new=True) as url:
        if not is_database_current(url, ""):
            _prepare()
        set_up_django("worker")
        _replay(wanted, Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))


def _prepare() -> None:
    """The tables, in a process of its own, which works as their owner. StartRefused where that fails."""
    print("Making the tables (once)", flush=True)
    quietly = os.environ | {"REFILL_LAUNCHED": "1"}
    if subprocess.run([sys.executable, "-P", "-m", "refill", "migrate"], env=quietly, check=False).returncode != 0:
        raise StartRefused("The tables could not be made.")


def _replay(wanted: dict[str, Any], console: Console) -> None:
    from refill.cli import replayed
    from refill.domain.errors import Refusal
    from refill.services import replaying

    started = time.monotonic()
    try:
        with replayed.progress(len(wanted["texts"])) as tell:
            tally = replaying.run(replaying.Wanted(**wanted), tell)
    except Refusal as refusal:
        raise StartRefused(refusal.detail) from refusal
    mismatches = replayed.show(console, tally, time.monotonic() - started)
    if mismatches:
        raise typer.Exit(1)


def _plan(words: str) -> dict[str, Any]:
    parts = words.split(":")
    if len(parts) != 3 or not parts[1].isdecimal():
        raise StartRefused("--plan is CODE:CREDITS:INTERVAL, such as growth:1000:month.")
    return {"code": parts[0], "credits": int(parts[1]), "interval": parts[2]}


def _wall(words: str) -> datetime:
    try:
        wall = datetime.fromisoformat(words)
    except ValueError as error:
        raise StartRefused("--start is a wall clock, such as 2026-01-31T09:00.") from error
    if wall.tzinfo is not None:
        raise StartRefused("--start is a wall clock in --zone; leave the offset out.")
    return wall.replace(microsecond=0)
