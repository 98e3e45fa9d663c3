"""Auto-recharge at work: the balance is looked at after debits that left it too low, and charged for once (RULES §5.3).

A debit only leaves a row (a crossing). Whoever handles it, the worker as a rule, decides under the account's lock. The
worker does not touch accounts whose test clock stands still, so for them it is done right after the debit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import connection
from django.db.models.query import QuerySet

from refill.domain import ids
from refill.domain.money import say_money
from refill.domain.quotes.offer import Line
from refill.domain.recharge import Decision, Rule, Standing, capped, decide
from refill.domain.records import BalanceRead
from refill.domain.taxes import tax_lines
from refill.ledger import balances
from refill.models import Account, Charge, Crossing, Entry, Order, PaymentMethod, Recharge, TestClock
from refill.services.entering import entered
from refill.services.money import charging, warning
from refill.services.money.notices import recharges
from refill.services.money.recharge_facts import cards_of, open_order, rule_of, standing_of, tax_of, usable
from refill.services.money.recharge_notes import CAPS, Cause, note, tell_cap
from refill.services.money.recharge_outcomes import drop
from refill.services.recording import emit

MOST_ROUNDS = 100
# A debit that made us look is among the newest entries.
NEWEST_ENTRIES = 1_000
_SAID = {
    "saved": "auto-recharge was saved",
    "settled": "the recharge before did not suffice",
    "card": "a card was added or changed",
    "cap": "the cap's day or month ended",
    "retry": "a declined recharge was given up",
}


def after_debit(account_id: int) -> None:
    """After a debit's transaction: on a test clock that stands still its recharge is made now; otherwise nothing."""
    if Crossing.objects.filter(account_id=account_id, handled_at=None).exists():
        at_once(account_id)


def at_once(account_id: int) -> None:
    """Do what is due for recharges now, where the account's test clock stands still and no worker comes."""
    if not connection.in_atomic_block and TestClock.objects.filter(accounts=account_id, running=False).exists():
        run_due(account_id)


def run_due(account_id: int) -> None:
    """Look, charge, and go on to the backup card, until nothing is due."""
    for _ in range(MOST_ROUNDS):
        with entered(account_id) as balance:
            now = balance.at
        due = Order.objects.filter(account_id=account_id, kind="recharge", next_try_at__lte=now)
        worked = [follow_up(order_id) for order_id in due.values_list("pk", flat=True)]
        if look(account_id) is None and not any(worked):
            return
    raise RuntimeError(f"the recharges of account {account_id} never come to rest")


def look(account_id: int) -> str | None:
    """Look at the balance if somebody asked for it, and charge if it is too low; return the reason of the decision."""
    charge: Charge | None = None
    reason = "off"
    _give_way(account_id)
    with entered(account_id) as balance:
        waiting = list(Crossing.objects.filter(account_id=account_id, handled_at=None).order_by("id"))
        settings = Recharge.objects.select_related("pack").filter(account_id=account_id).first()
        is_due = settings is not None and settings.look_at is not None and settings.look_at <= balance.at
        if not waiting and not is_due:
            return None
        Crossing.objects.filter(pk__in=[crossing.pk for crossing in waiting]).update(handled_at=balance.at)
        if waiting:
            warning.look(account_id, balance)
        if settings is not None and settings.enabled:
            reason, charge = _look(settings, balance, waiting)
            settings.save()
        else:
            Recharge.objects.filter(account_id=account_id).update(look_at=None, look_cause="")
            warning.watch(account_id, None)
    if charge is not None:
        charging.send(charge.pk)
    return reason


def follow_up(order_id: int) -> bool:
    """A declined recharge's time has come: the next card, or dropped where the balance is back; true when done."""
    account_id = Order.objects.values_list("account_id", flat=True).get(pk=order_id)
    charge: Charge | None = None
    with entered(account_id) as balance:
        order = Order.objects.get(pk=order_id)
        if order.next_try_at is None or order.next_try_at > balance.at:
            return False
        settings = Recharge.objects.select_related("pack").get(account_id=account_id)
        charge = _try_again(settings, order, balance)
        settings.save()
    if charge is not None:
        charging.send(charge.pk)
    return True


def _give_way(account_id: int) -> None:
    """A recharge waits for the customer, and a person's word or another card comes first: it is given up at the
    provider, so that another may follow."""
    due = Recharge.objects.filter(account_id=account_id, look_at__lte=balances.instant(account_id)).first()
    for charge in _overtaken(due, due.look_cause) if due is not None else ():
        charging.cancel(charge.pk)


def _overtaken(settings: Recharge, cause: str) -> QuerySet[Charge]:
    """Charges that wait for the customer and that this cause to look comes before."""
    waiting = Charge.objects.filter(account_id=settings.account_id, order__kind="recharge", state="needs_action")
    if cause == "saved":
        return waiting
    cards = usable(cards_of(settings.account_id), settings.broken)
    return waiting.exclude(payment_method=cards[0]) if cause == "card" and cards else waiting.none()


def _look(settings: Recharge, balance: BalanceRead, waiting: Sequence[Crossing]) -> tuple[str, Charge | None]:
    """Decide, and write down what was decided. Watching goes on only where a further debit could change it."""
    account = Account.objects.get(pk=settings.account_id)
    cause = _cause(settings, balance, waiting)
    settings.look_at, settings.look_cause = None, ""
    rule, now = rule_of(settings), balance.at
    is_open = _still_open(settings, balance, cause)
    standing = standing_of(account, balance, cause.required or 0, settings.broken, is_open=is_open)
    decision = decide(rule, standing)
    charge: Charge | None = None
    watched: int | None = None
    if decision.reason == "above":
        settings.reason, settings.reason_until, watched = "", None, settings.threshold
    elif decision.reason == "fired":
        charge = _fire(settings, rule, decision, balance, cause)
    else:
        note(settings, now, balance.available, decision, cause)
        watched = _hold_back(settings, decision, standing, balance)
        if decision.reason == "recharge_open" and _overtaken(settings, cause.word).exists():
            # The provider did not say that it is given up.
            settings.look_at, settings.look_cause = now + timedelta(hours=charging.GIVE_UP_AGAIN_HOURS), cause.word
    warning.watch(account.pk, watched)
    return decision.reason, charge


def _hold_back(settings: Recharge, decision: Decision, standing: Standing, balance: BalanceRead) -> int | None:
    """Nothing is charged: say so where somebody must know, and return what is still watched."""
    now = balance.at
    if decision.reason in CAPS:
        tell_cap(settings, now, decision, decision.until or standing.month_ends_at, balance.available)
        if decision.until is not None:
            settings.look_at, settings.look_cause = decision.until, "cap"
            return None
    if decision.reason == "no_card":
        _tell_once(settings, now, "no_card", balance.available)
    return settings.threshold if decision.reason in ("gap_above_month_cap", "account_closed") else None


def _tell_once(settings: Recharge, now: datetime, reason: str, available: int) -> None:
    if reason not in settings.told:
        settings.told = [*settings.told, reason]
        emit(settings.account_id, now, "auto_recharge.stopped", reason=reason)
        recharges.no_card(settings, now, available)


def _still_open(settings: Recharge, balance: BalanceRead, cause: Cause) -> bool:
    """Whether a recharge is open. One that waits for its next try gives way to a person's word or to another card."""
    order = open_order(settings.account_id)
    if order is None:
        return False
    if order.status != Order.Status.DECLINED:
        return True
    cards = usable(cards_of(settings.account_id), settings.broken)
    is_new_card = cause.word == "card" and bool(cards) and cards[0].pk not in order.plan["cards"]
    if cause.word != "saved" and not is_new_card:
        return True
    drop(settings, order, balance.at, balance.available, "dropped", cause)
    return False


def _fire(settings: Recharge, rule: Rule, decision: Decision, balance: BalanceRead, cause: Cause) -> Charge:
    """One order and one charge for the whole gap, committed before the provider is called (RULES §5.7, §9.1)."""
    account_id, now = settings.account_id, balance.at
    card = usable(cards_of(account_id), settings.broken)[0]
    order = Order.objects.create(
        account_id=account_id, kind="recharge", status=Order.Status.PROCESSING, amount_minor=decision.total_minor,
        tax_minor=decision.tax_minor, currency=rule.currency, lines=[_line(settings, rule, decision, balance, cause)],
        tax_lines=[asdict(line) for line in tax_lines(decision.packs * rule.pack_minor, tax_of(account_id, now))],
        plan={
            "do": "recharge", "credits": decision.credits, "pack": settings.pack_id, "quantity": decision.packs,
            "tried": [], "cards": [],
        },
        actor="refill", created_at=now,
    )  # fmt: skip
    charge = _charge(order, card, now)
    settings.told = [mark for mark in settings.told if mark != "no_card"]
    note(settings, now, balance.available, decision, cause, order_id=order.pk)
    emit(
        account_id, now, "auto_recharge.fired", order=order.pk, credits=decision.credits, packs=decision.packs,
        amount_minor=decision.total_minor, currency=rule.currency, available=balance.available,
        threshold=settings.threshold, cause=cause.word,
    )  # fmt: skip
    return charge


def _line(
    settings: Recharge, rule: Rule, decision: Decision, balance: BalanceRead, cause: Cause
) -> dict[str, str | int]:
    agreed = f"{settings.consent_at:%Y-%m-%d %H:%M} UTC by {settings.consent_by}" if settings.consent_at else ""
    line = Line(
        f"Auto-recharge: {decision.credits:,} credits",
        decision.packs * rule.pack_minor,
        f"{decision.packs:,} × {say_money(rule.pack_minor, rule.currency)}; rule agreed {agreed}: below"
        f" {rule.threshold:,} buy packs of {rule.pack_credits:,}; balance before: {balance.available:,};"
        f" because {cause.said}",
    )
    return {"description": line.description, "amount_minor": line.amount_minor, "working": line.working}


def _charge(order: Order, card: PaymentMethod, now: datetime) -> Charge:
    order.plan["tried"].append(card.pk)
    if card.pk not in order.plan["cards"]:
        order.plan["cards"].append(card.pk)
    order.status, order.next_try_at = Order.Status.PROCESSING, None
    order.save()
    return charging.intend(order, card, now)


def _try_again(settings: Recharge, order: Order, balance: BalanceRead) -> Charge | None:
    """The next card of this round, or a new round. What the caps do not allow now, and what was offered by a rule that
    somebody has replaced since, is dropped and looked at afresh."""
    now, account = balance.at, Account.objects.get(pk=order.account_id)
    cause = Cause("retry", "a declined recharge was due again")
    is_new_round = not order.plan["tried"]
    standing = standing_of(account, balance, 0, settings.broken, is_open=False)
    hindrance, _ = capped(rule_of(settings), standing, order.amount_minor)
    cards = usable(cards_of(account.pk), settings.broken)
    left = [card for card in cards if card.pk not in order.plan["tried"]]
    is_back = is_new_round and balance.available >= settings.threshold
    is_agreed = settings.enabled and order.plan["pack"] == settings.pack_id
    if not is_agreed or standing.is_closed or is_back or hindrance or not left:
        drop(settings, order, now, balance.available, "dropped", cause)
        if settings.enabled:
            settings.look_at, settings.look_cause = now, "retry"
        return None
    charge = _charge(order, left[0], now)
    note(settings, now, balance.available, Decision("above", settings.threshold - balance.available,
         order.plan["quantity"], total_minor=order.amount_minor), cause, reason="fired", order_id=order.pk)  # fmt: skip
    return charge


def _cause(settings: Recharge, balance: BalanceRead, waiting: Sequence[Crossing]) -> Cause:
    """What made us look. Where several debits did, a refused one says how much is needed."""
    refused = [crossing.required for crossing in waiting if crossing.required]
    if refused:
        required = max(refused)
        return Cause("refused", f"a spend or hold of {required:,} was refused", required)
    if waiting and settings.look_cause != "saved":
        crossing = waiting[-1]
        newest = Entry.objects.filter(
            account_id=settings.account_id, seq__gt=balance.seq - NEWEST_ENTRIES, kind__in=["spend", "hold"],
            at=crossing.at, balance_after=crossing.available,
        )  # fmt: skip
        entry = newest.order_by("-seq").first()
        if entry is None:
            return Cause("debit", f"a debit left {crossing.available:,}")
        name = ids.encode("ent", settings.account_id, entry.seq)
        return Cause(entry.kind, f"a {entry.kind} left {crossing.available:,} ({name})", None, entry.seq)
    return Cause(settings.look_cause or "debit", _SAID.get(settings.look_cause, "a debit left too little"))
