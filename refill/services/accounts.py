"""Accounts: made with their owner, plan and card in one go; name and zone changed later."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.db import transaction

from refill.domain.calendars import valid_zone
from refill.domain.errors import Conflict, Invalid, NoCard
from refill.domain.money import EXPONENTS
from refill.domain.quotes.lines import period_lines
from refill.domain.quotes.offer import add_tax, tax_lines_of
from refill.domain.records import Actor, Created
from refill.gateways import clock
from refill.ledger import balances
from refill.models import Account, Membership, Order, Price, Subscription, TestClock, User
from refill.services import periods
from refill.services.chores.clocks import instant_of
from refill.services.entering import entered, lock
from refill.services.invoicing import taxes
from refill.services.money import beginning, cards, charging, settling
from refill.services.money.notices.welcome import welcome
from refill.services.money.situations import modes_of, price_facts
from refill.services.recording import audit, emit, made


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A new account as asked for, checked."""

    name: str
    timezone: str
    currency: str
    livemode: bool
    price_id: int | None
    anchor: datetime | None
    clock_id: int | None
    card: str | None
    trial: bool


def create(
    *, actor: Actor, name: str, timezone: str, currency: str, owner_email: str, owner_name: str, livemode: bool,
    price_id: int | None = None, anchor: datetime | None = None, clock_id: int | None = None, card: str | None = None,
    trial: bool = False,
) -> Created:  # fmt: skip
    """Make an account with its Owner; with a price, take the first charge and begin its period.

    Answers after the first charge is decided or has to wait; not succeeded, the account is `incomplete` and has no
    allowance. Raises Invalid (zone, currency, price, anchor in the future) and NoCard (a price above zero, no card).
    """
    wanted = Wanted(name=name, timezone=timezone, currency=currency, livemode=livemode, price_id=price_id,
                    anchor=anchor, clock_id=clock_id, card=card, trial=trial)  # fmt: skip
    charge = None
    with transaction.atomic(durable=True):
        test_clock = _clock(wanted)
        now = instant_of(test_clock) if test_clock else clock.now()
        account = _make(wanted, test_clock, now)
        price = _price(wanted, account)
        owner, _ = User.objects.get_or_create(email=owner_email.lower(), defaults={"name": owner_name})
        Membership.objects.create(account=account, user=owner, role="owner", created_at=now)
        now = lock(account.pk).at
        method = cards.keep_sandbox(account, card, now) if card else None
        order = None
        if trial:
            _check_trial(owner)
            beginning.start_trial(account, price or _trial_price(account), now)
        elif price is not None:
            order = _first_order(account, price, wanted, actor, now)
            if order.amount_minor == 0:
                settling.settle_free(order, now)
            elif method is None:
                raise NoCard("A price above zero needs a card: send payment_method.", param="payment_method")
            else:
                Account.objects.filter(pk=account.pk).update(status="incomplete")
                charge = charging.intend(order, method, now)
        audit(account.pk, now, actor, "account.created", after={"name": name, "timezone": timezone})
        emit(account.pk, now, "account.updated")
        welcome(account, owner, now)
        made(account.pk)
    if charge is not None:
        charging.send(charge.pk)
    return Created(account.pk, order.pk if order else None)


def update(*, account_id: int, actor: Actor, name: str | None = None, timezone: str | None = None) -> None:
    """Rename, or move to another zone: the wall clock stays, future boundaries move, at most once a period (§3.7)."""
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        before = {"name": account.name, "timezone": account.timezone}
        if timezone is not None and timezone != account.timezone:
            _move(account, timezone)
        if name is not None:
            account.name = name
        account.save()
        after = {"name": account.name, "timezone": account.timezone}
        if after == before:
            return
        audit(account_id, balance.at, actor, "account.updated", before=before, after=after)
        emit(account_id, balance.at, "account.updated")


def exported(*, account_id: int, actor: Actor) -> None:
    """All of the account's data goes out: who took it is kept. Raises Unknown."""
    with entered(account_id) as balance:
        audit(account_id, balance.at, actor, "account.exported")


def _move(account: Account, zone: str) -> None:
    if not valid_zone(zone):
        raise Invalid("Give an IANA time zone, such as America/New_York.", param="timezone")
    current = periods.current_period(account.pk)
    if current is not None and account.timezone_changed_period == current.pk:
        raise Conflict("The time zone was changed in this period already; change it again in the next.")
    account.timezone = zone
    account.timezone_changed_period = current.pk if current else None
    account.save()
    Subscription.objects.filter(account=account, ended_at=None).update(anchor_zone=zone)
    periods.rewrite_ahead(account.pk)


def _clock(wanted: Wanted) -> TestClock | None:
    if wanted.clock_id is None:
        return None
    found = TestClock.objects.filter(pk=wanted.clock_id).first()
    if found is None or wanted.livemode:
        raise Invalid("There is no such test clock for this key.", param="test_clock")
    return found


def _make(wanted: Wanted, test_clock: TestClock | None, now: datetime) -> Account:
    if not valid_zone(wanted.timezone):
        raise Invalid("Give an IANA time zone, such as America/New_York.", param="timezone")
    if wanted.currency not in EXPONENTS:
        raise Invalid("Give a lower-case ISO 4217 currency, such as usd.", param="currency")
    if wanted.anchor is not None and wanted.anchor.replace(microsecond=0) > now:
        raise Invalid("An anchor cannot lie in the future.", param="anchor")
    account = Account.objects.create(
        name=wanted.name, timezone=wanted.timezone, currency=wanted.currency, livemode=wanted.livemode,
        test_clock=test_clock, created_at=now,
    )  # fmt: skip
    balances.create(account.pk, test_clock.pk if test_clock else None, now)
    return account


def _price(wanted: Wanted, account: Account) -> Price | None:
    if wanted.price_id is None:
        return None
    on_offer = Price.objects.select_related("plan").filter(withdrawn_at=None, plan__withdrawn_at=None)
    price = on_offer.filter(pk=wanted.price_id, mode__in=modes_of(account)).first()
    if price is None:
        raise Invalid("There is no such price. GET /v1/plans lists those on offer.", param="price")
    if price.currency != account.currency:
        raise Invalid(
            f"This price is in {price.currency.upper()}, the account in {account.currency.upper()}.", param="price"
        )
    return price


def _trial_price(account: Account) -> Price:
    """A trial without a price shows the features of the lowest plan."""
    prices = Price.objects.filter(
        withdrawn_at=None, plan__withdrawn_at=None, currency=account.currency, amount_minor__gt=0
    )
    price = prices.filter(mode__in=modes_of(account), interval="month").order_by("plan__rank", "amount_minor").first()
    if price is None:
        raise Invalid("There is no plan to try in this currency.", param="trial")
    return price


def _check_trial(owner: User) -> None:
    """A trial once an account and owner (RULES §4.8); cards that come with an account are the sandbox's, all alike."""
    User.objects.select_for_update().get(pk=owner.pk)  # two at once wait for each other
    if Account.objects.filter(memberships__user=owner, memberships__role="owner", trial_used_at__isnull=False).exists():
        raise Conflict("This owner has had a trial already.")


def _first_order(account: Account, price: Price, wanted: Wanted, actor: Actor, now: datetime) -> Order:
    policy = periods.policy_of(periods.latest_policy())
    lines = period_lines(price_facts(price), (), policy)
    tax = taxes.tax_of(account.pk, policy, now)
    tax_minor, total = add_tax(lines, tax)
    anchor = wanted.anchor.astimezone(UTC).isoformat() if wanted.anchor else None
    return Order.objects.create(
        account=account, kind="start", status="processing", amount_minor=total, tax_minor=tax_minor,
        currency=account.currency,
        plan={"do": "start", "price": price.pk, "credits": price.credits, "anchor": anchor},
        lines=[asdict(line) for line in lines], tax_lines=[asdict(line) for line in tax_lines_of(lines, tax)],
        actor=actor.label, created_at=now,
    )  # fmt: skip
