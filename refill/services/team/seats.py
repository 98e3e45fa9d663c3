"""Seats and numbers as an account has them, read under its lock; removals undone (RULES §4, Add-ons)."""

from __future__ import annotations

from datetime import datetime

from refill.domain.errors import NothingToDo, SeatsFull
from refill.domain.quotes.lines import included, unit_price
from refill.domain.records import Actor, AddOnKind
from refill.domain.roles import Role
from refill.domain.seats import UNLIMITED, Places, takes_seat
from refill.gateways import clock
from refill.models import Account, AddOn, Invitation
from refill.models.team import OPEN
from refill.services import periods
from refill.services.entering import entered
from refill.services.money.situations import numbers_held, price_facts, seats_used
from refill.services.recording import audit, emit


def places_of(account_id: int, kind: AddOnKind) -> Places:
    """How many there are and how many are used. An account without a plan has no limit."""
    subscription = periods.live_subscription(account_id)
    row = AddOn.objects.filter(account_id=account_id, kind=kind).first() or AddOn(quantity=0, quantity_at_renewal=0)
    used = seats_used(account_id) if kind == "seat" else numbers_held(account_id)
    return Places(
        included(price_facts(subscription.price), kind) if subscription else UNLIMITED, row.quantity,
        row.quantity_at_renewal, used, _promised(account_id) if kind == "seat" else 0,
    )  # fmt: skip


def _promised(account_id: int) -> int:
    waiting = Invitation.objects.filter(OPEN, account_id=account_id, expires_at__gt=clock.now())
    return waiting.exclude(role="observer").count()


def demand_seats(account_id: int, needed: int, *, own: int = 0) -> None:
    """Raises SeatsFull unless so many seats are free; `own` of those promised are the asker's own."""
    seats = places_of(account_id, "seat")
    if needed <= 0 or seats.free + own >= needed:
        return
    free, short, (unit, _) = max(0, seats.free + own), needed - seats.free - own, price_of(account_id, "seat")
    said = f"{free} of {seats.total} seats are free" if free else f"All {seats.total} seats are taken"
    raise SeatsFull(
        f"{said}; {short} more {'is' if short == 1 else 'are'} needed. Add seats, or invite Observers:"
        " they are free.",
        free=free, needed=needed, short=short, unit=unit, currency=Account.objects.get(pk=account_id).currency,
    )  # fmt: skip


def price_of(account_id: int, kind: AddOnKind) -> tuple[int, str]:
    """What a further one costs at the renewal: minor units, and for a month or a year."""
    subscription = periods.live_subscription(account_id)
    interval = subscription.price.interval if subscription else "month"
    return unit_price(periods.policy_in_force(account_id), kind, interval), interval


def are_credited(account_id: int) -> bool:
    """Whether what is unused of a removed one goes back, by the policy of the period; else it ends with the period."""
    period = periods.current_period(account_id)
    return period is not None and periods.policy_of(period.policy).add_on_removal == "credit"


def drop(account_id: int, kind: AddOnKind, now: datetime, actor: Actor) -> bool:
    """Stop paying for one from the renewal on, where one is paid for; within the transaction that holds the account."""
    row = AddOn.objects.filter(account_id=account_id, kind=kind, quantity_at_renewal__gt=0).first()
    if row is None:
        return False
    _change(row, -1, now, actor, "subscription.change_scheduled")
    return True


def keep(*, account_id: int, kind: AddOnKind, actor: Actor, quantity: int | None = None) -> None:
    """Undo removals that have not taken effect: all of them, or so many. Free. Raises NothingToDo."""
    with entered(account_id) as balance:
        take_back(account_id, kind, balance.at, actor, quantity)


def take_back(account_id: int, kind: AddOnKind, now: datetime, actor: Actor, quantity: int | None = None) -> None:
    """The same within a transaction that holds the account."""
    row = AddOn.objects.filter(account_id=account_id, kind=kind).first()
    ending = row.quantity - row.quantity_at_renewal if row else 0
    if row is None or ending <= 0:
        raise NothingToDo("Nothing is being removed.")
    _change(row, min(ending, quantity or ending), now, actor, "subscription.change_undone")


def _change(row: AddOn, by: int, now: datetime, actor: Actor, kind: str) -> None:
    before = row.quantity_at_renewal
    row.quantity_at_renewal += by
    row.save(update_fields=["quantity_at_renewal"])
    action = "add_on.removed" if by < 0 else "add_on.removal_undone"
    audit(row.account_id, now, actor, action, subject=row.kind, before=before, after=row.quantity_at_renewal)
    emit(row.account_id, now, kind, add_on=row.kind, quantity=row.quantity_at_renewal)


def takes_seat_now(before: Role, after: Role) -> bool:
    """Only a move up from Observer takes a seat."""
    return takes_seat(after) and not takes_seat(before)
