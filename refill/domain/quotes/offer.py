"""What a quote offers: money lines with their working, tax, what recurs, and each grant before and after."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from refill.domain.taxes import Tax, TaxLine, tax_lines, with_tax


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the preview and of the invoice; a credit is negative."""

    description: str
    amount_minor: int
    working: str


@dataclass(frozen=True, slots=True)
class Recurring:
    amount_minor: int
    interval: str
    next_at: datetime


@dataclass(frozen=True, slots=True)
class GrantMove:
    """A grant at `effective_at`, as if nothing more were spent. A grant yet to be made has no id."""

    id: int | None
    source: str
    before: int
    after: int
    lost: int
    ends_at: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The exact consequences. `effect` is what the product does once the money is there."""

    kind: str
    title: str
    effective_at: datetime
    lines: tuple[Line, ...]
    tax_minor: int
    due_now_minor: int
    recurring: Recurring | None
    grants: tuple[GrantMove, ...]
    warnings: tuple[str, ...] = ()
    effect: dict[str, Any] = field(default_factory=dict)

    @property
    def before(self) -> int:
        return sum(move.before for move in self.grants)

    @property
    def after(self) -> int:
        return sum(move.after for move in self.grants)

    @property
    def gained(self) -> int:
        """Credits of the grants that it makes."""
        return sum(move.after for move in self.grants if move.id is None)


def add_tax(lines: tuple[Line, ...], tax: Tax) -> tuple[int, int]:
    """Return (tax, total due) of the lines of a quote, order and invoice, minor units."""
    return with_tax(sum(line.amount_minor for line in lines), tax)


def tax_lines_of(lines: tuple[Line, ...], tax: Tax) -> tuple[TaxLine, ...]:
    """The tax lines of a quote, order and invoice."""
    return tax_lines(sum(line.amount_minor for line in lines), tax)


def settle_owed(offer: Offer, owed: int) -> Offer:
    """What is owed is taken from the grants that it makes, before anything else can be (RULES §6.3, §9.5)."""
    moves = []
    for move in offer.grants:
        taken = min(owed, move.after) if move.id is None else 0
        owed -= taken
        said = f"{move.note}, less {taken:,} owed" if taken else move.note
        moves.append(replace(move, after=move.after - taken, note=said))
    return replace(offer, grants=tuple(moves))


def never_below_zero(lines: list[Line]) -> tuple[Line, ...]:
    """Credits are worth at most what they are set against: nothing is ever due below zero (RULES §4.5)."""
    excess = -sum(line.amount_minor for line in lines)
    kept = []
    for line in reversed(lines):
        cut = min(excess, -line.amount_minor) if excess > 0 and line.amount_minor < 0 else 0
        excess -= cut
        working = f"{line.working}; at most what is due" if cut else line.working
        kept.append(Line(line.description, line.amount_minor + cut, working))
    return tuple(reversed(kept))


def credited_by(lines: tuple[Line, ...], kinds: list[str]) -> dict[str, int]:
    """What the last lines, one for each of these kinds, credit of earlier payments, minor units."""
    last = lines[len(lines) - len(kinds) :]
    return {kind: -line.amount_minor for kind, line in zip(kinds, last, strict=True) if line.amount_minor}
