"""Spending, holding, granting and giving back credits: thin words around one SQL call each (RULES §2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from refill.domain.errors import (
    AccountClosed,
    Conflict,
    HoldEnded,
    IdempotencyMismatch,
    Invalid,
    Unknown,
)
from refill.domain.money import say_count
from refill.domain.records import (
    Actor,
    BalanceRead,
    BatchItem,
    BatchOutcome,
    Held,
    HoldEnd,
    Reversal,
    Spent,
)
from refill.ledger import grants, holds, spending
from refill.ledger.rows import pairs
from refill.models import Account, Entry, Hold
from refill.services import periods
from refill.services.entering import entered, read_balance
from refill.services.money import recharge_facts, recharging
from refill.services.recording import audit, emit, made

MOST_HOLD_SECONDS = 30 * 86_400


def balance(*, account_id: int) -> BalanceRead:
    """The kept totals, boundaries' credit work done first."""
    return read_balance(account_id)


def spend(
    *, account_id: int, credits: int, key: str | None, fingerprint: int, kind: str, reference: str | None = None,
    member_id: int | None = None, inbox_id: int | None = None, number_id: int | None = None, parts: int | None = None,
    metadata: Any = None, livemode: bool | None = None,
) -> Spent:  # fmt: skip
    """Spend credits, once for each key; given a mode, only of an account of that mode.

    Raises InsufficientCredits, IdempotencyMismatch, AccountClosed, Unknown.
    """

    def once() -> dict[str, Any]:
        return spending.spend(
            account_id, credits=credits, key=key, fingerprint=fingerprint, kind=kind, reference=reference,
            member_id=member_id, inbox_id=inbox_id, number_id=number_id, parts=parts, metadata=metadata,
            livemode=livemode,
        )  # fmt: skip

    row = once()
    if row["status"] not in ("spent", "replayed"):
        row = _settled(account_id, row, once)
        _refuse(account_id, row, credits)
    _after_debit(account_id, row)
    return Spent(row["seq"], credits, row["balance"], pairs(row["taken"]), row["status"] == "replayed")


def spend_batch(*, account_id: int, items: Sequence[BatchItem], mode: str) -> BatchOutcome:
    """Spend many at once; all or nothing, or as many in order as fit (`partial`)."""

    def once() -> dict[str, Any]:
        return spending.spend_batch(account_id, items, mode)

    row = _settled(account_id, once(), once)
    if row["status"] == "mismatch":
        bad = [index for index, result in enumerate(row["results"]) if result == "mismatch"]
        raise IdempotencyMismatch(
            "A key of this batch was used for another spend.", param=f"items[{bad[0]}].key", items=bad
        )
    _refuse(account_id, row, row["required"])
    _after_debit(account_id, row)
    return BatchOutcome(row["balance"], tuple(zip(row["results"], row["seqs"], strict=True)))


def hold(
    *, account_id: int, credits: int, key: str | None, fingerprint: int, expires_in_seconds: int | None = None,
    reference: str | None = None,
) -> Held:  # fmt: skip
    """Set credits aside until captured, released or, at the latest, `expires_in_seconds` (at most 30 days) from now."""
    seconds = MOST_HOLD_SECONDS if expires_in_seconds is None else expires_in_seconds
    if not 1 <= seconds <= MOST_HOLD_SECONDS:
        raise Invalid(f"expires_in is 1 to {MOST_HOLD_SECONDS} seconds.", param="expires_in")
    expires_at = read_balance(account_id).at + timedelta(seconds=seconds)

    def once() -> dict[str, Any]:
        return holds.hold(
            account_id, credits=credits, key=key, fingerprint=fingerprint, expires_at=expires_at, reference=reference
        )

    row = _settled(account_id, once(), once)
    _refuse(account_id, row, credits)
    _after_debit(account_id, row)
    return Held(row["hold_id"], row["balance"], row["status"] == "replayed")


def capture(*, account_id: int, hold_id: int, credits: int | None = None) -> HoldEnd:
    """Spend what a hold set aside, or a part; the rest is released. Raises HoldEnded, Invalid (too much), Unknown."""
    _demand_own(account_id, hold_id)
    row = holds.capture(account_id, hold_id, credits)
    if row["status"] == "too_much":
        raise Invalid(f"The hold has {row['captured']} credits left.", param="credits", held=row["captured"])
    _refuse_hold(row)
    return HoldEnd(hold_id, row["state"], row["captured"], row["balance"], row["seq"])


def release(*, account_id: int, hold_id: int) -> HoldEnd:
    """Give back what a hold set aside. Raises HoldEnded, Unknown."""
    _demand_own(account_id, hold_id)
    row = holds.release(account_id, hold_id)
    _refuse_hold(row)
    return HoldEnd(hold_id, row["state"], 0, row["balance"])


def reverse(*, account_id: int, seq: int, credits: int | None = None, reason: str, actor: Actor) -> Reversal:
    """Give back what a spend took, at most what is unreversed (RULES §2.9); never a message's: the product does."""
    with entered(account_id) as now:
        back = give_back(now, account_id=account_id, seq=seq, credits=credits, reason=reason, actor=actor)
        made(back.seq)
        return back


def give_back(
    now: BalanceRead, *, account_id: int, seq: int, credits: int | None = None, reason: str, actor: Actor
) -> Reversal:
    """The same within the transaction that holds the account. Raises Unknown, Conflict for a message's, Invalid."""
    entry = Entry.objects.filter(account_id=account_id, seq=seq).first()
    if entry is None or entry.kind not in ("spend", "capture") or entry.first_seq is not None:
        raise Unknown("There is no such usage in this account.")
    if entry.message_id is not None:
        raise Conflict("The spend of a message is given back by the product when the carrier refuses it.")
    after_end = periods.policy_in_force(account_id).reverse_after_end
    row = spending.reverse(account_id, seq, credits, after_end, reason, actor.label)
    if row["status"] == "too_much":
        left = row["reversed"]
        raise Invalid(
            f"{say_count(left, 'credit')} of it {'is' if left == 1 else 'are'} not given back yet.",
            param="credits",
            unreversed=left,
        )
    audit(account_id, now.at, actor, "usage.reversed", subject=str(seq), after={"credits": row["reversed"]})
    return Reversal(row["seq"], row["reversed"], row["balance"])


def grant(
    *, account_id: int, actor: Actor, credits: int, source: str, starts_at: datetime | None = None,
    ends_at: datetime | None = None, reason: str,
) -> int:  # fmt: skip
    """The operator gives credits: a promotion or an adjustment; return the grant. Raises Invalid for a past end."""
    if source not in ("promotion", "adjustment"):
        raise Invalid("source is promotion or adjustment.", param="source")
    with entered(account_id) as now:
        grant_id = give(
            now, account_id=account_id, actor=actor, credits=credits, source=source, starts_at=starts_at,
            ends_at=ends_at, reason=reason,
        )  # fmt: skip
        made(grant_id)
        return grant_id


def give(
    now: BalanceRead, *, account_id: int, actor: Actor, credits: int, source: str, starts_at: datetime | None = None,
    ends_at: datetime | None = None, reason: str,
) -> int:  # fmt: skip
    """Give credits within the transaction that holds the account. Raises Invalid for a past end, Conflict."""
    if Account.objects.get(pk=account_id).status == "purged":
        raise Conflict("This account is gone.")
    starts = starts_at if starts_at is not None and starts_at > now.at else None
    _, grant_id = grants.grant(
        account_id, source=source, credits=credits, starts_at=starts, ends_at=ends_at, reason=reason,
        actor=actor.label,
    )  # fmt: skip
    if grant_id is None:
        raise Invalid("ends_at must lie after the start, in the future.", param="ends_at")
    audit(account_id, now.at, actor, "credits.granted", subject=str(grant_id), after={"credits": credits})
    emit(account_id, now.at, "credits.refilled", grant=grant_id, credits=credits)
    return grant_id


def _settled(account_id: int, row: dict[str, Any], again: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Stored periods did not reach to now: store more, then ask again."""
    if row["status"] != "periods_needed":
        return row
    with entered(account_id):
        pass
    return again()


def _after_debit(account_id: int, row: dict[str, Any]) -> None:
    """A debit that left less than is watched for, or was refused, is looked at (RULES §5.3)."""
    if row["watched"] is not None and (row["balance"] < row["watched"] or "insufficient" in row.get("results", ())):
        recharging.after_debit(account_id)


def _refuse(account_id: int, row: dict[str, Any], required: int) -> None:
    status = row["status"]
    if status == "insufficient":
        if row["watched"] is not None:
            recharging.after_debit(account_id)
        raise recharge_facts.shortage(account_id, required, row["balance"])
    if status == "mismatch":
        raise IdempotencyMismatch("This key was used for another request. Use a new key for a new spend.")
    if status == "closed":
        raise AccountClosed(f"The account is {row['closed']}: it can be read, not spent from.", status=row["closed"])
    if status == "unknown_account":
        raise Unknown("There is no such account.")


def _demand_own(account_id: int, hold_id: int) -> None:
    """Raises Conflict for the hold of a text or broadcast: the product ends it, by what the carrier says."""
    found = Hold.objects.filter(account_id=account_id, pk=hold_id).values_list("message_id", "broadcast_id").first()
    if found is not None and found != (None, None):
        raise Conflict("The hold of a text is captured or released by the product, by what the carrier says.")


def _refuse_hold(row: dict[str, Any]) -> None:
    if row["status"] == "unknown":
        raise Unknown("There is no such hold.")
    if row["status"] == "ended":
        raise HoldEnded(f"The hold is {row['state']} already.", state=row["state"])
