"""Random lives ask for random quotes: what is charged and granted is what was quoted (RULES §4.1, §4.2).

REFILL_QUOTES quotes (1,000) in all; REFILL_QUOTES_SEED leads to other ones.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from refill.domain.errors import Refusal
from refill.domain.records import Actor, QuoteRequest
from refill.models import Account, Charge, Invoice, Order, Pack, Period, Price, Quote
from refill.services import accounts, cards, clocks, credits, orders, policies, quotes

QUOTES = int(os.environ.get("REFILL_QUOTES", "1000"))
SEED = os.environ.get("REFILL_QUOTES_SEED", "0")
QUOTES_A_LIFE = 25
OPERATOR = Actor("operator")
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
POLICIES: dict[str, dict[str, Any]] = {
    "as they come": {},
    "full difference, tax on top": {
        "upgrade": "full_difference",
        "tax": {"rate_basis_points": 1_925, "inclusive": False},
    },
    "restart, tax within, credits by the month": {
        "upgrade": "restart",
        "allowance_every": "month",
        "tax": {"rate_basis_points": 700, "inclusive": True},
    },
    "prorate, no advance": {"renewal_advance": 0, "reverse_after_end": "regrant"},
}
numbers = count(1)


@dataclass
class Seen:
    """What the quotes of a run came to."""

    refused: int = 0
    declined: int = 0
    taken_minor: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


class Life:
    """One account, and whoever asks for it without thinking."""

    def __init__(self, seed: str, prices: list[Price], packs: list[Pack]) -> None:
        self.random, self.prices, self.packs = Random(seed), prices, packs
        self.now = datetime(2027, 1, 31, 9, 30, tzinfo=UTC) + timedelta(seconds=self.random.randrange(86_400 * 90))
        self.clock = clocks.create(now=self.now)
        number, price = next(numbers), self.random.choice(prices)
        trial = self.random.random() < 0.1
        self.id = accounts.create(
            actor=OPERATOR, name="Northwind Dental", timezone=self.random.choice(ZONES), currency="usd",
            owner_email=f"ann{number}@northwind.example", owner_name="Ann Okafor", livemode=False, clock_id=self.clock,
            card="visa_ok", trial=trial, price_id=None if trial else price.pk,
        ).account_id  # fmt: skip

    @property
    def available(self) -> int:
        return credits.balance(account_id=self.id).available

    def advance(self, to: datetime) -> None:
        self.now = max(self.now, to)
        clocks.advance(clock_id=self.clock, to=self.now)

    def happen(self) -> None:
        """Something that changes the situation; a refusal of it is as good."""
        try:
            self.random.choice([self.use, self.use, self.hold, self.gift, self.pass_time, self.change_card])()
        except Refusal:
            return

    def use(self) -> None:
        wanted = max(1, self.available // self.random.choice([1, 2, 3, 50]))
        credits.spend(account_id=self.id, credits=wanted, key=None, fingerprint=1, kind="text")

    def hold(self) -> None:
        wanted = max(1, self.available // self.random.choice([2, 10]))
        credits.hold(account_id=self.id, credits=wanted, key=None, fingerprint=1, expires_in_seconds=86_400)

    def gift(self) -> None:
        ends_at = self.random.choice([None, self.now + timedelta(days=3), self.now + timedelta(days=40)])
        credits.grant(
            account_id=self.id, actor=OPERATOR, credits=60, source="promotion", ends_at=ends_at, reason="a gift"
        )

    def pass_time(self) -> None:
        current = Period.objects.filter(account_id=self.id, state="current").first()
        ends_at = current.ends_at if current is not None else self.now + timedelta(days=20)
        steps = [timedelta(hours=7), timedelta(days=9, seconds=1), (ends_at - self.now) / 2, ends_at - self.now]
        step = self.random.choice([*steps, ends_at - self.now - timedelta(seconds=1)])
        self.advance(self.now + timedelta(seconds=step // timedelta(seconds=1)))

    def change_card(self) -> None:
        kind = self.random.choice(["visa_ok", "visa_ok", "declined"])
        card = cards.add_sandbox(account_id=self.id, actor=OPERATOR, card=kind)
        cards.update(account_id=self.id, actor=OPERATOR, card_id=card, default=True)

    def wish(self) -> QuoteRequest:
        status = Account.objects.values_list("status", flat=True).get(pk=self.id)
        price = self.random.choice(self.prices).pk
        if status in ("suspended", "canceled", "purged", "incomplete"):
            return QuoteRequest(kind="reactivate", price_id=price)
        if status == "past_due" and self.random.random() < 0.4:
            return QuoteRequest(kind="pay_overdue", new_period=self.random.random() < 0.5)
        few = self.random.randint(1, 3)
        wishes = (
            QuoteRequest(kind="buy_credits", pack_id=self.random.choice(self.packs).pk, quantity=few),
            QuoteRequest(kind="add_seats", quantity=few),
            QuoteRequest(kind="add_number", quantity=few),
            QuoteRequest(kind="remove_add_on", add_on=self.random.choice(["seat", "number"])),
            QuoteRequest(kind="cancel"),
        )
        change = QuoteRequest(kind="change_plan", price_id=price)
        return self.random.choices([*wishes, change], [4, 2, 2, 1, 1, 10])[0]


def confirm_as_quoted(life: Life, quote: Quote, seen: Seen) -> None:
    """Confirm at once, and look at the money, the invoice and the credits."""
    offer, due_minor, before = quote.offer, quote.due_now_minor, life.available
    now = quote.effective_at <= life.now
    subtotal = sum(line["amount_minor"] for line in offer["lines"])
    assert due_minor >= 0
    assert due_minor in (subtotal, subtotal + offer["tax_minor"])
    if now:
        assert offer["before"] == before
    order_id = orders.confirm(account_id=life.id, quote_id=quote.pk, actor=OPERATOR, key="confirm")
    order = Order.objects.get(pk=order_id)
    charged = [charge.amount_minor for charge in Charge.objects.filter(order=order, state="succeeded")]
    paid = [invoice.total_minor for invoice in Invoice.objects.filter(order=order, status="paid")]
    if order.status == "declined":
        seen.declined += 1
        assert (charged, paid, life.available) == ([], [], before)
        return
    assert order.status == "succeeded"
    assert charged == ([due_minor] if due_minor else [])
    assert paid == ([due_minor] if offer["lines"] else [])
    assert life.available == (offer["after"] if now else before)
    seen.taken_minor += due_minor


def follow_to_boundary(life: Life, quote: Quote) -> None:
    """What takes effect later: nothing is spent until then, and the credits are as quoted just before and after."""
    if credits.balance(account_id=life.id).held:
        return  # a hold that runs out on the way gives back what the quote counts as spent
    life.advance(quote.effective_at - timedelta(seconds=1))
    held_back = life.available
    life.advance(quote.effective_at)
    if Account.objects.values_list("status", flat=True).get(pk=life.id) != "past_due":
        assert (held_back, life.available) == (quote.offer["before"], quote.offer["after"])


def live(life: Life, quotes_wanted: int, seen: Seen) -> None:
    made = 0
    for _ in range(quotes_wanted * 10):
        for _ in range(life.random.randint(0, 2)):
            life.happen()
        request = life.wish()
        try:
            quote_id = quotes.create(account_id=life.id, actor=OPERATOR, request=request)
        except Refusal:
            seen.refused += 1
            continue
        made += 1
        seen.kinds[request.kind] = seen.kinds.get(request.kind, 0) + 1
        quote = Quote.objects.get(pk=quote_id)
        confirm_as_quoted(life, quote, seen)
        if quote.effective_at > life.now and request.kind != "remove_add_on" and life.random.random() < 0.3:
            follow_to_boundary(life, quote)
        if made == quotes_wanted:
            return
    raise AssertionError("hardly any quote was made")


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_charged_and_granted_is_what_was_quoted(policy: str, fresh_database: str) -> None:
    policies.put(actor=OPERATOR, values=POLICIES[policy])
    prices = list(Price.objects.filter(withdrawn_at=None, amount_minor__lt=200_000, plan__withdrawn_at=None))
    packs = list(Pack.objects.filter(withdrawn_at=None))
    wanted, seen = QUOTES // len(POLICIES), Seen()
    for number in range(0, wanted, QUOTES_A_LIFE):
        life = Life(f"{SEED} {policy} {number}", prices, packs)
        live(life, min(QUOTES_A_LIFE, wanted - number), seen)
    assert sum(seen.kinds.values()) == wanted
    assert seen.taken_minor > 0
    print(policy, seen)
