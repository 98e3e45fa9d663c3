"""A phone number that is paid for is set down to be bought, in the transaction that settles its order."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from django.db import IntegrityError, transaction

from refill.models import Inbox, Number, Order


def reserve(order: Order, now: datetime) -> None:
    """The row with its key for the carrier. Where somebody was quicker by a moment, it is a number never had, and the
    buying of it gives the money back."""
    plan = order.plan
    inbox = Inbox.objects.filter(account_id=order.account_id, pk=plan["inbox"] or 0, removed_at=None).first()
    facts = {
        "account_id": order.account_id, "inbox": inbox, "kind": plan["phone_kind"], "e164": plan["phone"],
        "order": order, "carrier_key": f"number_{token_hex(16)}", "created_at": now, "next_ask_at": now,
    }  # fmt: skip
    try:
        with transaction.atomic():
            Number.objects.create(**facts)
    except IntegrityError:
        Number.objects.create(**facts, released_at=now)
