"""Random histories of the pure rules of auto-recharge: caps, one open at most, broken cards (RULES §5.3-5.6).

What the services do around the rules is played here in plain Python, so that a hundred thousand histories take minutes;
tests/services/test_recharge_histories.py plays fewer through all of the product.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from refill.domain import calendars
from refill.domain.recharge import Rule, Standing, capped, decide, next_try
from refill.domain.taxes import Tax

ZONES = ("America/New_York", "Asia/Kathmandu", "America/Santiago", "Pacific/Auckland")
CARDS = ("ok", "ok", "declined", "declined_final", "slow_ok", "slow_declined")
STEPS = 8


@dataclass
class Charge:
    at: datetime
    total_minor: int
    card: str
    state: str = "open"


@dataclass
class Open:
    """The recharge that is undecided, or waits for its next try."""

    credits: int
    total_minor: int
    tried: list[str] = field(default_factory=list)
    declined_at: datetime | None = None
    rounds: int = 0
    next_at: datetime | None = None


class Machine:
    def __init__(self, roll: Random, met: Counter[str]) -> None:
        self.roll, self.met, self.zone = roll, met, roll.choice(ZONES)
        self.now = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(minutes=roll.randrange(60 * 24 * 60))
        pack_minor = roll.choice((1_250, 4_000, 9_999))
        cap = roll.randint(1, 6) * pack_minor * 12 // 10 + roll.choice((0, 1, -1))
        self.rule = Rule(
            roll.choice((1, 50, 400, 3_000)), roll.choice((250, 1_000)), pack_minor, "usd", roll.randint(1, 4), cap
        )
        self.tax = roll.choice((Tax(), Tax(2_000), Tax(1_900, inclusive=True)))
        self.cards = roll.sample(["a", "b"], roll.randint(1, 2))
        self.kinds = {card: roll.choice(CARDS) for card in self.cards}
        self.balance, self.broken = roll.randrange(4_000), set[str]()
        self.charges: list[Charge] = []
        self.open: Open | None = None

    def play(self) -> None:
        self.look()
        for _ in range(STEPS):
            self.roll.choice((self.spend, self.spend, self.refused, self.wait, self.wait, self.answer, self.new_card))()

    def spend(self) -> None:
        self.balance -= self.balance * self.roll.choice((1, 30, 95, 100)) // 100
        self.look()

    def refused(self) -> None:
        self.look(self.balance + self.roll.choice((1, 900, 9_000)))

    def wait(self) -> None:
        until = self.now + timedelta(hours=self.roll.choice((1, 5, 18, 24, 24 * 9)), seconds=self.roll.randrange(60))
        while self.open is not None and self.open.next_at is not None and self.open.next_at <= until:
            self.now = max(self.now, self.open.next_at)
            self.retry(self.open)
        self.now = until
        self.look()

    def answer(self) -> None:
        """The bank that said nothing says something now."""
        for charge in self.charges:
            if charge.state == "open":
                self.decided(charge, self.kinds[charge.card] == "slow_ok")

    def new_card(self) -> None:
        """A person's word: another card in the place of one, and the breaker is closed."""
        card = self.roll.choice(self.cards)
        if all(charge.state != "open" for charge in self.charges):
            self.kinds[card] = self.roll.choice(CARDS)
            self.broken.discard(card)
            self.look()

    def standing(self, required: int = 0) -> Standing:
        day = calendars.local_day_bounds(self.now, self.zone)
        month = calendars.local_month_bounds(self.now, self.zone)
        counted = [charge for charge in self.charges if charge.state != "declined"]
        usable = [card for card in self.cards if card not in self.broken]
        return Standing(
            self.balance, required, sum(day[0] <= one.at < day[1] for one in counted),
            sum(one.total_minor for one in counted if month[0] <= one.at < month[1]), day[1], month[1], self.tax,
            is_open=self.open is not None, has_usable_card=bool(usable),
        )  # fmt: skip

    def look(self, required: int = 0) -> None:
        decision = decide(self.rule, self.standing(required))
        self.met[decision.reason] += 1
        if decision.reason == "fired":
            assert self.open is None
            assert decision.credits >= max(self.rule.threshold, required) - self.balance > 0
            self.open = Open(decision.credits, decision.total_minor)
            self.charge(self.open)

    def retry(self, recharge: Open) -> None:
        recharge.next_at = None
        usable = [card for card in self.cards if card not in self.broken and card not in recharge.tried]
        is_back = not recharge.tried and self.balance >= self.rule.threshold
        if is_back or not usable or capped(self.rule, self.standing(), recharge.total_minor)[0]:
            self.open = None
            self.look()
        else:
            self.met["retried"] += 1
            self.charge(recharge)

    def charge(self, recharge: Open) -> None:
        card = next(one for one in self.cards if one not in self.broken and one not in recharge.tried)
        assert all(one.state != "open" for one in self.charges)
        made = Charge(self.now, recharge.total_minor, card)
        self.charges.append(made)
        recharge.tried.append(card)
        self.demand_within_caps(made)
        if not self.kinds[card].startswith("slow"):
            self.decided(made, self.kinds[card] == "ok")

    def decided(self, charge: Charge, paid: bool) -> None:
        recharge = self.open
        assert recharge is not None
        if paid:
            charge.state, self.open = "settled", None
            self.balance += recharge.credits
            self.look()
            return
        charge.state = "declined"
        recharge.declined_at = recharge.declined_at or self.now
        if self.kinds[charge.card] == "declined_final":
            self.broken.add(charge.card)
        if [card for card in self.cards if card not in self.broken and card not in recharge.tried]:
            self.retry(recharge)
            return
        recharge.tried, recharge.rounds = [], recharge.rounds + 1
        recharge.next_at = next_try(recharge.declined_at, recharge.rounds)
        if recharge.next_at is None or not set(self.cards) - self.broken:
            self.broken |= set(self.cards)
            self.open = None

    def demand_within_caps(self, charge: Charge) -> None:
        """Counted anew by the wall clock."""
        zone = ZoneInfo(self.zone)
        counted = [one for one in self.charges if one.state != "declined"]
        today = [one for one in counted if one.at.astimezone(zone).date() == charge.at.astimezone(zone).date()]
        months = [one for one in counted if f"{one.at.astimezone(zone):%Y-%m}" == f"{charge.at.astimezone(zone):%Y-%m}"]
        assert len(today) <= self.rule.max_per_day
        assert sum(one.total_minor for one in months) <= self.rule.max_per_month_minor
        assert charge.card not in self.broken


def play(histories: int, seed: int) -> Counter[str]:
    met: Counter[str] = Counter()
    for number in range(histories):
        Machine(Random(f"{seed} {number}"), met).play()
    return met


def test_no_history_of_the_rules_passes_a_cap_charges_a_broken_card_or_has_two_open() -> None:
    met = play(2_000, 0)
    assert min(met[word] for word in ("fired", "retried", "recharge_open", "breaker_open", "day_cap", "month_cap")) > 20


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_nor_do_a_hundred_thousand(seed: int) -> None:
    assert play(10_000, seed)["fired"] > 1_000
