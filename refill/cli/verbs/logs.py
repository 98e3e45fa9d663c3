"""The request log."""

import sys
import time
from enum import StrEnum
from itertools import takewhile
from typing import Annotated, Any

import typer

from refill.cli.asking import Account, Api, Key, Url


class Outcome(StrEnum):
    ALL = "all"
    GOOD = "good"
    REFUSED = "refused"
    FAILED = "failed"


def run(
    outcome: Annotated[Outcome, typer.Option(help="Which calls.")] = Outcome.ALL,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many of the latest.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as calls come, until Ctrl-C.")] = False,
    key: Key = "",
    account: Account = "",
    url: Url = "",
) -> None:
    """Show the latest calls of the API: when, what, the answer, how long it took."""
    api, wanted, seen = Api(key, account, url), "" if outcome is Outcome.ALL else outcome.value, set[str]()
    count = limit

    def read() -> Any:
        return api.ask("GET", "/requests", limit=count, outcome=wanted)["data"]

    rows = read()
    while True:
        for row in reversed(_above(rows, seen)):
            print(_line(row), flush=True)
        if not follow:
            return
        seen = {row["id"] for row in rows}
        time.sleep(2)
        count, rows = 100, api.wait_for(read, lambda words: print(words, file=sys.stderr))


def _above(rows: list[dict[str, Any]], seen: set[str]) -> list[dict[str, Any]]:
    """The rows, the newest first, down to the first that was seen: what lies below it is older."""
    return list(takewhile(lambda row: row["id"] not in seen, rows))


def _line(row: dict[str, Any]) -> str:
    many = f" ×{row['calls']}" if row["calls"] > 1 else ""
    code = f" {row['code']}" if row["code"] else ""
    return f"{row['at']} {row['status']}{code} {row['method']} {row['path']}{many} {row['milliseconds']} ms"
