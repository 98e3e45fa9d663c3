"""What waits for a person, queue by queue. Each is read from the rows themselves; none is kept as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db.models import CharField, Count, DateTimeField, Exists, F, Func, OuterRef, Q
from django.db.models.functions import Cast

from refill.domain import ids
from refill.domain.money import say_count, say_money
from refill.models import (
    Account,
    AuditRow,
    CarrierEvent,
    Charge,
    Delivery,
    Mail,
    Message,
    Period,
    Trouble,
    WebhookEndpoint,
)
from refill.queries import provider_queue

MOST = 100
# What is younger than this is on its way, and nobody's concern yet.
STUCK_AFTER = timedelta(minutes=5)
# An account that is put off comes up again each minute; one that did not fail for so long works again.
TROUBLED_FOR = timedelta(minutes=10)
# The account's own instant: a test account may live in another year.
_ACCOUNT_NOW = Func(F("account_id"), function="account_now", output_field=DateTimeField())


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of a queue: what it is, whose, since when, and what is known; `key` names it for its action."""

    key: str
    what: str
    account_id: int | None
    account_name: str
    since: datetime
    detail: str
    page: str = ""

    @property
    def account_code(self) -> str:
        return ids.encode("acc", self.account_id) if self.account_id else ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: its name, what it says when nothing waits, how it is read, and its one safe action."""

    title: str
    about: str
    action: str
    read: Callable[[datetime], tuple[Waiting, ...]]


def unknown_charges(now: datetime) -> tuple[Waiting, ...]:
    """Charges that the provider has not decided; the last ones are those that nobody asks about any more."""
    rows = Charge.objects.select_related("account").filter(
        Q(state__in=["unknown", "sent"], next_ask_at=None)
        | ~Q(attention="")
        | Q(state__in=["created", "sent", "unknown"], created_at__lt=_ACCOUNT_NOW - STUCK_AFTER)
    )
    return tuple(
        Waiting(
            ids.encode("chg", row.pk), f"{say_money(row.amount_minor, row.currency)}, {row.state.replace('_', ' ')}",
            row.account_id, row.account.name, row.created_at,
            f"asked {say_count(row.asks, 'time')}, {'nobody asks again' if row.next_ask_at is None else 'asked again'}",
            "charge",
        )
        for row in rows.order_by("created_at", "id")[:MOST]
    )  # fmt: skip


def stuck_sends(now: datetime) -> tuple[Waiting, ...]:
    """Texts that the carrier never answered about, after the last time it was asked."""
    rows = Message.objects.select_related("account").filter(step="unknown", next_at=None).order_by("id")[:MOST]
    return tuple(
        Waiting(
            ids.encode("msg", row.pk),
            f"{row.kind}, {say_count(row.parts, 'part')}, {say_count(row.credits, 'credit')} held",
            row.account_id, row.account.name, row.sent_at or row.created_at,
            f"asked {say_count(row.asks, 'time')}", "text",
        )
        for row in rows
    )  # fmt: skip


def failed_mails(now: datetime) -> tuple[Waiting, ...]:
    """Mails that were given up, and those that failed more than three times so far."""
    rows = (
        Mail.objects.select_related("account")
        .filter(Q(sent_at=None, send_at=None) | Q(sent_at=None, tries__gt=3), posted_at__gt=now - timedelta(days=90))
        .exclude(fault__in=[Mail.HELD, Mail.DROPPED])
    )
    return tuple(
        Waiting(
            str(row.pk), row.kind, row.account_id, row.account.name if row.account else "", row.posted_at,
            f"to {row.to}, {row.tries} tries: {row.fault[:120]}",
        )
        for row in rows.order_by("posted_at", "id")[:MOST]
    )  # fmt: skip


def accounts_put_off(now: datetime) -> tuple[Waiting, ...]:
    """Accounts whose due work fails: they are tried again each minute."""
    rows = Trouble.objects.select_related("account").filter(last_at__gt=now - TROUBLED_FOR).order_by("since")
    return tuple(
        Waiting(ids.encode("acc", row.account_id), "due work fails", row.account_id, row.account.name, row.since,
                f"{say_count(row.times, 'time')}, {row.fault}")
        for row in rows[:MOST]
    )  # fmt: skip


def provider_events(now: datetime) -> tuple[Waiting, ...]:
    """Webhooks of the card provider that nobody could follow."""
    return tuple(
        Waiting(str(row.id), f"{row.kind}, {row.state}", None, "", row.received_at, f"{row.event_id} of {row.subject}")
        for row in provider_queue.events()[:MOST]
    )


def carrier_events(now: datetime) -> tuple[Waiting, ...]:
    """Receipts and incoming texts of carriers that could not be followed; nothing of their words is shown."""
    rows = CarrierEvent.objects.filter(state="failed").order_by("id")
    return tuple(
        Waiting(
            str(row.pk), row.kind, None, "", row.received_at, f"{row.event_id} from {row.carrier}, {row.tries} tries"
        )
        for row in rows[:MOST]
    )


def differences(now: datetime) -> tuple[Waiting, ...]:
    """Where the card provider and this product do not agree."""
    rows = provider_queue.differences()[:MOST]
    names = dict(Account.objects.filter(pk__in=[row.account_id for row in rows]).values_list("pk", "name"))
    return tuple(
        Waiting(str(row.id), row.what.replace("_", " "), row.account_id, names.get(row.account_id or 0, ""),
                row.found_at, f"here {row.here}, there {row.there}; {row.provider_key} {row.reference}",
                "book" if row.what == "refunded" and row.charge_id else "")
        for row in rows
    )  # fmt: skip


def missed_deliveries(now: datetime) -> tuple[Waiting, ...]:
    """Enabled endpoints of customers that missed events in the last seven days."""
    missed = Delivery.objects.filter(state="failed", created_at__gt=now - timedelta(days=7))
    counts = dict(missed.values_list("endpoint_id").annotate(count=Count("id")))
    rows = WebhookEndpoint.objects.select_related("account").filter(pk__in=counts, state="enabled", deleted_at=None)
    return tuple(
        Waiting(
            ids.encode("whe", row.pk), f"{counts[row.pk]} events did not arrive", row.account_id, row.account.name,
            row.failing_since or now, row.url[:120],
        )
        for row in rows.order_by("pk")[:MOST]
    )  # fmt: skip


def skipped_periods(now: datetime) -> tuple[Waiting, ...]:
    """Periods that nobody billed while they ran, and that nobody has looked at (RULES §3.6)."""
    looked = AuditRow.objects.filter(
        account_id=OuterRef("account_id"), action="period.looked_at", subject=Cast(OuterRef("pk"), CharField())
    )
    rows = Period.objects.select_related("account").filter(~Exists(looked), state="skipped").order_by("ends_at", "id")
    return tuple(
        Waiting(
            ids.encode("per", row.pk), f"period {row.index}", row.account_id, row.account.name, row.ends_at,
            f"{row.starts_at:%Y-%m-%d} to {row.ends_at:%Y-%m-%d},"
            f" {say_count(row.credits, 'credit')} not granted, nothing charged",
        )
        for row in rows[:MOST]
    )  # fmt: skip


QUEUES: Mapping[str, Queue] = MappingProxyType(
    {
        "charges": Queue(
            "Undecided charges", "Every charge has its outcome.", "Ask the provider now", unknown_charges
        ),
        "events": Queue(
            "Provider’s webhooks", "Every webhook of the card provider was followed.", "I have looked", provider_events
        ),
        "differences": Queue(
            "Differences with the provider", "The card provider and Refill agree.", "I have looked", differences
        ),
        "webhooks": Queue(
            "Customers’ webhooks", "Every event reached its endpoint.", "Deliver again", missed_deliveries
        ),
        "carrier": Queue(
            "Carrier’s webhooks", "Every receipt and incoming text was followed.", "Do it again", carrier_events
        ),
        "texts": Queue("Stuck texts", "The carrier has answered about every text.", "Ask the carrier now", stuck_sends),
        "mails": Queue("Failed mails", "Every mail went out.", "Try again", failed_mails),
        "accounts": Queue("Accounts put off", "The worker does everybody’s work.", "Try now", accounts_put_off),
        "periods": Queue(
            "Skipped periods", "No period was missed that nobody has looked at.", "I have looked", skipped_periods
        ),
    }
)  # fmt: skip
