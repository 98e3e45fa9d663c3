"""A test event."""

from typing import Annotated

import typer

from refill.cli.asking import Account, Api, Key, Url
from refill.cli.places import StartRefused
from refill.domain.events import KINDS


def run(
    kind: Annotated[str, typer.Argument(help="A kind of event, as in credits.low; without one all are listed.")] = "",
    key: Key = "",
    account: Account = "",
    url: Url = "",
) -> None:
    """Make an event whose data says that it is a test; every webhook endpoint of the account hears of it."""
    if not kind:
        print("\n".join(KINDS))
        return
    if kind not in KINDS:
        raise StartRefused(f"There is no kind {kind}. `refill trigger` lists those that there are.")
    made = Api(key, account, url).ask("POST", "/events/test", {"kind": kind})
    print(f"{made['kind']} {made['id']}")
