"""Seeded lives: one seed gives one setup and one sequence of operations, chosen from the model alone."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.model.months import seconds_of
from tests.model.periods import CARDS, Price
from tests.model.reference import Account, Pack

HOUR, DAY = 3600, 86_400
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Auckland",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Asia/Tokyo",
)
ANCHORS = (
    "2026-01-31T14:00:00Z",
    "2026-08-31T07:30:00Z",
    "2028-02-29T12:00:00Z",
    "2027-03-14T07:30:00Z",
    "2026-11-01T05:30:00Z",
    "2027-02-22T14:00:00Z",
    "2027-12-31T23:59:59Z",
    "2027-05-30T00:00:00Z",
    "2026-10-25T00:30:00Z",
    "2027-04-04T13:45:00Z",
)
PRICES = {
    price.id: price
    for price in (
        Price("free", "month", 0, 50),
        Price("bare", "month", 0, 0),
        Price("tiny", "month", 100, 7),
        Price("starter", "month", 1500, 250),
        Price("growth", "month", 3500, 1000),
        Price("growth_more", "month", 3500, 1200),
        Price("seats", "month", 4000, 800),
        Price("growth_2500", "month", 7500, 2500),
        Price("starter_year", "year", 15000, 3000),
        Price("less_year", "year", 30000, 9000),
        Price("growth_year", "year", 35000, 12000),
        Price("growth_2500_year", "year", 75000, 30000),
    )
}
PACKS = {pack.id: pack for pack in (Pack("pack_1000", 1000, 4000), Pack("pack_3", 3, 25))}
Operation = dict[str, object]


@dataclass(frozen=True)
class Setup:
    now: int
    zone: str
    price: str | None
    anchor: int | None

    def open(self) -> Account:
        return Account.open(self.now, self.zone, PRICES, PACKS, self.price, self.anchor)


class Life:
    """Chooses the next operation of one account from its seed and from what the model says of it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.names = 0
        now = seconds_of(self.random.choice(ANCHORS))
        anchor = None
        if self.random.random() < 0.3:
            anchor, now = now, now + self.random.randrange(200 * DAY)
        price = self.random.choice([None, *PRICES, "growth", "tiny", "starter"])
        anchor = anchor if price is not None else None
        self.setup = Setup(now, self.random.choice(ZONES), price, anchor)
        self.account = self.setup.open()
        self.choices, self.weights = self.weigh()

    def name(self, word: str) -> str:
        self.names += 1
        return f"{word}-{self.names}"

    def next(self) -> Operation:
        account, pick = self.account, self.random.random()
        closed = account.status in ("suspended", "canceled")
        if account.open_charges and pick > 0.85:
            return self.random.choice([self.act, self.advance])()
        if closed and pick < 0.2:
            return self.come_back()
        if account.card and CARDS[account.card][0] in ("needs_action", "processing") and pick > 0.9:
            return self.change()
        if account.status == "past_due" and pick < 0.15:
            return self.mend()
        if account.available == 0 and 0.3 < pick < 0.4:
            return self.operator_grant()
        return self.random.choices(self.choices, self.weights)[0]()

    def weigh(self) -> tuple[list[Callable[[], Operation]], list[int]]:
        """Some lives are restless and change plan all the time, in most texts are sent; a few have card trouble."""
        often = 3 if self.random.random() < 0.3 else 1
        trouble = 4 if self.random.random() < 0.25 else 1
        weights = {
            self.spend: 90, self.spend_batch: 8, self.hold_or_end: 44, self.reverse: 6, self.operator_grant: 5,
            self.change: 2 * often, self.other_card: trouble, self.move: 1, self.advance: 2 * often,
        }  # fmt: skip
        return list(weights), list(weights.values())

    def other_card(self) -> Operation:
        return {"op": "use_card", "card": self.random.choice(["visa_ok"] * 3 + ["needs_action"] * 2 + list(CARDS))}

    def move(self) -> Operation:
        return {"op": "move_zone", "zone": self.random.choice(ZONES)}

    def act(self) -> Operation:
        waiting = self.account.waiting
        if not waiting:
            return self.change()
        number = len(waiting) - 1 if self.random.random() < 0.8 else self.random.randrange(len(waiting))
        outcome = self.random.choice(["authenticated", "authenticated", "failed"])
        return {"op": "act", "number": number, "outcome": outcome}

    def amount(self) -> int:
        have = self.account.available
        small = self.random.randint(1, 9)
        near = [have or 1, have + 1, max(1, have - 1)]
        return self.random.choice([small] * 12 + [max(1, have // 2), have // 7 + 1, have // 30 + 1, *near])

    def spend(self) -> Operation:
        keys = list(self.account.spends)
        if keys and self.random.random() < 0.2:
            key = self.random.choice(keys)
            credits = self.account.spends[key].content[0] + self.random.choice([0, 0, 1])
            return {"op": "spend", "key": key, "credits": credits}
        wrong = self.random.random() < 0.04
        credits = self.random.choice([0, -1, 2**63]) if wrong else self.amount()
        return {"op": "spend", "key": self.name("spend"), "credits": credits}

    def spend_batch(self) -> Operation:
        keys, items = list(self.account.spends), []
        for _ in range(self.random.randint(1, 6)):
            pick, key = self.random.random(), self.name("item")
            if pick < 0.15 and keys:
                key = self.random.choice(keys)
                credits = self.account.spends[key].content[0] + (self.random.random() < 0.2)
            elif pick < 0.3 and items:
                key, credits = items[-1][0], items[-1][1] + (self.random.random() < 0.2)
            else:
                credits = self.random.choice([1, 1, 2, 3, max(1, self.account.available // 3)])
            items.append([key, credits])
        return {"op": "spend_batch", "items": items, "mode": self.random.choice(["all_or_nothing", "partial"])}

    def hold_or_end(self) -> Operation:
        opened = [key for key, hold in self.account.holds.items() if hold.open]
        known = opened or list(self.account.holds)
        pick = self.random.random()
        if not known or pick < 0.45 or (not opened and pick < 0.93):
            seconds = self.random.choice([HOUR, DAY, 4 * DAY, 7 * DAY])
            return {"op": "hold", "key": self.name("hold"), "credits": self.amount(), "expires_in": seconds}
        if self.random.random() < 0.1:
            known = list(self.account.holds)
        key = self.random.choice(known)
        if pick < 0.7:
            return {"op": "release", "key": key}
        whole = sum(credits for _, credits in self.account.holds[key].parts)
        part = self.random.choice([None, None, self.random.randint(1, whole) if whole else 1, whole + 1])
        return {"op": "capture", "key": key, "credits": part}

    def reverse(self) -> Operation:
        if not self.account.spends:
            return self.spend()
        key = self.random.choice(list(self.account.spends))
        spend = self.account.spends[key]
        left = spend.content[0] - spend.reversed
        part = self.random.choice([None, self.random.randint(1, left) if left else 1, left + 1])
        return {"op": "reverse", "key": key, "credits": part}

    def operator_grant(self) -> Operation:
        starts = self.random.choice([None, None, None, 2 * HOUR, 10 * DAY])
        ends = self.random.choice([None, HOUR * 3, 12 * DAY, 45 * DAY])
        if starts is not None and ends is not None and ends <= starts:
            ends = None
        source = self.random.choice(["promotion", "adjustment"])
        credits = self.random.randint(1, 200)
        return {"op": "grant", "source": source, "credits": credits, "starts_in": starts, "ends_in": ends}

    def change(self) -> Operation:
        account, pick = self.account, self.random.random()
        if account.status in ("suspended", "canceled"):
            return self.come_back()
        if pick < 0.25 or account.period is None or account.status != "active":
            return self.ask("buy", self.random.choice(list(PACKS)), quantity=self.random.randint(1, 3))
        if pick < 0.35:
            return {"op": "undo"} if account.scheduled is not None else {"op": "resume"}
        if pick < 0.43 and not account.cancel:
            return self.ask("cancel", None)
        others = [price for price in PRICES if account.price is not None and price != account.price.id]
        return self.ask("change_plan", self.random.choice(others))

    def ask(self, kind: str, target: str | None, quantity: int = 1) -> Operation:
        operation: Operation = {"op": "change", "kind": kind, "target": target, "quantity": quantity}
        if self.random.random() < 0.3:
            operation["delay"] = self.random.choice([1, 60, 1500])
            operation["spend"], operation["key"] = self.random.randint(1, 20), self.name("spend")
        return operation

    def mend(self) -> Operation:
        pick = self.random.random()
        if pick < 0.4:
            return {"op": "use_card", "card": "visa_ok"}
        if pick < 0.85:
            return {"op": "change", "kind": "pay_overdue"}
        return {"op": "change", "kind": "change_plan", "target": self.random.choice(["free", "bare"])}

    def come_back(self) -> Operation:
        if self.account.card != "visa_ok" and self.random.random() < 0.8:
            return {"op": "use_card", "card": "visa_ok"}
        return {"op": "change", "kind": "reactivate", "target": self.random.choice(list(PRICES))}

    def advance(self) -> Operation:
        account, pick = self.account, self.random.random()
        dues = sorted(account.dues())
        if dues and pick < 0.3:
            seconds = self.random.choice(dues[:3]) - account.now + self.random.choice([0, 0, -1, 1])
        elif account.period is not None and account.status == "active" and pick < 0.5:
            seconds = account.period.ends - account.now + self.random.choice([-1, 0, 0, 1, 7201])
        else:
            odd = [1, 599, HOUR, 7 * HOUR + 13, DAY, 3 * DAY + 1, 9 * DAY, 33 * DAY, 70 * DAY]
            seconds = self.random.choice(odd)
        seconds = max(1, seconds)
        if self.random.random() < 0.25 and self.may_go_without_worker(seconds):
            return {"op": "advance", "seconds": seconds, "work": False}
        if account.status == "canceled":
            seconds = min(seconds, 9 * DAY)
        return {"op": "advance", "seconds": seconds, "work": True}

    def may_go_without_worker(self, seconds: int) -> bool:
        """Not where the rules are silent on an absent worker: ladders, and holds that run out."""
        account = self.account
        to = account.now + seconds
        holds = [hold.expires for hold in account.holds.values() if hold.open]
        graces = [grace for g in account.grants.values() if (grace := account.grace_end(g)) is not None]
        ends_held = [g.ends + 72 * HOUR for g in account.live() if g.held and g.ends is not None]
        if account.status not in ("active", None) or account.open_charges:
            return False
        if any(due <= to for due in holds + graces + ends_held):
            return False
        end = account.period.ends if account.period is not None else to
        return account.card == "visa_ok" or to < end
