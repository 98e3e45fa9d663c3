"""What an id belongs to: an account and the instant of it, or what stands beside all accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from refill.domain import ids
from refill.domain.calendars import wall_of
from refill.models import (
    Account,
    ApiKey,
    ApiRequest,
    AuditRow,
    Broadcast,
    Charge,
    Conversation,
    Correction,
    CreditNote,
    Dispute,
    Entry,
    Event,
    Grant,
    HelpThread,
    Hold,
    Inbox,
    Invitation,
    Invoice,
    Membership,
    Message,
    Number,
    Order,
    PaymentMethod,
    Period,
    Quote,
    Refund,
    Subscription,
    WebhookEndpoint,
)

# Whose rows belong to one account, and which of their instants is meant.
OF_AN_ACCOUNT: dict[str, tuple[Any, str]] = {
    "mem": (Membership, "created_at"), "inv": (Invoice, "finalized_at"), "sub": (Subscription, "started_at"),
    "per": (Period, "starts_at"), "quo": (Quote, "created_at"), "ord": (Order, "created_at"),
    "chg": (Charge, "created_at"), "gra": (Grant, "created_at"), "hold": (Hold, "created_at"),
    "msg": (Message, "created_at"), "bro": (Broadcast, "created_at"), "inb": (Inbox, "created_at"),
    "num": (Number, "created_at"), "ivt": (Invitation, "created_at"), "key": (ApiKey, "created_at"),
    "pm": (PaymentMethod, "created_at"), "evt": (Event, "at"), "whe": (WebhookEndpoint, "created_at"),
    "aud": (AuditRow, "at"), "cn": (CreditNote, "finalized_at"), "ref": (Refund, "created_at"),
    "dis": (Dispute, "opened_at"), "hlp": (HelpThread, "created_at"), "cor": (Correction, "asked_at"),
    "cnv": (Conversation, "created_at"),
}  # fmt: skip
# Beside all accounts: the office's page where such a thing stands.
BESIDE_ACCOUNTS = {
    "plan": "catalogue", "price": "catalogue", "pack": "catalogue", "tax": "catalogue", "pol": "policy"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    """An account, and the local day of what the id names; no day: the account as it is now."""

    id: int
    name: str
    status: str
    what: str
    on: date | None = None

    @property
    def public_id(self) -> str:
        return ids.encode("acc", self.id)


def owners_of(prefix: str, numbers: tuple[int, ...], text: str, most: int) -> tuple[Owner, ...]:
    """The accounts that an id leads to: one, none, or (of a test clock) those that live by it."""
    if prefix == "acc":
        return _owners(Account.objects.filter(pk=numbers[0]), "Account")
    if prefix == "clk":
        return _owners(Account.objects.filter(test_clock_id=numbers[0]).order_by("-id")[:most], "Lives by the clock")
    if prefix in ("ent", "use"):
        at = Entry.objects.filter(account_id=numbers[0], seq=numbers[1]).values_list("at", flat=True).first()
        return _at(numbers[0], at, "Movement of") if at else ()
    if prefix == "req":
        # Answers bear one id, the log another; both are called so.
        calls = ApiRequest.objects.filter(Q(request_id=text) | Q(pk=numbers[0]), account_id__isnull=False)
        call = calls.values_list("account_id", "at").first()
        return _at(call[0] or 0, call[1], "Call of") if call else ()
    if prefix not in OF_AN_ACCOUNT:
        return ()
    model, instant = OF_AN_ACCOUNT[prefix]
    found = model.objects.filter(pk=numbers[0], account_id__isnull=False).values_list("account_id", instant).first()
    return _at(found[0], found[1], f"{model.__name__} of") if found else ()


def _at(account_id: int, at: datetime, what: str) -> tuple[Owner, ...]:
    return _owners(Account.objects.filter(pk=account_id), what, at)


def _owners(rows: Any, what: str, at: datetime | None = None) -> tuple[Owner, ...]:
    return tuple(
        Owner(row.pk, row.name, row.status, what, wall_of(at, row.timezone).date() if at else None) for row in rows
    )
