"""Where a payment's money lies once a change of plan has credited the unused rest of it (RULES §4.5, §9.5). Pure.

Minor units of lines throughout: a credit stands among the lines of the later order, before tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# (from order, to order): what the first one's money paid of the second one.
Passed = dict[tuple[int, int], int]


def last_first(amount_minor: int, payers: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Whose money a credit was: (order, minor units) of each payer, who come with the most that each can have given.
    The last paid for goes first, as the first granted is used first."""
    found = []
    for order_id, most_minor in payers:
        given = min(amount_minor, most_minor)
        if given > 0:
            found.append((order_id, given))
            amount_minor -= given
    return found


def way_of(order_id: int, amount_minor: int, passed: Mapping[tuple[int, int], int]) -> Passed:
    """Follow so much of an order's money to where it was credited, and on from there: what was credited is unspent, and
    is taken first. `passed` is what has not been taken back of each credit yet."""
    left, way = dict(passed), Passed()
    _follow(order_id, amount_minor, left, way)
    return way


def _follow(order_id: int, amount_minor: int, left: Passed, way: Passed) -> None:
    for step in [step for step in left if step[0] == order_id]:
        taken = min(amount_minor, left[step])
        if taken > 0:
            left[step] -= taken
            way[step] = way.get(step, 0) + taken
            amount_minor -= taken
            _follow(step[1], taken, left, way)


def lying_in(way: Mapping[tuple[int, int], int]) -> dict[int, int]:
    """What of it came to each later order and was not credited on from there."""
    found: dict[int, int] = {}
    for (source, target), amount_minor in way.items():
        found[target] = found.get(target, 0) + amount_minor
        found[source] = found.get(source, 0) - amount_minor
    return {order_id: amount_minor for order_id, amount_minor in found.items() if amount_minor > 0}
