"""Events, shown as they happen, or forwarded to a machine that webhooks do not reach."""

import hmac
import json
import re
import time
from functools import partial
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from refill.cli.asking import Account, Api, Key, Url
from refill.cli.places import StartRefused
from refill.domain import deliveries
from refill.domain.events import PATTERNS, is_wanted

IDLE_SECONDS = 1.0


def run(
    to: Annotated[str, typer.Argument(help="Where to forward to, as in localhost:3000/refill; without it, show.")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="Only credits.low, credits.*, …; several times.")] = None,
    count: Annotated[int, typer.Option(min=0, help="End after so many events; 0: go on until Ctrl-C.")] = 0,
    key: Key = "",
    account: Account = "",
    url: Url = "",
) -> None:
    """Show the account's events from now on, and forward them to an address of your own machine, signed like webhooks.

    The signing secret is the first line, and the same at each start with one key.
    """
    if unknown := sorted(set(kind or ()) - set(PATTERNS)):
        raise StartRefused(f"There is no kind {unknown[0]}. `refill trigger` lists those that there are.")
    api, screen = Api(key, account, url), Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    name = api.ask("GET", "/account")["id"]
    last = next((row["id"] for row in api.ask("GET", "/events", limit=1)["data"]), "")
    secret, address = _secret(api.secret, name), _address(to)
    if address:
        screen.print(f"Forwarding events of {name} to {address}, signed with")
        print(deliveries.show_secret(secret), flush=True)
    else:
        screen.print(f"Events of {name} from now on; Ctrl-C ends it.")
    done = 0
    while True:
        for event in api.wait_for(partial(_since, api, last), screen.print):
            last = event["id"]
            if not is_wanted(event["kind"], kind or ("*",)):
                continue
            became = f"→ {_forward(address, secret, name, event)}" if address else json.dumps(event["data"])
            print(f"{event['kind']} {event['id']} {became}", flush=True)
            done += 1
            if count and done >= count:
                return
        time.sleep(IDLE_SECONDS)


def _secret(key: str, account: str) -> bytes:
    """Of this key and account alone, so that a program under test need not be told a new one at each start."""
    return hmac.digest(key.encode(), f"refill listen {account}".encode(), "sha256")[: deliveries.SECRET_BYTES]


def _address(to: str) -> str:
    """3000, :3000/hook and localhost:3000/hook are of this machine."""
    if not to or "://" in to:
        return to
    return f"http://127.0.0.1:{to.lstrip(':')}" if re.match(r":?\d+(/|$)", to) else f"http://{to}"


def _since(api: Api, last: str) -> list[dict[str, Any]]:
    """What happened after the event `last`, the oldest first, page by page back to it."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = api.ask("GET", "/events", limit=100, cursor=cursor)
        for row in page["data"]:
            if row["id"] == last:
                return found[::-1]
            found.append(row)
        if not page["has_more"]:
            return found[::-1]
        cursor = page["next_cursor"]


def _forward(to: str, secret: bytes, account: str, event: dict[str, Any]) -> str:
    message = {"type": event["kind"], "timestamp": event["at"], "id": event["id"], "account": account,
               "data": event["data"]}  # fmt: skip
    body, stamp = json.dumps(message, separators=(",", ":")).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json", "webhook-id": event["id"], "webhook-timestamp": str(stamp),
        "webhook-signature": deliveries.sign([secret], event["id"], stamp, body),
    }  # fmt: skip
    try:
        return str(httpx.post(to, content=body, headers=headers, timeout=15).status_code)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        return f"not delivered: {fault}"
