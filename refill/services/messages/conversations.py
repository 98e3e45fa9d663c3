"""Whom the account talks with: contacts and conversations come into being with the first text."""

from __future__ import annotations

from datetime import datetime

from refill.models import Contact, Conversation, Number


def with_number(account_id: int, number: Number, other: str, now: datetime, *, unread: int = 0) -> Conversation:
    """The conversation of a number with somebody, made where there is none; it is the newest now. Within the lock."""
    contact, _ = Contact.objects.get_or_create(account_id=account_id, e164=other, defaults={"created_at": now})
    conversation, made = Conversation.objects.get_or_create(
        account_id=account_id, number=number, contact=contact,
        defaults={"created_at": now, "last_at": now, "unread": unread},
    )  # fmt: skip
    if not made:
        conversation.last_at, conversation.unread = now, conversation.unread + unread
        conversation.save(update_fields=["last_at", "unread"])
    return conversation


def read(*, account_id: int, conversation_id: int) -> None:
    """Somebody has seen it."""
    seen = Conversation.objects.filter(account_id=account_id, pk=conversation_id, unread__gt=0)
    seen.update(unread=0)
