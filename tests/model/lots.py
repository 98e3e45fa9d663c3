"""The credit half of the model: grants, holds, spends and entries of one account (RULES §2)."""

from dataclasses import dataclass, field
from typing import Any

HOLD_GRACE_SECONDS = 72 * 3600
MOST_CREDITS = 2**63 - 1
RANK = {"allowance": 0, "promotion": 1, "adjustment": 2, "purchase": 3, "recharge": 3}


class Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Grant:
    id: int
    source: str
    amount: int
    starts: int
    ends: int | None
    cause: str
    remaining: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    revoked: int = 0
    begun: bool = False
    ended: bool = False
    closed: bool = False  # an advance whose charge was declined: nothing returns to it
    deducted: int = 0  # of a closed advance: what a later paid allowance has made up for

    def burn_key(self) -> tuple[bool, int, int, int, int]:
        return (self.ends is None, self.ends or 0, RANK[self.source], self.starts, self.id)


@dataclass
class Hold:
    expires: int
    parts: list[list[int]]  # [grant id, credits] in the order drawn
    open: bool = True


@dataclass
class Spend:
    content: tuple[int, str]
    parts: list[list[int]]
    answer: dict[str, object]
    reversed: int = 0


@dataclass
class Lots:
    now: int
    grants: dict[int, Grant] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    spends: dict[str, Spend] = field(default_factory=dict)
    entries: list[tuple[str, int, int]] = field(default_factory=list)  # kind, credits, balance after
    available: int = 0
    serial: int = 0

    # what the other half of the model overrides
    def catch_up(self) -> None:
        self.turn_grants()
        self.lapse_holds()

    def admit(self) -> None:
        """Refuse where the account may not use credits."""

    # entries and grants
    def write(self, kind: str, credits: int) -> None:
        self.available += credits
        self.entries.append((kind, credits, self.available))

    def add_grant(self, source: str, credits: int, starts: int, ends: int | None, cause: str) -> Grant | None:
        if credits <= 0:
            return None
        self.serial += 1
        grant = Grant(self.serial, source, credits, starts, ends, cause)
        self.grants[grant.id] = grant
        self.turn_grants()
        return grant

    def turn_grants(self) -> None:
        """Start and end the grants whose instant has come."""
        for grant in self.grants.values():
            if not grant.begun and grant.starts <= self.now:
                grant.begun, grant.remaining = True, grant.amount
                self.write("grant", grant.amount)
            if grant.begun and not grant.ended and grant.ends is not None and grant.ends <= self.now:
                self.end_grant(grant)

    def end_grant(self, grant: Grant) -> None:
        grant.ended = True
        if grant.ends is None or grant.ends > self.now:
            grant.ends = self.now
        if grant.remaining:
            self.write("expire", -grant.remaining)
        grant.expired, grant.remaining = grant.expired + grant.remaining, 0

    def close_advance(self, grant: Grant) -> None:
        grant.closed = True
        if grant.remaining:
            self.write("revoke", -grant.remaining)
        grant.revoked, grant.remaining = grant.revoked + grant.remaining, 0

    def live(self) -> list[Grant]:
        return [g for g in self.grants.values() if g.begun and not g.ended]

    def remaining_of(self, *sources: str) -> int:
        return sum(g.remaining for g in self.live() if g.source in sources)

    def held(self) -> int:
        return sum(g.held for g in self.grants.values())

    def draw(self, credits: int) -> list[list[int]]:
        if self.available < credits:
            raise Refused("insufficient_credits")
        parts = []
        for grant in sorted(self.live(), key=Grant.burn_key):
            taken = min(grant.remaining, credits)
            if taken:
                grant.remaining, credits = grant.remaining - taken, credits - taken
                parts.append([grant.id, taken])
        return parts

    def put_back(self, grant: Grant, credits: int, kind: str) -> None:
        """Return credits to their grant; an ended one lets them expire, a closed advance revokes them."""
        self.write(kind, credits)
        if grant.ended:
            grant.expired += credits
            self.write("expire", -credits)
        elif grant.closed:
            grant.revoked += credits
            self.write("revoke", -credits)
        else:
            grant.remaining += credits

    # spends
    def spend(self, key: str, credits: int, content: str = "") -> dict[str, object]:
        if not 1 <= credits <= MOST_CREDITS:
            raise Refused("invalid")
        if key in self.spends:
            if self.spends[key].content != (credits, content):
                raise Refused("idempotency_mismatch")
            return {**self.spends[key].answer, "replayed": True}
        self.catch_up()
        self.admit()
        parts = self.draw(credits)
        for grant_id, taken in parts:
            self.grants[grant_id].spent += taken
        for _, taken in parts:
            self.write("spend", -taken)
        answer: dict[str, object] = {
            "credits": credits,
            "balance": self.available,
            "taken": sorted([self.grants[i].source, n] for i, n in parts),
        }
        self.spends[key] = Spend((credits, content), parts, answer)
        return dict(answer)

    def spend_batch(self, items: list[list[Any]], mode: str) -> dict[str, object]:
        """In order; of a key that stands there twice the first item is the spend, and the others are replays of it."""
        self.catch_up()
        first: dict[str, int] = {}
        words = []
        for key, credits in items:
            if key in self.spends:
                words.append("replayed" if self.spends[key].content == (credits, "") else "mismatch")
            else:
                words.append("again" if key in first else "new")
                if first.setdefault(key, credits) != credits:
                    words[-1] = "mismatch"
        if first:
            self.admit()
        if mode == "all_or_nothing" and "mismatch" in words:
            raise Refused("idempotency_mismatch")
        if mode == "all_or_nothing" and sum(first.values()) > self.available:
            raise Refused("insufficient_credits")
        for at, (key, credits) in enumerate(items):
            if words[at] == "new":
                words[at] = "spent" if credits <= self.available else "insufficient"
                if words[at] == "spent":
                    self.spend(key, credits)
            elif words[at] == "again":
                words[at] = "replayed" if key in self.spends else "insufficient"
        return {"results": words, "balance": self.available}

    def reverse(self, key: str, credits: int | None = None) -> dict[str, object]:
        """A part is given back last drawn first."""
        if key not in self.spends:
            raise Refused("unknown")
        self.catch_up()
        spend = self.spends[key]
        left = spend.content[0] - spend.reversed
        wanted = left if credits is None else credits
        if not 1 <= wanted <= left:
            raise Refused("invalid")
        spend.reversed += wanted
        for part in reversed(spend.parts):
            back = min(part[1], wanted)
            part[1], wanted = part[1] - back, wanted - back
            if back:
                self.grants[part[0]].spent -= back
                self.put_back(self.grants[part[0]], back, "reverse")
        return {"credits": spend.content[0] - spend.reversed}

    # holds
    def hold(self, key: str, credits: int, expires_in: int) -> dict[str, object]:
        if not 1 <= credits <= MOST_CREDITS:
            raise Refused("invalid")
        self.catch_up()
        self.admit()
        parts = self.draw(credits)
        for grant_id, taken in parts:
            self.grants[grant_id].held += taken
            self.write("hold", -taken)
        self.holds[key] = Hold(self.now + expires_in, parts)
        return {"credits": credits}

    def capture(self, key: str, credits: int | None = None) -> dict[str, object]:
        """Captured in the order drawn; what is not captured is released in the same step."""
        hold = self.open_hold(key)
        wanted = sum(n for _, n in hold.parts) if credits is None else credits
        if not 1 <= wanted <= sum(n for _, n in hold.parts):
            raise Refused("invalid")
        captured, hold.open = wanted, False
        for grant_id, held in hold.parts:
            grant, used = self.grants[grant_id], min(held, wanted)
            wanted -= used
            grant.held, grant.spent = grant.held - held, grant.spent + used
            if used:
                self.write("capture", 0)
            if held > used:
                self.put_back(grant, held - used, "release")
        return {"credits": captured}

    def release(self, key: str) -> dict[str, object]:
        self.end_hold(self.open_hold(key))
        return {}

    def open_hold(self, key: str) -> Hold:
        self.catch_up()
        self.lapse_holds()
        hold = self.holds.get(key)
        if hold is None:
            raise Refused("unknown")
        if not hold.open:
            raise Refused("hold_ended")
        return hold

    def end_hold(self, hold: Hold) -> None:
        hold.open = False
        for grant_id, held in hold.parts:
            self.grants[grant_id].held -= held
            self.put_back(self.grants[grant_id], held, "release")

    def grace_end(self, grant: Grant) -> int | None:
        return (grant.ends or 0) + HOLD_GRACE_SECONDS if grant.ended and grant.held else None

    def lapse_holds(self) -> None:
        """Holds that ran out are released; parts of a grant ended 72 h ago leave their hold."""
        for hold in [h for h in self.holds.values() if h.open]:
            if hold.expires <= self.now:
                self.end_hold(hold)
                continue
            for part in list(hold.parts):
                grant = self.grants[part[0]]
                grace = self.grace_end(grant)
                if grace is not None and grace <= self.now:
                    hold.parts.remove(part)
                    grant.held -= part[1]
                    self.put_back(grant, part[1], "release")
            hold.open = bool(hold.parts)

    def check(self) -> None:
        """The invariants that hold after every step."""
        for g in self.grants.values():
            parts = (g.remaining, g.held, g.spent, g.expired, g.revoked)
            assert min(parts) >= 0, g
            assert not g.begun or sum(parts) == g.amount, g
        assert self.available == sum(g.remaining for g in self.grants.values()) >= 0
        assert self.available == sum(credits for _, credits, _ in self.entries)
        in_holds = sum(n for h in self.holds.values() if h.open for _, n in h.parts)
        assert self.held() == in_holds, (self.held(), in_holds)
