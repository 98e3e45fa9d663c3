"""Paid extras as the next renewal will count them (RULES §4, Add-ons)."""

from __future__ import annotations

from refill.domain.quotes.lines import add_on_facts, extras_after
from refill.domain.quotes.situation import PriceFacts
from refill.models import AddOn, Membership, Number


def extras_next(account_id: int, old: PriceFacts, new: PriceFacts) -> list[tuple[str, int]]:
    """By kind, how many the next period charges for where it changes the price from `old` to `new`."""
    rows = AddOn.objects.filter(account_id=account_id).values_list("kind", "quantity", "quantity_at_renewal")
    paid = {kind: (now, then) for kind, now, then in rows}
    if new.plan_id == old.plan_id:
        return sorted((kind, then) for kind, (_, then) in paid.items())
    seats = Membership.objects.filter(account_id=account_id, removed_at=None).exclude(role="observer").count()
    numbers = Number.objects.filter(account_id=account_id)
    held = numbers.filter(removed_at=None, released_at=None).count() if numbers.exists() else None
    found = add_on_facts(old, paid, seats=seats, numbers=held)
    return [(add_on.kind, extras_after(add_on, old, new)) for add_on in found]
