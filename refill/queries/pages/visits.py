"""Who a signed-in user is, and where: resolved on every request, so that a lost role is lost at once."""

from __future__ import annotations

from dataclasses import dataclass

from refill.domain import ids
from refill.domain.roles import Right, Role, may
from refill.models import Membership


@dataclass(frozen=True, slots=True)
class Place:
    """A user's membership of one account."""

    member_id: int
    account_id: int
    account_name: str
    role: Role
    zone: str
    currency: str
    status: str
    livemode: bool
    clock_id: int | None

    @property
    def public_id(self) -> str:
        return ids.encode("acc", self.account_id)


@dataclass(frozen=True, slots=True)
class Visit:
    """A user, all their places, and the one they look at."""

    user_id: int
    name: str
    email: str
    places: tuple[Place, ...]
    place: Place | None
    is_operator: bool = False

    @property
    def initials(self) -> str:
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper()

    def may(self, right: Right) -> bool:
        """Say whether the user has the right in the account they look at (RULES §8)."""
        return self.place is not None and may(self.place.role, right)

    @property
    def can_change_billing(self) -> bool:
        return self.may(Right.CHANGE_BILLING)

    @property
    def can_see_money(self) -> bool:
        return self.may(Right.SEE_MONEY)

    @property
    def can_own(self) -> bool:
        return self.may(Right.OWN)

    @property
    def can_ask(self) -> bool:
        return self.may(Right.ASK)


def visit_of(*, user_id: int, name: str, email: str, account_id: int | None, is_operator: bool) -> Visit:
    """Return the visit. The account asked for is taken where the user belongs to it, else their first."""
    rows = (
        Membership.objects.filter(user_id=user_id, removed_at=None)
        .order_by("created_at", "id")
        .values_list(
            "id", "account_id", "account__name", "role", "account__timezone", "account__currency",
            "account__status", "account__livemode", "account__test_clock_id",
        )
    )  # fmt: skip
    places = tuple(
        Place(member, account, title, Role(role), zone, currency, status, live, clock_id)
        for member, account, title, role, zone, currency, status, live, clock_id in rows
    )
    chosen = next((place for place in places if place.account_id == account_id), places[0] if places else None)
    return Visit(user_id, name or email.partition("@")[0], email, places, chosen, is_operator)
