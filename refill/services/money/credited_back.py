"""How what a change of plan credited is taken back together with the payment that it was a part of (RULES §4.6, §9.5).

What was credited is unspent, so it goes first: of the credits that it bought, in proportion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import F
from django.db.models.functions import Greatest

from refill.domain.credited_on import Passed, lying_in, way_of
from refill.domain.money import ceil_div
from refill.domain.refunds import PaidGrant
from refill.models import Order, Period
from refill.services.money.credited_on import left_of
from refill.services.money.payments import Paid, bought_by, for_credits, grants_of_order


@dataclass(frozen=True, slots=True)
class Part:
    """So much of what an order sold: `share` of its credits, and `plan_minor` of what is paid for its period."""

    share: Fraction
    grants: tuple[PaidGrant, ...] = ()
    period_id: int | None = None
    plan_minor: int = 0

    def credits_of(self, grant: PaidGrant) -> int:
        """Its share of a grant."""
        return ceil_div(grant.amount * self.share.numerator, self.share.denominator)

    def takes_of(self, grant: PaidGrant) -> int:
        """What of it is unspent."""
        return min(grant.left, self.credits_of(grant))


def way(paid: Paid, amount_minor: int) -> Passed:
    """Where so much of a payment, with tax, was credited to, as far as it has not been taken back before."""
    order, payment = paid.order, paid.payment
    is_whole = amount_minor == payment.most_minor
    lines_minor = payment.lines_minor if is_whole else amount_minor * payment.lines_minor // payment.total_minor
    return way_of(order.pk, lines_minor, left_of(order.account_id))


def rest(paid: Paid, amount_minor: int, way: Passed) -> Fraction:
    """The share of the order's own credits that so much of its payment, less what went that way, is for."""
    payment, order = paid.payment, paid.order
    if amount_minor == payment.most_minor and not order.credited_from:
        return Fraction(1)
    own = Fraction(amount_minor * payment.lines_minor, payment.total_minor)
    own -= sum(amount for (source, _), amount in way.items() if source == order.pk)
    return max(Fraction(0), own / _worth(order))


def parts(account_id: int, way: Mapping[tuple[int, int], int]) -> list[Part]:
    """What later orders sold for it."""
    return [_part(account_id, order_id, amount) for order_id, amount in lying_in(way).items()]


def move_paid(account_id: int, parts: Iterable[Part], sign: int) -> None:
    """What was taken back is no longer paid for the later periods either (-1), or is again (1)."""
    for part in parts:
        if part.period_id is not None:
            Period.objects.filter(account_id=account_id, pk=part.period_id).update(
                paid_minor=Greatest(0, F("paid_minor") + sign * part.plan_minor)
            )


def written(way: Passed) -> list[list[int]]:
    """The rows that keep it."""
    return [[source, target, amount] for (source, target), amount in way.items()]


def read(rows: Iterable[list[int]]) -> Passed:
    """What rows have kept."""
    return {(source, target): amount for source, target, amount in rows}


def _part(account_id: int, order_id: int, amount_minor: int) -> Part:
    order = Order.objects.select_related("period").get(account_id=account_id, pk=order_id)
    bought, worth = bought_by(order), _worth(order)
    plan_minor = amount_minor * min(worth, for_credits(order, bought, worth)) // worth
    period_id = bought[-1].period.pk if bought else order.plan.get("period")
    return Part(Fraction(amount_minor, worth), grants_of_order(order, bought), period_id, plan_minor)


def _worth(order: Order) -> int:
    """What was paid for what the order sold, by its charge and by credits."""
    return sum(int(line["amount_minor"]) for line in order.lines) + sum(int(row[1]) for row in order.credited_from)
