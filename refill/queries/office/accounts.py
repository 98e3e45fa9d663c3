"""One account as the office sees it: what stands at the head of its life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain import ids
from refill.models import Account, Balance, Correction, Grant, Price, Subscription
from refill.queries.pages.catalogue import Offered, offered
from refill.queries.pages.people import Person, members_of


@dataclass(frozen=True, slots=True)
class Seen:
    """An account at a glance."""

    id: int
    name: str
    status: str
    zone: str
    currency: str
    livemode: bool
    clock_id: int | None
    created_at: datetime
    purge_at: datetime | None
    price: Offered | None
    people: tuple[Person, ...]

    @property
    def public_id(self) -> str:
        return ids.encode("acc", self.id)


@dataclass(frozen=True, slots=True)
class Lot:
    """A grant that still has something."""

    id: int
    source: str
    amount: int
    remaining: int
    held: int
    ends_at: datetime | None
    reason: str

    @property
    def public_id(self) -> str:
        return ids.encode("gra", self.id)

    @property
    def is_the_operators(self) -> bool:
        """Whether the office may take back what is left of it: what was bought goes by refunds."""
        return self.source in ("promotion", "adjustment")


@dataclass(frozen=True, slots=True)
class Asked:
    """A correction, done or waiting for a second operator."""

    id: int
    account_id: int
    account_name: str
    currency: str
    credits: int
    reason: str
    state: str
    asked_by: str
    asked_by_id: int
    asked_at: datetime
    usage_seq: int | None

    @property
    def usage(self) -> str | None:
        """The usage that it gives back, where it does."""
        return ids.encode("use", self.account_id, self.usage_seq) if self.usage_seq else None

    @property
    def public_id(self) -> str:
        return ids.encode("cor", self.id)

    @property
    def account_code(self) -> str:
        return ids.encode("acc", self.account_id)


def account(account_id: int) -> Seen | None:
    """Return the account, or nothing."""
    row = Account.objects.filter(pk=account_id).first()
    if row is None:
        return None
    price_id = Subscription.objects.filter(account=row, ended_at=None).values_list("price_id", flat=True).first()
    price = offered(Price.objects.select_related("plan").get(pk=price_id)) if price_id else None
    return Seen(
        row.pk, row.name, row.status, row.timezone, row.currency, row.livemode, row.test_clock_id, row.created_at,
        row.purge_at, price, members_of(row.pk),
    )  # fmt: skip


def open_grants(account_id: int) -> tuple[Lot, ...]:
    """Return what the account can still spend, in burn order, at most 100."""
    rows = Grant.objects.filter(account_id=account_id, is_open=True)
    head, head_left = Balance.objects.values_list("head_grant", "head_left").get(pk=account_id)
    return tuple(
        Lot(
            row.pk, row.source, row.amount, head_left if row.pk == head else row.remaining, row.held, row.ends_at,
            row.reason,
        )
        for row in rows.order_by("ends_at", "rank", "starts_at", "id")[:100]
    )  # fmt: skip


def waiting_corrections(limit: int = 100) -> tuple[Asked, ...]:
    """Return the corrections that wait for a second operator, oldest first."""
    rows = Correction.objects.select_related("account", "asked_by").filter(state="waiting").order_by("asked_at")
    return tuple(
        Asked(
            row.pk, row.account_id, row.account.name, row.account.currency, row.credits, row.reason, row.state,
            row.asked_by.name, row.asked_by_id, row.asked_at, row.usage_seq,
        )
        for row in rows[:limit]
    )  # fmt: skip
