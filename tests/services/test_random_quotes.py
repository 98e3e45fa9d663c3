"""Random lives in three currencies ask for random quotes: what is shown, charged, invoiced, mailed and granted is what
was quoted, to the minor unit and the credit (RULES §4.1, §4.2).

REFILL_QUOTES quotes (400) in all, 10,000 in the long form; REFILL_QUOTES_SEED leads to other ones.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from refill.domain.billing_details import BillTo
from refill.domain.errors import NoCard, Refusal
from refill.domain.money import say_money
from refill.domain.records import Actor, QuoteRequest
from refill.ledger import verify
from refill.models import Account, Charge, Invoice, Mail, Order, Pack, Period, Price, Quote
from refill.queries import documents as found_documents
from refill.queries import invoices as found_invoices
from refill.queries import papers
from refill.queries.pages import documents as found_pages
from refill.services import accounts, credits, orders
from refill.services.chores import clocks
from refill.services.invoicing import billing_details, taxes
from refill.services.money import cards, quotes
from refill.services.selling import catalogue, policies
from refill.web import formats

QUOTES = int(os.environ.get("REFILL_QUOTES", "400"))
LONG_QUOTES = 10_000
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
# Prices in the other currencies, by exact shares of the default catalogue's: odd ones, so that there is much to round.
CURRENCIES = {"usd": (1, 1), "jpy": (149, 100), "kwd": (307, 100)}
# country: tax id, rate, inclusive, reverse charge
TAXES = {
    "DE": ("136695976", 1_900, False, False), "FR": ("FR 23 334 175 221", 2_000, False, True),
    "IT": ("00743110157", 2_200, True, True), "NO": ("988 077 917 MVA", 2_500, True, False),
    "KW": ("", 0, False, False),
}  # fmt: skip
numbers = count(1)


@dataclass
class Seen:
    """What the quotes of a run came to."""

    refused: int = 0
    declined: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    taxed: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


class Life:
    """One account, and whoever asks for it without thinking."""

    def __init__(self, seed: str, currency: str, prices: list[Price], packs: list[Pack]) -> None:
        self.random, self.currency = Random(seed), currency
        self.prices = [price for price in prices if price.currency == currency]
        self.packs = [pack for pack in packs if pack.currency == currency]
        prices = self.prices
        self.now = datetime(2027, 1, 31, 9, 30, tzinfo=UTC) + timedelta(seconds=self.random.randrange(86_400 * 90))
        self.clock = clocks.create(now=self.now)
        number, price = next(numbers), self.random.choice(prices)
        trial = self.random.random() < 0.1
        self.id = accounts.create(
            actor=OPERATOR, name="Northwind Dental", timezone=self.random.choice(ZONES), currency=currency,
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
            self.random.choice(
                [self.use, self.use, self.hold, self.gift, self.pass_time, self.change_card, self.move]
            )()
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

    def move(self) -> None:
        """To another country, as a business or not."""
        country = self.random.choice(["", *TAXES])
        tax_id = self.random.choice(["", TAXES[country][0]]) if country else ""
        details = BillTo(name=self.random.choice(["", "Praxis Nord"]), country=country, tax_id=tax_id)
        billing_details.save(account_id=self.id, actor=OPERATOR, details=details)

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
    sums = [sum(line[name] for line in offer["tax_lines"]) for name in ("added_minor", "amount_minor")]
    assert due_minor == sum(line["amount_minor"] for line in offer["lines"]) + sums[0] >= 0
    assert offer["tax_minor"] == sums[1]
    if now:
        assert offer["before"] == before
    order_id = orders.confirm(account_id=life.id, quote_id=quote.pk, actor=OPERATOR, key="confirm")
    order = Order.objects.get(pk=order_id)
    charged = [charge.amount_minor for charge in Charge.objects.filter(order=order, state="succeeded")]
    invoices = list(Invoice.objects.filter(order=order, status="paid"))
    paid = [invoice.total_minor for invoice in invoices]
    if order.status == "declined":
        seen.declined += 1
        assert (charged, paid, life.available) == ([], [], before)
        return
    assert order.status == "succeeded"
    assert charged == ([due_minor] if due_minor else [])
    assert paid == ([due_minor] if offer["lines"] else [])
    assert life.available == (offer["after"] if now else before)
    seen.taken[life.currency] = seen.taken.get(life.currency, 0) + due_minor
    seen.taxed += offer["tax_minor"] > 0
    for invoice in invoices:
        written_as_quoted(life, quote, invoice)


def written_as_quoted(life: Life, quote: Quote, invoice: Invoice) -> None:
    """The row, the page, the PDF's words, JSON and the mail all say what the quote said."""
    offer, due_minor = quote.offer, quote.due_now_minor
    assert (invoice.lines, invoice.tax_lines, invoice.tax_minor) == (
        offer["lines"], offer["tax_lines"], offer["tax_minor"],
    )  # fmt: skip
    page = found_pages.invoices_of(life.id, 1, before=invoice.pk + 1)[0]
    listed = found_invoices.get(life.id, invoice.pk)
    document = found_documents.invoice(life.id, invoice.pk)
    for shown in (page, listed, document):
        assert (shown.lines, shown.tax_minor, shown.total_minor, shown.currency) == (
            offer["lines"], offer["tax_minor"], due_minor, life.currency,
        )  # fmt: skip
    printed = papers.printed(document)
    assert printed["total"][1] == formats.money(due_minor, life.currency)
    assert [line["amount"] for line in printed["lines"]] == [
        formats.money(line["amount_minor"], life.currency) for line in offer["lines"]
    ]
    if due_minor:
        mail = Mail.objects.get(account_id=life.id, once=f"receipt {invoice.order_id}")
        assert [(line["description"], line["amount_minor"]) for line in mail.facts["lines"]] == [
            (line["description"], line["amount_minor"]) for line in offer["lines"]
        ]
        assert [line["amount_minor"] for line in mail.facts["tax_lines"]] == [
            line["amount_minor"] for line in offer["tax_lines"]
        ]
        assert (mail.facts["total_minor"], mail.facts["currency"], mail.facts["available"]) == (
            due_minor, life.currency, life.available,
        )  # fmt: skip
        assert say_money(due_minor, life.currency) == formats.money(due_minor, life.currency)


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
        quote = Quote.objects.get(pk=quote_id)
        try:
            confirm_as_quoted(life, quote, seen)
        except NoCard:  # the purge took the cards
            seen.refused += 1
            life.change_card()
            continue
        made += 1
        seen.kinds[request.kind] = seen.kinds.get(request.kind, 0) + 1
        if quote.effective_at > life.now and request.kind != "remove_add_on" and life.random.random() < 0.3:
            follow_to_boundary(life, quote)
        if made == quotes_wanted:
            assert verify.run(life.id) == []
            return
    raise AssertionError("hardly any quote was made")


def sell_in_all_currencies() -> None:
    """The default catalogue in yen and dinars too, and a table of taxes."""
    for currency, (times, through) in CURRENCIES.items():
        if currency == "usd":
            continue
        for price in Price.objects.filter(currency="usd", withdrawn_at=None, amount_minor__lt=200_000):
            catalogue.add_price(
                actor=OPERATOR, plan_id=price.plan_id, interval=price.interval, credits=price.credits,
                amount_minor=price.amount_minor * times // through, currency=currency, livemode=None,
            )  # fmt: skip
        for pack in Pack.objects.filter(currency="usd", withdrawn_at=None):
            amount_minor = pack.amount_minor * times // through
            catalogue.add_pack(
                actor=OPERATOR, credits=pack.credits, amount_minor=amount_minor, currency=currency, livemode=None
            )
    for country, (_, rate, inclusive, reverse) in TAXES.items():
        row = taxes.Wanted(
            country=country, name="VAT", rate_basis_points=rate, inclusive=inclusive, reverse_charge=reverse,
            starts_at=datetime(2026, 1, 1, tzinfo=UTC), livemode=None,
        )  # fmt: skip
        taxes.put_rate(actor=OPERATOR, wanted=row)


def follow_lives(policy: str, wanted: int) -> None:
    policies.put(actor=OPERATOR, values=POLICIES[policy])
    sell_in_all_currencies()
    prices = list(Price.objects.filter(withdrawn_at=None, amount_minor__lt=600_000, plan__withdrawn_at=None))
    packs = list(Pack.objects.filter(withdrawn_at=None))
    seen = Seen()
    for number in range(0, wanted, QUOTES_A_LIFE):
        currency = list(CURRENCIES)[number // QUOTES_A_LIFE % len(CURRENCIES)]
        life = Life(f"{SEED} {policy} {number}", currency, prices, packs)
        live(life, min(QUOTES_A_LIFE, wanted - number), seen)
    assert sum(seen.kinds.values()) == wanted
    assert set(seen.taken) == set(CURRENCIES)
    assert seen.taxed > 0
    print(policy, seen)


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_shown_charged_invoiced_mailed_and_granted_is_what_was_quoted(policy: str, fresh_database: str) -> None:
    follow_lives(policy, QUOTES // len(POLICIES))


@pytest.mark.soak
@pytest.mark.parametrize("policy", POLICIES)
def test_ten_thousand_quotes_are_what_is_charged(policy: str, fresh_database: str) -> None:
    follow_lives(policy, LONG_QUOTES // len(POLICIES))
