"""Random histories of recharges: caps are never exceeded, a broken card is never charged, one is open at most, what was
granted is what was paid for, and each decision is justified (RULES §5.3-5.8).

REFILL_HISTORIES says how many are played from end to end. In the long form they grow as trees: after each step several
others may come, each in a branch that is taken back, so that histories share the steps that they begin with.
REFILL_HISTORY_TREES says how many trees, each of LEAVES histories of eight steps."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Q

from refill.domain.billing_details import BillTo
from refill.domain.errors import InsufficientCredits
from refill.domain.recharge import Rule, sentence
from refill.domain.records import Actor
from refill.domain.taxes import Tax
from refill.ledger import verify
from refill.models import Charge, Grant, Order, Pack, PaymentMethod, Recharge, RechargeDecision, TaxRate
from refill.services import accounts, credits, orders
from refill.services.chores import clocks
from refill.services.invoicing import billing_details
from refill.services.money import cards, recharge_settings
from refill.services.money.recharge_settings import Wanted
from tests.branching import Branches
from tests.recharge_oracle import Agreed, demand_justified

HISTORIES = int(os.environ.get("REFILL_HISTORIES", "120"))
TREES = int(os.environ.get("REFILL_HISTORY_TREES", "40"))
STEPS = 7
FANS = (2,) * STEPS
LEAVES = math.prod(FANS)
VERIFIED_EACH = 32
ZONES = ("America/New_York", "Asia/Kathmandu", "America/Santiago", "Pacific/Auckland")
CARDS = ("visa_ok", "visa_ok", "declined", "declined_final", "needs_action", "unknown_then_ok", "unknown_then_declined")
ANN = Actor("usr_ann")
OPEN = Q(status__in=["processing", "needs_action"]) | Q(status="declined", next_try_at__isnull=False)
NO_TAX, TAX = Tax(), Tax(1_900, name="VAT")
START = datetime(2027, 3, 1, tzinfo=UTC)


class History:
    """One account through many histories, each with a rule and cards of its own; all that happens is checked."""

    def __init__(self, zone: str, seed: int) -> None:
        self.random, self.zone, self.now = Random(seed), ZoneInfo(zone), START
        self.clock = clocks.create(now=START)
        made = accounts.create(
            actor=ANN, name="Northwind Dental", timezone=zone, currency="usd", livemode=False, clock_id=self.clock,
            owner_email=f"ann-{seed}-{zone}@northwind.example".lower(), owner_name="Ann", card="visa_ok",
        )  # fmt: skip
        self.id = made.account_id
        self.packs = list(Pack.objects.filter(currency="usd", mode="both", withdrawn_at=None))
        self.kept = {card: cards.add_sandbox(account_id=self.id, actor=ANN, card=card) for card in sorted(set(CARDS))}
        self.counted: dict[int, Charge] = {}
        self.left_alone: set[str] = set()
        self.met: Counter[str] = Counter()
        self.ended, self.decided, self.tax = 0, 0, NO_TAX

    def play(self) -> None:
        """A person sets a rule and cards; then a few things happen."""
        self.agree()
        for _ in range(STEPS):
            self.step()

    def grow(self, branches: Branches, fans: Sequence[int]) -> None:
        """From here, all ways on that the fans give; each ends with what was granted against what was paid."""
        if not fans:
            self.ended += 1
            self.compare(whole=self.ended % VERIFIED_EACH == 1)
            return
        for _ in range(fans[0]):
            kept = dict(self.counted), set(self.left_alone), self.now, self.decided
            with branches.branch():
                self.step()
                self.grow(branches, fans[1:])
            self.counted, self.left_alone, self.now, self.decided = kept

    def tax_it(self) -> None:
        """From now on its charges carry a tax; the caller takes it back."""
        self.tax = TAX
        TaxRate.objects.create(
            country="DE", name=TAX.name, rate_basis_points=TAX.rate_basis_points, inclusive=False, reverse_charge=False,
            starts_at=START - timedelta(days=3_650), mode="test", created_at=START, actor="test",
        )  # fmt: skip
        billing_details.save(account_id=self.id, actor=ANN, details=BillTo(name="Northwind", country="DE"))

    def agree(self) -> None:
        """A person sets a rule and cards."""
        roll = self.random
        pack = roll.choice(self.packs)
        cap = roll.randint(1, 6) * pack.amount_minor + roll.choice((0, 1, -1 if pack.amount_minor > 1 else 0))
        main, backup = roll.sample(sorted(self.kept), 2)
        self.rule = Wanted(
            threshold=roll.choice((1, 50, 400, 3_000)), pack_id=pack.pk, max_per_day=roll.randint(1, 4),
            max_per_month_minor=max(cap, self.total_of(pack, 1)),
            cards={
                "payment_method": self.kept[main],
                "backup_payment_method": self.kept[backup] if roll.random() < 0.4 else None,
            },
        )  # fmt: skip
        self.save()

    def step(self) -> None:
        """Something happens."""
        self.random.choice(
            (self.spend, self.spend, self.spend, self.ask_too_much, self.hold, self.wait, self.swap, self.act)
        )()
        self.check()

    def save(self) -> None:
        pack = self.pack()
        rule = Rule(
            self.rule.threshold or 0, pack.credits, pack.amount_minor, "usd", self.rule.max_per_day or 0,
            self.rule.max_per_month_minor or 0,
        )  # fmt: skip
        self.left_alone.clear()
        recharge_settings.put(account_id=self.id, actor=ANN, wanted=replace(self.rule, consent=sentence(rule)))
        self.check()

    def pack(self) -> Pack:
        return next(pack for pack in self.packs if pack.pk == self.rule.pack_id)

    def total_of(self, pack: Pack, packs: int) -> int:
        """What so many packs cost, with tax rounded half up."""
        return packs * pack.amount_minor + (packs * pack.amount_minor * self.tax.rate_basis_points + 5_000) // 10_000

    def spend(self) -> None:
        available = credits.balance(account_id=self.id).available
        if available == 0:
            credits.grant(account_id=self.id, actor=ANN, credits=500, source="promotion", reason="to go on")
        else:
            amount = max(1, available * self.random.choice((1, 30, 95, 100)) // 100)
            credits.spend(account_id=self.id, credits=amount, key=None, fingerprint=0, kind="text")

    def ask_too_much(self) -> None:
        available = credits.balance(account_id=self.id).available
        with pytest.raises(InsufficientCredits):
            credits.spend(
                account_id=self.id, credits=available + self.random.choice((1, 900, 9_000)), key=None, fingerprint=0,
                kind="text",
            )  # fmt: skip

    def hold(self) -> None:
        available = credits.balance(account_id=self.id).available
        if available:
            credits.hold(
                account_id=self.id, credits=(available + 1) // 2, key=None, fingerprint=0, expires_in_seconds=7200
            )

    def wait(self) -> None:
        hours = self.random.choice((1, 1, 5, 18, 24, 24 * 9))
        self.now += timedelta(hours=hours, seconds=self.random.randint(0, 60))
        clocks.advance(clock_id=self.clock, to=self.now)

    def swap(self) -> None:
        card = self.kept[self.random.choice(sorted(self.kept))]
        cards.update(account_id=self.id, actor=ANN, card_id=card, recharge=True, backup=False)

    def act(self) -> None:
        for order in Order.objects.filter(account_id=self.id, kind="recharge", status="needs_action"):
            outcome = self.random.choice(("authenticated", "failed"))
            orders.act(account_id=self.id, order_id=order.pk, outcome=outcome)

    def check(self) -> None:
        """Count anew, in plain Python, from the charges alone."""
        last = max(self.counted, default=0)
        undecided = [pk for pk, charge in self.counted.items() if charge.state not in ("succeeded", "declined")]
        charges = Charge.objects.select_related("payment_method").filter(account_id=self.id, order__kind="recharge")
        found = list(charges.filter(Q(pk__gt=last) | Q(pk__in=undecided)).order_by("pk"))
        self.counted |= {charge.pk: charge for charge in found if charge.pk <= last}
        for charge in found:
            if charge.pk > last:
                self.see(charge)
        orders = Order.objects.filter(account_id=self.id, kind="recharge")
        assert orders.filter(OPEN).count() <= 1
        self.judge()

    def judge(self) -> None:
        """Each decision since the last time."""
        decisions = RechargeDecision.objects.filter(account_id=self.id, pk__gt=self.decided).order_by("pk")
        pack = self.pack()
        agreed = Agreed(
            self.zone, self.rule.threshold or 0, pack.credits, partial(self.total_of, pack), self.rule.max_per_day or 0,
            self.rule.max_per_month_minor or 0,
        )  # fmt: skip
        for decision in decisions:
            self.decided = decision.pk
            self.met[decision.reason] += 1
            demand_justified(decision, agreed, self.counted.values())

    def see(self, charge: Charge) -> None:
        self.counted[charge.pk] = charge
        assert charge.payment_method is not None
        assert charge.payment_method.reference not in self.left_alone
        if charge.state == "declined":
            self.met["declined"] += 1
        else:
            self.demand_within_caps(charge, Recharge.objects.get(pk=self.id))
        if charge.decline_final:
            self.left_alone.add(charge.payment_method.reference)

    def demand_within_caps(self, charge: Charge, rule: Recharge) -> None:
        counts = [one for one in self.counted.values() if one.state != "declined"]
        day = [one for one in counts if self.local(one).date() == self.local(charge).date()]
        month = [one for one in counts if self.local(one).strftime("%Y-%m") == self.local(charge).strftime("%Y-%m")]
        assert len(day) <= rule.max_per_day
        assert sum(one.amount_minor for one in month) <= rule.max_per_month_minor
        self.met["charged"] += 1
        self.met["at the day's cap"] += len(day) == rule.max_per_day
        self.met["backup"] += PaymentMethod.objects.filter(pk=charge.payment_method_id, is_backup=True).exists()

    def compare(self, *, whole: bool = True) -> None:
        """What was granted is what was paid for, and as a rule the whole account agrees."""
        settled = Order.objects.filter(account_id=self.id, kind="recharge", status="succeeded")
        paid = {order.pk: order.plan["credits"] for order in settled}
        granted = Grant.objects.filter(account_id=self.id, source="recharge").values_list("order_id", "amount")
        assert dict(granted) == paid
        assert not whole or verify.run(self.id) == []

    def local(self, charge: Charge) -> datetime:
        return charge.created_at.astimezone(self.zone)


def test_no_history_exceeds_a_cap_or_charges_a_broken_card_and_grants_are_what_was_paid() -> None:
    lives = [History(zone, seed) for seed, zone in enumerate(ZONES)]
    for number in range(HISTORIES):
        lives[number % len(lives)].play()
    met: Counter[str] = Counter()
    for life in lives:
        life.compare()
        met += life.met
    assert min(met[name] for name in ("charged", "declined", "at the day's cap", "backup")) > HISTORIES // 100


@pytest.mark.soak
@pytest.mark.parametrize("tree", range(TREES))
def test_nor_does_any_of_the_histories_of_a_tree(branches: Branches, tree: int) -> None:
    life = History(ZONES[tree % len(ZONES)], 1_000 + tree)
    with branches.branch():
        if tree % 2:
            life.tax_it()
        life.agree()
        life.grow(branches, FANS)
    assert life.ended == LEAVES
    assert life.met.total() > 0  # a rule whose cap is below every shortage charges nothing, and says so
    print(tree, dict(life.met))
