"""What goes back of a payment, and how it is written down (RULES §9.5). Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from refill.domain.money import ceil_div, floor_div, half_up, say_money

Reason = Literal["customer", "operator"]


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What so many credits are published for: minor units for credits, an exact price a credit."""

    amount_minor: int
    credits: int


@dataclass(frozen=True, slots=True)
class PaidGrant:
    """A grant that a payment paid for. What is held counts as used; `left` can be taken back."""

    id: int
    source: str
    amount: int
    left: int
    spent: int
    held: int
    started: bool
    revoked: int
    recalled: bool

    @property
    def used(self) -> int:
        return self.spent + self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A settled charge. `lines_minor` is the sum of its lines, `credits_minor` what of it was for the credits;
    `returned_minor` was given back before, or is being, `extras_returned_minor` of it for extras that were removed;
    `disputed_minor` has been taken by the customer's bank. `used_before`: credits that it paid for and that were used
    before they were granted (advances). `credited_minor`: what a later change of plan gave for its unused rest already.
    """

    total_minor: int
    tax_minor: int
    lines_minor: int
    credits_minor: int
    currency: str
    returned_minor: int = 0
    disputed_minor: int = 0
    grants: tuple[PaidGrant, ...] = ()
    used_before: int = 0
    credited_minor: int = 0
    dearest: UnitPrice | None = None
    extras_returned_minor: int = 0

    @property
    def most_minor(self) -> int:
        """What can be given back at all."""
        return self.total_minor - self.gone_minor

    @property
    def gone_minor(self) -> int:
        return self.returned_minor + self.disputed_minor

    @property
    def used(self) -> int:
        return self.used_before + sum(grant.used for grant in self.grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOffer:
    """Exactly what a refund does. `takes` are credits taken back of each grant; `mark` names this very offer."""

    order_id: int
    reason: Reason
    amount_minor: int
    tax_minor: int
    currency: str
    most_minor: int
    working: str
    takes: tuple[tuple[int, int], ...]
    keeps_credits: bool
    available_before: int
    available_after: int
    warnings: tuple[str, ...] = ()
    mark: str = field(default="", compare=False)


def at_wish(paid: Payment) -> tuple[int, str]:
    """Return (minor units with tax, working): the price less what was used at the dearest published price a credit,
    never below zero, less what was given back before. Rounded down, once."""
    used, unit = paid.used, paid.dearest
    spent_minor = ceil_div(used * unit.amount_minor, unit.credits) if unit else 0
    worth_minor = max(0, paid.credits_minor - spent_minor - paid.credited_minor)
    gross_minor = floor_div(worth_minor * paid.total_minor, paid.lines_minor) if paid.lines_minor else 0
    gone_minor = max(0, paid.gone_minor - paid.extras_returned_minor)
    amount_minor = max(0, min(gross_minor - gone_minor, paid.most_minor))
    said = f"{say_money(paid.credits_minor, paid.currency)} for the credits"
    if used and unit:
        each = f"{say_money(unit.amount_minor, paid.currency)} ÷ {unit.credits:,}"
        said += f" − {used:,} used × {each}"
    if paid.credited_minor:
        said += f" − {say_money(paid.credited_minor, paid.currency)} credited by a later change"
    if used or paid.credited_minor:
        said += f" = {say_money(worth_minor, paid.currency)}"
    if paid.total_minor != paid.lines_minor:
        said += f", with tax {say_money(gross_minor, paid.currency)}"
    if gone_minor:
        said += f", less {say_money(gone_minor, paid.currency)} given back before"
    return amount_minor, said


def tax_within(paid: Payment, amount_minor: int) -> int:
    """The tax within a part given back now, so that all parts together hold all of the tax, to the minor unit."""
    before, after = paid.gone_minor, paid.gone_minor + amount_minor
    return _tax_until(paid, after) - _tax_until(paid, before)


def _tax_until(paid: Payment, returned_minor: int) -> int:
    return half_up(paid.tax_minor * returned_minor, paid.total_minor)


def credited_lines(
    description: str, working: str, amount_minor: int, tax_minor: int, tax_lines: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines and tax lines of a credit note, in the manner of its invoice: tax on top, or within."""
    is_added = any(line["added_minor"] > 0 for line in tax_lines)
    line = {
        "description": description, "amount_minor": amount_minor - (tax_minor if is_added else 0), "working": working,
    }  # fmt: skip
    taxes = [
        {**row, "base_minor": amount_minor - tax_minor, "amount_minor": tax_minor,
         "added_minor": tax_minor if is_added else 0}
        for row in tax_lines
    ]  # fmt: skip
    return [line], taxes


def mark_of(offer: RefundOffer) -> str:
    """The same for the same offer alone: what was previewed is what is done."""
    facts = (offer.order_id, offer.reason, offer.amount_minor, offer.tax_minor, offer.most_minor, offer.takes,
             offer.keeps_credits)  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
