"""Events, forwarded to a machine that webhooks do not reach."""

import json
import secrets
import time
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from refill.cli.asking import Account, Api, Key, Url

IDLE_SECONDS = 1.0


def run(
    to: Annotated[str, typer.Argument(help="Where to forward to, as in http://127.0.0.1:3000/refill.")],
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds; may be given several times.")] = None,
    count: Annotated[int, typer.Option(min=0, help="End after so many events; 0: go on until Ctrl-C.")] = 0,
    key: Key = "",
    account: Account = "",
    url: Url = "",
) -> None:
    """Forward the account's events, from now on, to an address of your own machine, signed like webhooks."""
    from refill.domain import deliveries

    api, secret = Api(key, account, url), secrets.token_bytes(deliveries.SECRET_BYTES)
    name = api.ask("GET", "/account")["id"]
    last = next((row["id"] for row in api.ask("GET", "/events", limit=1)["data"]), "")
    screen = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    screen.print(f"Forwarding events of {name} to {to}, signed with")
    print(deliveries.show_secret(secret), flush=True)
    done = 0
    while True:
        for event in _since(api, last):
            last = event["id"]
            if kind and event["kind"] not in kind:
                continue
            print(f"{event['kind']} {event['id']} → {_forward(to, secret, name, event)}", flush=True)
            done += 1
            if count and done >= count:
                return
        time.sleep(IDLE_SECONDS)


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
    from refill.domain import deliveries

    message = {"type": event["kind"], "timestamp": event["at"], "id": event["id"], "account": account,
               "data": event["data"]}  # fmt: skip
    body, stamp = json.dumps(message, separators=(",", ":")).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json", "webhook-id": event["id"], "webhook-timestamp": str(stamp),
        "webhook-signature": deliveries.sign([secret], event["id"], stamp, body),
    }  # fmt: skip
    try:
        return str(httpx.post(to, content=body, headers=headers, timeout=15).status_code)
    except httpx.HTTPError as fault:
        return f"not delivered: {fault}"
