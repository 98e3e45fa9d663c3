"""Inboxes and phone numbers of an account."""

from __future__ import annotations

from refill.domain.errors import Unknown
from refill.models import Inbox, Number


def demand_inbox(account_id: int, inbox_id: int) -> None:
    """Raises Unknown unless the inbox is, or was, of this account: what it used is still told after its removal."""
    if not Inbox.objects.filter(account_id=account_id, pk=inbox_id).exists():
        raise Unknown("There is no such inbox in this account.", param="inbox")


def demand_number(account_id: int, number_id: int) -> None:
    """Raises Unknown unless the number is, or was, of this account."""
    if not Number.objects.filter(account_id=account_id, pk=number_id).exists():
        raise Unknown("There is no such number in this account.", param="number")
