"""The kinds of events that there are, what a listener may ask for, and their data as it is shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from refill.domain import ids

_KINDS = """
account.updated
subscription.started subscription.changed subscription.change_scheduled subscription.change_undone subscription.renewed
subscription.past_due subscription.suspended subscription.canceled subscription.resumed
allowance.granted allowance.expired
credits.purchased credits.low credits.exhausted credits.refilled credits.owed
auto_recharge.fired auto_recharge.failed auto_recharge.stopped auto_recharge.capped auto_recharge.changed
order.succeeded order.declined order.needs_action
invoice.finalized invoice.paid invoice.payment_failed invoice.credited
message.sent message.delivered message.failed message.received
member.added member.role_changed member.removed
inbox.removed number.deleted
"""
KINDS: tuple[str, ...] = tuple(_KINDS.split())
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(f"{kind.partition('.')[0]}.*" for kind in KINDS))
# What an endpoint may ask for: all, a family, or a kind.
PATTERNS: tuple[str, ...] = ("*", *FAMILIES, *KINDS)


def is_wanted(kind: str, patterns: Collection[str]) -> bool:
    """Whether a kind is named, or its family, or all."""
    return not {"*", f"{kind.partition('.')[0]}.*", kind}.isdisjoint(patterns)


# Events keep numbers; these names say of what.
_NUMBERED = {
    "order": "ord", "price": "price", "before": "price", "after": "price", "period": "per", "grant": "gra",
    "invoice": "inv", "quote": "quo", "hold": "hold", "charge": "chg", "card": "pm", "subscription": "sub",
    "pack": "pack", "credit_note": "cn",
    "endpoint": "whe", "member": "mem", "inbox": "inb", "number": "num",
    "message": "msg",
}  # fmt: skip


def name_data(data: dict[str, Any]) -> dict[str, Any]:
    """The data of an event as it is shown: numbers that name things become their ids."""
    return {name: ids.encode(_NUMBERED[name], value) if name in _NUMBERED and type(value) is int else value
            for name, value in data.items()}  # fmt: skip
