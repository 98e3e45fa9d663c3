"""What waits for a person because of the card provider: charges nobody could decide, webhooks, differences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain import ids
from refill.models import Charge, ProviderDifference, ProviderEvent, SafeMode

MOST = 200


@dataclass(frozen=True, slots=True)
class UndecidedCharge:
    """`why`: unanswered (the ladder is done), or differs: … (the provider's answer contradicts what was asked)."""

    id: int
    account_id: int
    account_name: str
    order_id: int
    order_kind: str
    amount_minor: int
    currency: str
    state: str
    why: str
    provider_key: str
    reference: str
    card: str
    created_at: datetime
    asks: int

    @property
    def public_id(self) -> str:
        return ids.encode("chg", self.id)


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """`state`: unmatched (of a charge that nobody here knows), or failed (its deed failed again and again)."""

    id: int
    event_id: str
    kind: str
    subject: str
    provider_key: str
    state: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    id: int
    what: str
    provider_key: str
    reference: str
    account_id: int | None
    charge_id: int | None
    here: str
    there: str
    found_at: datetime


def charges() -> list[UndecidedCharge]:
    """Charges that only a person can decide, the oldest first."""
    rows = Charge.objects.exclude(attention="").select_related("account", "order", "payment_method")
    return [
        UndecidedCharge(
            row.pk, row.account_id, row.account.name, row.order_id, row.order.kind, row.amount_minor, row.currency,
            row.state, row.attention, row.provider_key, row.provider_reference,
            row.payment_method.label if row.payment_method else "",
            row.created_at, row.asks,
        )
        for row in rows.order_by("id")[:MOST]
    ]  # fmt: skip


def events() -> list[WaitingEvent]:
    """Webhooks that nobody could follow, the oldest first."""
    rows = ProviderEvent.objects.filter(state__in=["unmatched", "failed"]).order_by("id")
    return [WaitingEvent(**row) for row in rows.values(*WaitingEvent.__slots__)[:MOST]]


def differences() -> list[DifferenceRow]:
    """Where the provider and this product do not agree, the oldest first."""
    rows = ProviderDifference.objects.filter(gone_at=None).order_by("id")
    return [DifferenceRow(**row) for row in rows.values(*DifferenceRow.__slots__)[:MOST]]


def difference(difference_id: int) -> DifferenceRow | None:
    """One of them."""
    row = ProviderDifference.objects.filter(pk=difference_id, gone_at=None).values(*DifferenceRow.__slots__).first()
    return DifferenceRow(**row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing is charged since then, because a backup of before was restored; `prepared` charges wait for the end."""

    began_at: datetime
    backup_made_at: datetime
    prepared: int


def paused() -> Paused | None:
    """Safe mode, where it is on."""
    mode = SafeMode.objects.filter(ended_at=None).first()
    if mode is None:
        return None
    waiting = Charge.objects.filter(state="created").exclude(payment_method__gateway="sandbox")
    return Paused(mode.began_at, mode.backup_made_at, waiting.count())


def is_paused() -> bool:
    """Whether safe mode is on."""
    return SafeMode.objects.filter(ended_at=None).exists()
