"""Corrections of credits by the office: a reason, a preview, above a limit a second operator (RULES §2.9, §2.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from refill.domain import ids
from refill.domain.errors import Conflict, Forbidden, Invalid, NothingToDo, Unknown
from refill.domain.money import say_count
from refill.domain.records import PRODUCT, Actor, BalanceRead
from refill.gateways import clock
from refill.ledger import grants
from refill.models import Balance, Correction, Grant
from refill.services import credits, periods
from refill.services.entering import entered
from refill.services.recording import audit

MOST_CREDITS = 100_000_000
REASON_CHARACTERS = 500
TAKEN_FROM = ("promotion", "adjustment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an operator wants: credits above zero are given, below zero taken back from the grant that is named. Where a
    usage is named (by the first entry of its spend), they go back to the grants that it drew on."""

    account_id: int
    credits: int
    source: str = "adjustment"
    ends_at: datetime | None = None
    grant_id: int | None = None
    usage_seq: int | None = None
    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What it would do: the balance before and after, and whether a second operator has to agree."""

    before: int
    after: int
    limit: int
    needs_second: bool


def preview(wanted: Wanted) -> Preview:
    """Say what the correction would do, changing nothing. Raises Invalid, Unknown, Conflict as `ask`."""
    with entered(wanted.account_id) as balance:
        after = _demand(wanted, balance)
    limit = periods.policy_of(periods.latest_policy()).correction_limit
    return Preview(balance.available, after, limit, abs(wanted.credits) > limit)


def ask(*, wanted: Wanted, operator: Actor, once: str) -> int:
    """Correct at once, or above the limit leave it for a second operator; return its id. `once` makes it happen once.

    Raises Invalid for what cannot be, Unknown, Conflict where less is left than is to be taken.
    """
    assert operator.user_id is not None
    with entered(wanted.account_id) as balance:
        known = Correction.objects.filter(once=once).first()
        if known is not None:
            return known.pk
        _demand(wanted, balance)
        limit = periods.policy_of(periods.latest_policy()).correction_limit
        waits = abs(wanted.credits) > limit
        try:
            with transaction.atomic():
                row = Correction.objects.create(
                    account_id=wanted.account_id, credits=wanted.credits, source=wanted.source, ends_at=wanted.ends_at,
                    grant_id=wanted.grant_id, usage_seq=wanted.usage_seq, reason=wanted.reason.strip(), once=once,
                    state="waiting" if waits else "done", asked_by_id=operator.user_id, asked_at=clock.now(),
                )  # fmt: skip
        except IntegrityError:
            raise Conflict("This form was sent for another account already. Open it anew.") from None
        after = {"credits": row.credits, "reason": row.reason}
        audit(row.account_id, balance.at, operator, "correction.asked", subject=ids.encode("cor", row.pk), after=after)
        if not waits:
            _do(row, balance, operator)
        return row.pk


def agree(*, correction_id: int, operator: Actor) -> None:
    """The second operator agrees, and it is done. Raises Unknown, Forbidden for who asked, NothingToDo, Conflict."""
    with entered(_account_of(correction_id)) as balance:
        row = _waiting(correction_id)
        if row.asked_by_id == operator.user_id:
            raise Forbidden("Another operator has to agree to what you asked for.")
        _do(row, balance, operator)
        row.state, row.decided_by_id, row.decided_at = "done", operator.user_id, clock.now()
        row.save()


def refuse(*, correction_id: int, operator: Actor) -> None:
    """Drop a correction that waits; whoever asked may do so too. Raises Unknown, NothingToDo."""
    with entered(_account_of(correction_id)) as balance:
        row = _waiting(correction_id)
        decider = operator.user_id if operator.user_id != row.asked_by_id else None
        row.state, row.decided_by_id, row.decided_at = "refused", decider, clock.now()
        row.save()
        audit(row.account_id, balance.at, operator, "correction.refused", subject=ids.encode("cor", row.pk))


def _demand(wanted: Wanted, balance: BalanceRead) -> int:
    """Refuse what cannot be; return what can be spent after it."""
    if not 0 < abs(wanted.credits) <= MOST_CREDITS:
        raise Invalid(f"1 to {MOST_CREDITS:,} credits.", param="credits")
    if not 3 <= len(wanted.reason.strip()) <= REASON_CHARACTERS or "\x00" in wanted.reason:
        raise Invalid(f"Say why, in 3 to {REASON_CHARACTERS} characters: the customer reads it.", param="reason")
    if wanted.usage_seq is not None:
        if wanted.credits < 0:
            raise Invalid("What was used is given back, not taken.", param="credits")
        return _after_giving_back(wanted, balance)
    if wanted.credits > 0:
        if wanted.source not in TAKEN_FROM:
            raise Invalid("Choose adjustment or promotion.", param="source")
        if wanted.ends_at is not None and wanted.ends_at <= balance.at:
            raise Invalid("The end lies in the past.", param="ends_at")
        return balance.available + wanted.credits
    grant = Grant.objects.filter(account_id=wanted.account_id, pk=wanted.grant_id or 0, source__in=TAKEN_FROM).first()
    if grant is None:
        raise Invalid("Choose what to take back from: a gift or a correction of this account.", param="grant")
    if _left(grant) < -wanted.credits:
        raise Conflict(f"Of this grant {say_count(_left(grant), 'credit', 'are')} left.", param="credits")
    return balance.available + wanted.credits


def _after_giving_back(wanted: Wanted, balance: BalanceRead) -> int:
    """Done, looked at and undone: what comes back to a grant that has ended ends with it (RULES §2.9), and what is owed
    is settled first, so that only the ledger can say what is left after it."""
    mark = transaction.savepoint()
    try:
        return credits.give_back(
            balance, account_id=wanted.account_id, seq=wanted.usage_seq or 0, credits=wanted.credits,
            reason=wanted.reason, actor=PRODUCT,
        ).balance  # fmt: skip
    finally:
        transaction.savepoint_rollback(mark)


def _left(grant: Grant) -> int:
    """What is unspent of it; of the grant that is being drawn from, the balance row knows."""
    head = Balance.objects.values_list("head_grant", "head_left").get(pk=grant.account_id)
    return head[1] if head[0] == grant.pk else grant.remaining


def _do(row: Correction, balance: BalanceRead, operator: Actor) -> None:
    """Within the transaction that holds the account."""
    after = balance.available + row.credits
    if row.usage_seq is not None:
        after = credits.give_back(
            balance, account_id=row.account_id, seq=row.usage_seq, credits=row.credits, reason=row.reason,
            actor=operator,
        ).balance  # fmt: skip
    elif row.credits > 0:
        row.grant_id = credits.give(
            balance, account_id=row.account_id, actor=operator, credits=row.credits, source=row.source,
            ends_at=row.ends_at, reason=row.reason,
        )  # fmt: skip
        Correction.objects.filter(pk=row.pk).update(grant_id=row.grant_id)
    else:
        assert row.grant_id is not None
        taken = grants.revoke(row.account_id, row.grant_id, -row.credits, row.reason, operator.label)
        if taken != -row.credits:
            raise Conflict(f"Of this grant {say_count(taken, 'credit', 'are')} left.", param="credits")
    audit(
        row.account_id, balance.at, operator, "correction.done", subject=ids.encode("cor", row.pk),
        before={"available": balance.available}, after={"available": after},
    )  # fmt: skip


def _account_of(correction_id: int) -> int:
    account_id = Correction.objects.filter(pk=correction_id).values_list("account_id", flat=True).first()
    if account_id is None:
        raise Unknown("There is no such correction.")
    return account_id


def _waiting(correction_id: int) -> Correction:
    row = Correction.objects.select_for_update().get(pk=correction_id)
    if row.state != "waiting":
        raise NothingToDo(f"It is {row.state} already.")
    return row


def waits(*, once: str) -> bool:
    """Say whether the correction waits for a second operator."""
    return Correction.objects.filter(once=once, state="waiting").exists()
