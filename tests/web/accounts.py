"""Accounts for the tests of pages: made by the services, each with its own clock, team and history."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from refill.domain import ids
from refill.domain.records import Actor, QuoteRequest
from refill.domain.roles import Role
from refill.models import Membership, Pack, Price, User
from refill.services import accounts, credits, orders
from refill.services.chores import clocks
from refill.services.money import cards, quotes
from refill.services.office import operators
from refill.services.selling import standard
from refill.services.team import people

PASSWORD = "a long enough password"
OPERATOR = Actor("platform")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Team:
    """An account with one member of each role."""

    account_id: int
    clock_id: int
    emails: dict[Role, str]
    members: dict[Role, int]

    def user(self, role: Role) -> User:
        return User.objects.get(email=self.emails[role])

    def actor(self, role: Role) -> Actor:
        return Actor(f"{role.value} of the test", role, self.user(role).pk)


def price_id(plan: str, credits_: int, interval: str = "month") -> int:
    return Price.objects.get(plan__code=plan, credits=credits_, interval=interval, mode="both").pk


def make_team(
    *,
    plan: str = "growth",
    credits_: int = 1_000,
    interval: str = "month",
    start: datetime = datetime(2027, 2, 22, 14, 0, tzinfo=UTC),
    days: int = 16,
    a_day: int = 30,
    pack: int = 0,
    name: str = "Northwind Dental",
    card: str = "visa_ok",
    owner_name: str = "Ann Okafor",
    price: int | None = None,
    currency: str = "usd",
) -> Team:
    """Begin at `start`, use `a_day` for so many days, and buy one pack on the way where `pack` names its credits."""
    standard.ensure()
    number = next(_numbers)
    emails = {role: f"{role.value}{number}@web.example" for role in Role}
    clock_id = clocks.create(now=start)
    account_id = accounts.create(
        actor=OPERATOR, name=name, timezone="America/New_York", currency=currency, livemode=False,
        owner_email=emails[Role.OWNER], owner_name=owner_name, price_id=price or price_id(plan, credits_, interval),
        clock_id=clock_id, card=card,
    ).account_id  # fmt: skip
    names = {Role.ADMIN: "Ben Ruiz", Role.MANAGER: "Cora Lind", Role.MEMBER: "Dan Mensah", Role.OBSERVER: "Eve Park"}
    for role, called in names.items():
        people.add_member(account_id=account_id, actor=OPERATOR, email=emails[role], name=called, role=role)
    found = Membership.objects.filter(account_id=account_id).values_list("role", "id")
    team = Team(account_id, clock_id, emails, {Role(role): member for role, member in found})
    for day in range(days):
        clocks.advance(clock_id=clock_id, to=start + timedelta(days=day + 1))
        if pack and day == days - 3:
            buy(team, pack)
        if a_day:
            credits.spend(
                account_id=account_id, credits=a_day, key=f"day {day}", fingerprint=day, kind="text",
                member_id=team.members[Role.MEMBER] if day % 2 else team.members[Role.OWNER], parts=2,
            )  # fmt: skip
    return team


def make_operator() -> User:
    """Somebody of the office, with a password; each time another."""
    email = f"operator{next(_numbers)}@office.example"
    operators.add(email=email, name="Olive Marsh", actor=OPERATOR)
    people.give_logins(emails=[email], password=PASSWORD)
    return User.objects.get(email=email)


def buy(team: Team, credits_: int, card: str = "") -> str:
    """Buy a pack with the usual card, or with one that is added; return the order's id as pages have it."""
    owner = team.actor(Role.OWNER)
    method = cards.add_sandbox(account_id=team.account_id, actor=owner, card=card) if card else None
    pack = Pack.objects.get(credits=credits_, mode="both", currency="usd").pk
    return order(team, QuoteRequest(kind="buy_credits", pack_id=pack, payment_method_id=method))


def order(team: Team, request: QuoteRequest) -> str:
    """Quote and confirm; return the order's id as pages have it."""
    quote_id, owner = ids.decode("quo", quote(team, request))[0], team.actor(Role.OWNER)
    key = f"order {next(_numbers)}"
    done = orders.confirm(account_id=team.account_id, quote_id=quote_id, actor=owner, key=key)
    return ids.encode("ord", done)


def quote(team: Team, request: QuoteRequest) -> str:
    """Store an offer and return its id as pages have it."""
    made = quotes.create(account_id=team.account_id, actor=team.actor(Role.OWNER), request=request)
    return ids.encode("quo", made)


def pay_with(team: Team, card: str) -> None:
    """From now on renewals go to this sandbox card."""
    owner = team.actor(Role.OWNER)
    method = cards.add_sandbox(account_id=team.account_id, actor=owner, card=card)
    cards.update(account_id=team.account_id, actor=owner, card_id=method, default=True)


def run_dry(team: Team) -> None:
    """Use all that is left."""
    left = credits.balance(account_id=team.account_id).available
    if left:
        credits.spend(account_id=team.account_id, credits=left, key="all of it", fingerprint=9, kind="text")
