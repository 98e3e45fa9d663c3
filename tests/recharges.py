"""Auto-recharge of a life: turning it on with consent, and what came of it."""

from __future__ import annotations

from typing import Any

from refill.ledger import verify
from tests.life import Life

CAP = {"amount": 20000, "currency": "usd"}


def wanted(life: Life, **other: Any) -> dict[str, Any]:
    """The rule of the example: below 400 buy 1,000 at $40.00, at most 3 a day and $200.00 a month."""
    rule = {"enabled": True, "threshold": 400, "pack": life.platform.pack(1000), "max_per_day": 3, "max_per_month": CAP}
    return rule | other


def turn_on(life: Life, **other: Any) -> Any:
    """Ask without consent, read the sentence of the refusal, and agree to it."""
    rule = wanted(life, **other)
    refused = life.refused("PUT", "/auto_recharge", rule)
    assert refused.code == "consent_required", refused
    return life.call("PUT", "/auto_recharge", rule | {"consent": refused.problem["sentence"]})


def standing(life: Life) -> Any:
    return life.call("GET", "/auto_recharge")


def reasons(life: Life) -> list[str]:
    """Of all decisions, the oldest first."""
    return [row["reason"] for row in reversed(life.call("GET", "/auto_recharge/decisions?limit=100")["data"])]


def recharges(life: Life) -> list[Any]:
    """Orders of recharges, the oldest first."""
    orders = life.call("GET", "/orders?limit=100")["data"]
    return [order for order in reversed(orders) if order["kind"] == "recharge"]


def charges(life: Life) -> list[tuple[str, str]]:
    """(when, state) of all charges of recharges, the oldest first."""
    return [(charge["created_at"], charge["state"]) for order in recharges(life) for charge in order["charges"]]


def events(life: Life, kind: str) -> list[Any]:
    """What events of this kind say, the oldest first."""
    found = life.call("GET", "/events?limit=100")["data"]
    return [event["data"] for event in reversed(found) if event["kind"] == f"auto_recharge.{kind}"]


def mismatches(life: Life) -> list[Any]:
    """What `refill verify` finds wrong with this account."""
    return verify.run(life.account_id)
