"""What follows when the charge of a recharge is decided, in the transaction that records it (RULES §5.5, §5.6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from refill.domain.recharge import Decision, next_try
from refill.ledger import balances, grants
from refill.models import Charge, Order, PaymentMethod, Recharge
from refill.services.money import warning
from refill.services.money.notices import recharges
from refill.services.money.recharge_facts import cards_of, mark_of, usable
from refill.services.money.recharge_notes import Cause, note
from refill.services.recording import audit, emit

# What the provider never saw was not declined by any card.
NEVER_SENT = "never_sent"
SEND_AGAIN_AFTER = timedelta(hours=1)


def grant(order: Order, now: datetime) -> None:
    """The money is there: the credits, which roll over until used; then the balance is looked at again."""
    credits = int(order.plan["credits"])
    grants.grant(
        order.account_id, source="recharge", credits=credits, order_id=order.pk, reason="auto-recharge",
        actor=order.actor,
    )  # fmt: skip
    emit(order.account_id, now, "credits.purchased", order=order.pk, credits=credits)
    settings = _settings(order)
    settings.reason, settings.reason_until = "", None
    _look_again(settings, now, "settled")
    settings.save()


def declined(order: Order, charge: Charge, now: datetime) -> None:
    """A definite decline: the backup card next, else a later try, else the breaker. The caller saves the order."""
    settings = _settings(order)
    card = charge.payment_method
    emit(
        order.account_id, now, "auto_recharge.failed", order=order.pk, charge=charge.pk, code=charge.decline_code,
        final=charge.decline_final, card=charge.payment_method_id,
    )  # fmt: skip
    if not settings.enabled or card is None:
        order.next_try_at = None
        return
    if charge.decline_code == NEVER_SENT:
        order.plan["tried"] = []
        order.next_try_at = now + SEND_AGAIN_AFTER
        _note(settings, order, now, "not_sent", order.next_try_at)
    else:
        _count(settings, order, charge, card, now)
    settings.save()


def needs_action(order: Order, now: datetime) -> None:
    """The bank wants the customer: nothing is charged until they, or another card, come."""
    settings = _settings(order)
    _note(settings, order, now, "needs_action", None)
    emit(order.account_id, now, "auto_recharge.stopped", reason="needs_action", order=order.pk)
    settings.save()


def drop(settings: Recharge, order: Order, now: datetime, available: int, reason: str, cause: Cause) -> None:
    """A recharge that was declined is not tried again. The caller looks at the balance afresh."""
    Order.objects.filter(pk=order.pk).update(next_try_at=None)
    note(settings, now, available, Decision("above"), cause, reason=reason, order_id=order.pk)
    settings.reason = ""


def _count(settings: Recharge, order: Order, charge: Charge, card: PaymentMethod, now: datetime) -> None:
    if charge.decline_final:
        _break(settings, card, charge, now)
    plan = order.plan
    plan.setdefault("declined_at", now.isoformat())
    waiting = [one for one in usable(cards_of(order.account_id), settings.broken) if one.pk not in plan["tried"]]
    if waiting:
        order.next_try_at = now
        return
    plan["tried"] = []
    order.tries += 1
    left = usable(cards_of(order.account_id), settings.broken)
    order.next_try_at = _next(datetime.fromisoformat(plan["declined_at"]), order, now) if left else None
    available = balances.enter(order.account_id)[0].available
    if order.next_try_at is not None:
        _note(settings, order, now, "declined", order.next_try_at)
        recharges.failed(settings, order, charge, now, available)
        return
    for one in left:
        _break(settings, one, charge, now)
    _note(settings, order, now, "breaker_open", None)
    audit(order.account_id, now, "refill", "auto_recharge.stopped", subject=str(order.pk), after=settings.broken)
    code = charge.decline_code
    emit(order.account_id, now, "auto_recharge.stopped", reason="breaker_open", order=order.pk, code=code)
    recharges.breaker_open(settings, order, charge, now, available)


def _next(declined_at: datetime, order: Order, now: datetime) -> datetime | None:
    """Tries that were missed fall together."""
    at = next_try(declined_at, order.tries)
    while at is not None and at <= now:
        order.tries += 1
        at = next_try(declined_at, order.tries)
    return at


def _break(settings: Recharge, card: PaymentMethod, charge: Charge, now: datetime) -> None:
    if usable([card], settings.broken):
        row = {
            "mark": mark_of(card), "card": card.pk, "at": now.isoformat(), "code": charge.decline_code,
            "final": charge.decline_final,
        }  # fmt: skip
        settings.broken = [*settings.broken, row]


def _note(settings: Recharge, order: Order, now: datetime, reason: str, until: datetime | None) -> None:
    available = balances.enter(order.account_id)[0].available
    cause = Cause("charge", "the charge was decided")
    decision = Decision("above", settings.threshold - available, order.plan["quantity"], total_minor=order.amount_minor)
    note(settings, now, available, decision, cause, reason=reason, order_id=order.pk, until=until)


def _look_again(settings: Recharge, now: datetime, cause: str) -> None:
    if settings.enabled:
        settings.look_at, settings.look_cause = now, cause
        warning.watch(settings.account_id, settings.threshold)


def _settings(order: Order) -> Recharge:
    return Recharge.objects.select_related("pack").get(account_id=order.account_id)
