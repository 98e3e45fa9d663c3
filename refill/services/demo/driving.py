"""What a visitor of the demo may do to an account that lives by a test clock: let time pass, and send many texts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from refill.domain.errors import Invalid
from refill.domain.records import BatchItem
from refill.services import credits
from refill.services.chores import clocks

Step = Literal["hour", "week", "reset"]
STEPS: dict[Step, timedelta] = {"hour": timedelta(hours=1), "week": timedelta(days=7)}
# Above it, each text of "until dry" has several parts, so that a year's credits go in one request too.
MOST_TEXTS = 2_000
TOO_MANY = 12


def move_on(*, account_id: int, clock_id: int, step: Step) -> datetime:
    """Move the clock by a step, everything due on the way done, and return what it shows then.

    Raises Invalid for a reset where none is coming, Conflict while somebody else moves it.
    """
    balance = credits.balance(account_id=account_id)
    to = balance.resets_at if step == "reset" else balance.at + STEPS[step]
    if to is None:
        raise Invalid("No reset is coming: there is no plan.", param="step")
    clocks.advance(clock_id=clock_id, to=to)
    return credits.balance(account_id=account_id).at


def send_texts(*, account_id: int, count: int | None) -> tuple[int, int]:
    """Send so many texts of one part; without a count, some more than there are credits for.

    Returns how many went out and how many were refused. Raises AccountClosed.
    """
    sizes = [1] * count if count is not None else _more_than(credits.balance(account_id=account_id).available)
    burst = secrets.token_hex(8)
    items = [_text(f"demo-burst-{burst}-{place}", size) for place, size in enumerate(sizes)]
    outcome = credits.spend_batch(account_id=account_id, items=items, mode="partial")
    sent = sum(1 for status, _ in outcome.results if status == "spent")
    return sent, len(items) - sent


def _more_than(available: int) -> list[int]:
    """Texts' parts that use up all that is there, and then some texts too many."""
    parts = available // MOST_TEXTS + 1
    return [parts] * (available // parts) + [1] * (available % parts + TOO_MANY)


def _text(key: str, parts: int) -> BatchItem:
    fingerprint = int.from_bytes(sha256(key.encode()).digest()[:8]) >> 1
    return BatchItem(key, fingerprint, parts, "text", "demo broadcast")
