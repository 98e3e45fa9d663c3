"""Warnings at 20 %, 10 % and 0: once for each crossing, armed anew by a refill (RULES §6.1).

A debit that takes the balance below what the account watches leaves a crossing. What is watched is the higher of the
next warning and what auto-recharge waits for, so that a debit compares with one number.
"""

from __future__ import annotations

from refill.domain.records import BalanceRead
from refill.ledger import balances, refills
from refill.models import Warned
from refill.services.money.notices import credits
from refill.services.recording import emit


def watch(account_id: int, recharge_below: int | None) -> None:
    """Have debits noticed that reach the next warning, or leave less than auto-recharge waits for."""
    refill = refills.last_refill(account_id)
    warned = Warned.objects.filter(account_id=account_id, seq=refill.seq).first()
    wanted = [below for below in (recharge_below, refill.next_below(warned.percent if warned else None)) if below]
    balances.watch(account_id, max(wanted, default=None))


def look(account_id: int, balance: BalanceRead) -> None:
    """Tell what the balance has fallen to since the last refill: the lowest level only, where several were passed at
    once. Within the transaction that holds the account."""
    refill = refills.last_refill(account_id)
    warned, _ = Warned.objects.get_or_create(account_id=account_id)
    if warned.seq != refill.seq:
        warned.seq, warned.percent = refill.seq, None
    percent = refill.reached(balance.available, warned.percent) if refill.credits else None
    if percent is not None:
        warned.percent = percent
        kind = "credits.low" if balance.available else "credits.exhausted"
        emit(account_id, balance.at, kind, available=balance.available, percent=percent, of=refill.credits)
        credits.low(account_id, balance, refill, percent)
    warned.save()
