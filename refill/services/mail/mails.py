"""The outbox: a mail is posted in the transaction of what it tells, and so exists exactly if that happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from refill.gateways import clock
from refill.models import BillingDetails, Mail, Membership

# What accountants want too: it also goes to an account's billing addresses.
MONEY_KINDS = frozenset(
    {
        "receipt", "payment_failed", "suspended", "settled_too_late", "credit_note", "renewal_coming", "card_lost",
    }
)  # fmt: skip


def post(
    *,
    kind: str,
    account_id: int | None,
    at: datetime,
    to: Sequence[str] | None,
    facts: dict[str, Any],
    once: str,
) -> None:
    """Leave a mail in the outbox, within the caller's transaction: templates/mail/<kind>.txt and .html say it.

    `to=None` are all Owners and Admins, with the billing addresses for what is about money. `facts` go to the
    templates; names ending in _at are instants, _on days, _minor minor units. `once` names what is told: the same
    address is told it once. Never raises for an address: what cannot be sent is refused when it is sent.
    """
    now = clock.now()
    if to is None:
        assert account_id is not None
        readers = _readers(account_id, kind)
    else:
        readers = dict.fromkeys(to, Mail.Why.NAMED)
    rows = [
        Mail(
            kind=kind, account_id=account_id, to=address, why=why, facts=facts, once=once, at=at, posted_at=now,
            send_at=now,
        )
        for address, why in readers.items()
    ]  # fmt: skip
    Mail.objects.bulk_create(rows, ignore_conflicts=True)


def _readers(account_id: int, kind: str) -> dict[str, Mail.Why]:
    """Those who answer for the account, each once."""
    members = Membership.objects.filter(account_id=account_id, removed_at=None, user__is_active=True)
    found = members.filter(role__in=["owner", "admin"]).order_by("-role", "pk").values_list("user__email", "role")
    readers = {email: Mail.Why(role) for email, role in found}
    if kind in MONEY_KINDS:
        kept = BillingDetails.objects.filter(account_id=account_id).values_list("emails", flat=True).first()
        readers = dict.fromkeys(kept or (), Mail.Why.BILLING) | readers
    return readers
