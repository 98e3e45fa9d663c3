"""Ordinary spends of many accounts in one transaction. Free of Django: the lane calls it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import pq

from refill.ledger.hot import Value, read_whole, statement, texts, truths, wholes

SPEND_TOGETHER = statement(
    "refill_spend_together",
    """select place, seq, balance, grant_id
         from ledger_spend_together($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
)


# Not frozen: a frozen record of twelve fields costs as much as reading the request.
@dataclass(slots=True)
class Wanted:
    """One spend, once for its key."""

    account_id: int
    credits: int
    key: str
    fingerprint: int
    kind: str
    reference: str | None
    member_id: int | None
    inbox_id: int | None
    number_id: int | None
    parts: int | None
    metadata: str | None
    livemode: bool


@dataclass(slots=True)
class Spend:
    """What became of one: drawn from one grant. No seq: somebody holds the account, and nothing was done."""

    seq: int | None
    balance: int
    grant_id: int


def values(wanted: Sequence[Wanted], *, wait: bool) -> list[Value]:
    """The parameters of SPEND_TOGETHER."""
    return [
        b"t" if wait else b"f",
        wholes(each.account_id for each in wanted),
        wholes(each.credits for each in wanted),
        texts(each.key for each in wanted),
        wholes(each.fingerprint for each in wanted),
        texts(each.kind for each in wanted),
        texts(each.reference for each in wanted),
        wholes(each.member_id for each in wanted),
        wholes(each.inbox_id for each in wanted),
        wholes(each.number_id for each in wanted),
        wholes(each.parts for each in wanted),
        texts(each.metadata for each in wanted),
        truths(each.livemode for each in wanted),
    ]


def outcomes(result: pq.abc.PGresult) -> Iterator[tuple[int, Spend]]:
    """Place in the order given, from 0, and what became of it. Those left out were not ordinary."""
    value = result.get_value
    for row in range(result.ntuples):
        seq = read_whole(value(row, 1))
        yield int(value(row, 0) or 0) - 1, Spend(seq, int(value(row, 2) or 0), int(value(row, 3) or 0))
