"""Seats and phone numbers: how many there are, how many are used, and what stands empty (RULES §4, Add-ons)."""

from __future__ import annotations

from dataclasses import dataclass

from refill.domain.roles import Role

# A plan that names no limit has none.
UNLIMITED = 1_000_000


def takes_seat(role: Role) -> bool:
    """Observers are free."""
    return role is not Role.OBSERVER


@dataclass(frozen=True, slots=True)
class Places:
    """Seats, or numbers: `included` in the plan, `paid` beyond it now, `at_renewal` after removals; `used`, and
    `promised` to people who are invited."""

    included: int
    paid: int
    at_renewal: int
    used: int
    promised: int = 0

    @property
    def is_limited(self) -> bool:
        return self.included < UNLIMITED

    @property
    def total(self) -> int:
        return self.included + self.paid

    @property
    def free(self) -> int:
        """How many more fit for good: one that ends with the period is given to nobody. Below zero where more is used
        than there is."""
        return self.included + self.at_renewal - self.used - self.promised

    @property
    def unused_paid(self) -> int:
        """How many would be paid for at the renewal though nobody uses them."""
        return max(0, min(self.at_renewal, self.free))

    @property
    def ending(self) -> int:
        """How many are paid until the renewal and not after; that can be undone until then."""
        return self.paid - self.at_renewal
