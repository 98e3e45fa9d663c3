"""A charge in three phases: intent committed, provider called outside any transaction, outcome committed (RULES §9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db.models import F, Q

from refill.domain.errors import ChargeInProgress, ChargesPaused, ProviderUnavailable
from refill.domain.payments import Outcome, next_ask
from refill.domain.records import Actor
from refill.gateways import clock
from refill.gateways.cards import CardGateway, card_gateway, sandbox_gateway
from refill.models import Account, Charge, Order, PaymentMethod, SafeMode
from refill.services.entering import entered
from refill.services.money import intents, settling
from refill.services.recording import audit

LEASE_SECONDS = 60
WAIT_ROUNDS = 100
WAIT_SECONDS = 0.03
# A charge that was committed but never sent (the process died in between) is sent by the worker after this.
SEND_AFTER_SECONDS = 10
ASK_AFTER_HAND_BACK_SECONDS = 600
REFUND_AGAIN_HOURS = 1
GIVE_UP_AGAIN_HOURS = 1
PAUSED_AGAIN_HOURS = 1


def gateway_of(account: Account) -> CardGateway:
    """Live accounts pay through the gateway of the settings, test ones through the sandbox."""
    return card_gateway() if account.livemode else sandbox_gateway()


def intend(order: Order, card: PaymentMethod, now: datetime, confirm_key: str | None = None) -> Charge:
    """Phase one: the intent and its provider key. The caller's transaction commits it before anything is sent."""
    charge = Charge.objects.create(
        account_id=order.account_id, order=order, payment_method=card, amount_minor=order.amount_minor,
        currency=order.currency, provider_key=f"refill_{token_hex(16)}", confirm_key=confirm_key, created_at=now,
        next_ask_at=now + timedelta(seconds=SEND_AFTER_SECONDS),
        leased_until=clock.now() + timedelta(seconds=SEND_AFTER_SECONDS),
    )  # fmt: skip
    audit(order.account_id, now, order.actor, "charge.created", subject=str(charge.pk), after=_money(charge))
    return charge


def refuse_while_paused(account_id: int) -> None:
    """Raises ChargesPaused where the account pays through a provider and safe mode is on (`safe_mode`)."""
    if _is_paused(pk=account_id):
        raise ChargesPaused("Payments are paused while we check our books. Nothing was charged; try again later.")


def send(charge_id: int) -> bool:
    """Phases two and three: send it, or ask what became of it. Sent twice at the same instant, the provider's key makes
    it one. False where somebody else is at it, or it is decided, or charges are paused: to ask may be to send again."""
    if _is_paused(charges=charge_id):
        _put_off(charge_id)
        return False
    fence = take(charge_id)
    if fence is None:
        return False
    charge = _whole(charge_id)
    gateway = gateway_of(charge.account)
    if charge.state == "created" and charge.payment_method is not None:
        Charge.objects.filter(pk=charge_id, state="created").update(state="sent", sent_at=charge.created_at)
        outcome = gateway.charge(intents.intent_of(charge))
    else:
        outcome = gateway.ask(intents.intent_of(charge))
    record(charge_id, outcome, fence)
    return True


def wait_for_others(account_id: int) -> None:
    """Another confirm is with the provider right now: give it a moment, so that this one sees its outcome."""
    for _ in range(WAIT_ROUNDS):
        if not in_flight(account_id):
            return
        clock.pause(WAIT_SECONDS)


def in_flight(account_id: int) -> bool:
    """A charge of the account is being sent at this instant, by somebody who will record its outcome soon."""
    sending = Charge.objects.filter(account_id=account_id, state__in=["created", "sent"])
    return sending.filter(leased_until__gt=clock.now()).exists()


def cancel(charge_id: int) -> None:
    """Give up a charge that nobody has answered, at the provider first: it may have succeeded meanwhile."""
    fence = take(charge_id)
    if fence is None:
        return
    charge = _whole(charge_id)
    record(charge_id, gateway_of(charge.account).cancel(intents.intent_of(charge)), fence)


def hand_back(charge_id: int, return_url: str) -> str:
    """Where the customer answers their bank now; empty where the charge is decided without it. Raises
    ProviderUnavailable, ChargesPaused, and ChargeInProgress while somebody else is at it."""
    refuse_while_paused(_whole(charge_id).account_id)
    fence = take(charge_id)
    if fence is None:
        raise ChargeInProgress("This payment is being decided at this moment. Look again.")
    charge = _whole(charge_id)
    try:
        found = gateway_of(charge.account).hand_back(intents.intent_of(charge), return_url)
    except ProviderUnavailable:
        _let_go(charge_id, fence)
        raise
    if found.outcome is not None:
        record(charge_id, found.outcome, fence)
    else:
        # Should neither the customer nor a webhook come back, somebody asks.
        with entered(charge.account_id) as balance:
            Charge.objects.filter(pk=charge_id, fence=fence, state="needs_action").update(
                next_ask_at=balance.at + timedelta(seconds=ASK_AFTER_HAND_BACK_SECONDS)
            )
        _let_go(charge_id, fence)
    return found.url


def answer_action(charge_id: int, outcome: str) -> None:
    """The customer's part of `needs_action`, played in the sandbox: authenticated or failed."""
    fence = take(charge_id)
    if fence is None:
        return
    intent = intents.intent_of(_whole(charge_id))
    record(charge_id, sandbox_gateway().answer_action(intent, outcome), fence)  # type: ignore[attr-defined]


def record(
    charge_id: int, outcome: Outcome, fence: int, *, actor: Actor | str = "refill", note: str = ""
) -> None:  # fmt: skip
    """Phase three: commit what the provider said, and what follows, once. A late or doubled word changes nothing. Where
    a person says it, `note` says where they saw it."""
    account_id = Charge.objects.values_list("account_id", flat=True).get(pk=charge_id)
    with entered(account_id) as balance:
        charge = Charge.objects.select_related("order").get(pk=charge_id)
        if charge.state in ("succeeded", "declined") or charge.fence != fence:
            return
        charge.leased_until = None
        if charge.state == "needs_action" and outcome.state in ("needs_action", "unknown"):
            charge.next_ask_at = None
            charge.save()
            return
        now = balance.at
        after = {**_money(charge), "state": outcome.state, "decline_code": outcome.decline_code}
        after |= {"note": note} if note else {}
        audit(account_id, now, actor, f"charge.{outcome.state}", subject=str(charge_id), after=after)
        charge.provider_reference = outcome.reference or charge.provider_reference
        charge.attention = ""
        if outcome.state in ("unknown", "processing"):
            _wait(charge, outcome, now)
        elif outcome.state == "needs_action":
            charge.state, charge.action_url, charge.next_ask_at = "needs_action", intents.action_url(charge), None
            charge.save()
            settling.needs_action(charge.order, now)
        else:
            charge.state, charge.settled_at, charge.next_ask_at = outcome.state, now, None
            charge.decline_code, charge.decline_final = outcome.decline_code, outcome.decline_final
            charge.save()
            if outcome.state == "succeeded":
                settling.succeeded(charge, now)
            else:
                settling.declined(charge, now)
    _refund_if_due(charge_id)


def refund(charge_id: int) -> None:
    """Give back what is due: asked for outside, then committed. Repeats are harmless: the sum is given, not a step."""
    charge = _whole(charge_id)
    if charge.refund_due_minor <= charge.refunded_minor:
        Charge.objects.filter(pk=charge_id, refunded_minor=F("refund_due_minor")).update(refund_try_at=None)
        return
    done = gateway_of(charge.account).refund(intents.intent_of(charge), charge.refund_due_minor)
    with entered(charge.account_id) as balance:
        known = Charge.objects.filter(pk=charge_id)
        if done:
            known.filter(refunded_minor__lt=charge.refund_due_minor).update(refunded_minor=charge.refund_due_minor)
            known.filter(refunded_minor=F("refund_due_minor")).update(refund_try_at=None)
        else:
            known.update(refund_try_at=balance.at + timedelta(hours=REFUND_AGAIN_HOURS))


def _put_off(charge_id: int) -> None:
    """Charges are paused: look again later. The end of safe mode makes it due at once."""
    with entered(Charge.objects.values_list("account_id", flat=True).get(pk=charge_id)) as balance:
        Charge.objects.filter(pk=charge_id, state__in=Charge.UNDECIDED, next_ask_at__isnull=False).update(
            next_ask_at=balance.at + timedelta(hours=PAUSED_AGAIN_HOURS)
        )


def _is_paused(**which: int) -> bool:
    """Whether nothing may be charged to this account now."""
    if not SafeMode.objects.filter(ended_at=None).exists():
        return False
    return gateway_of(Account.objects.get(**which)).name != "sandbox"


def _refund_if_due(charge_id: int) -> None:
    if Charge.objects.filter(pk=charge_id, refund_due_minor__gt=F("refunded_minor")).exists():
        refund(charge_id)


def _money(charge: Charge) -> dict[str, Any]:
    return {"amount_minor": charge.amount_minor, "currency": charge.currency, "order": charge.order_id}


def _wait(charge: Charge, outcome: Outcome, now: datetime) -> None:
    """Ask again by the ladder; at its end, or where the answer contradicts the intent, a person must look."""
    if charge.state == "needs_action":
        Order.objects.filter(pk=charge.order_id).update(status=Order.Status.PROCESSING)
    charge.state = "unknown" if outcome.state == "unknown" else "sent"
    charge.sent_at = charge.sent_at or now
    charge.next_ask_at = next_ask(charge.sent_at, charge.asks)
    while charge.next_ask_at is not None and charge.next_ask_at <= now:
        charge.asks += 1
        charge.next_ask_at = next_ask(charge.sent_at, charge.asks)
    if outcome.differs:
        charge.next_ask_at, charge.attention = None, f"differs: {outcome.differs}"[:80]
    elif charge.next_ask_at is None:
        charge.attention = "unanswered"
    charge.save()


def _whole(charge_id: int) -> Charge:
    return Charge.objects.select_related("account", "order__quote", "payment_method").get(pk=charge_id)


def _let_go(charge_id: int, fence: int) -> None:
    Charge.objects.filter(pk=charge_id, fence=fence).update(leased_until=None)


def take(charge_id: int) -> int | None:
    """Claim an undecided charge for a while; the fence makes a claim that ran out powerless. None: it is not free."""
    real = clock.now()
    claimed = Charge.objects.filter(
        Q(state="created") | Q(leased_until=None) | Q(leased_until__lt=real), pk=charge_id, state__in=Charge.UNDECIDED
    ).update(leased_until=real + timedelta(seconds=LEASE_SECONDS), fence=F("fence") + 1)
    return Charge.objects.values_list("fence", flat=True).get(pk=charge_id) if claimed else None
