"""The Owner closes the account: the plan ends at once, nothing is sent or charged any more (RULES §4.7, §8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from refill.domain import ids
from refill.domain.errors import ChargeInProgress, Forbidden, Invalid, NothingToDo
from refill.domain.records import Actor, BalanceRead
from refill.domain.roles import Right, may
from refill.gateways import clock
from refill.ledger import balances, grants
from refill.models import Account, ApiKey, Charge, WebhookEndpoint
from refill.services import periods
from refill.services.entering import entered
from refill.services.mail import mails
from refill.services.money import ending, recharge_settings
from refill.services.recording import audit, emit


def close(*, account_id: int, actor: Actor, name: str) -> None:
    """Close the account; the Owner types its `name` to confirm. It can be read, and come back to, as after cancelling.

    Raises Forbidden for anybody but the Owner, Invalid for another name, ChargeInProgress, NothingToDo.
    """
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        if actor.role is None or not may(actor.role, Right.OWN):
            raise Forbidden("The Owner closes the account.")
        if " ".join(name.split()) != " ".join(account.name.split()):
            raise Invalid("Type the account's name as it is written.", param="name")
        if account.status == Account.Status.PURGED:
            raise NothingToDo("This account is gone already.")
        if Charge.objects.filter(account_id=account_id, state__in=Charge.UNDECIDED).exists():
            raise ChargeInProgress("A charge is being decided. Close the account once it is.")
        before = account.status
        now = balance.at
        _end_plan(account, now)
        _silence(account_id, actor, balance)
        account.refresh_from_db()
        audit(account_id, now, actor, "account.closed", before={"status": before}, after={"status": account.status})
        emit(account_id, now, "account.updated", status=account.status)
        facts = {"purge_at": account.purge_at, "kept_until_at": ending.bought_end_at(account_id)}
        mails.post(
            kind="account_closed", account_id=account_id, at=now, to=None, facts=facts,
            once=f"account_closed {account_id} {now.isoformat()}",
        )  # fmt: skip


def _end_plan(account: Account, now: datetime) -> None:
    """The subscription ends now. An account without one is closed the same way."""
    subscription = periods.live_subscription(account.pk)
    if subscription is not None:
        ending.cancel(account, subscription, now, at_once=True)
        emit(account.pk, now, "subscription.canceled", effective_at=now.isoformat())
    elif account.status not in (Account.Status.CANCELED, Account.Status.PURGED):
        days = periods.policy_in_force(account.pk).read_only_days
        Account.objects.filter(pk=account.pk).update(
            status="canceled", canceled_at=now, purge_at=now + timedelta(days=days)
        )
        balances.close(account.pk, "canceled")
        grants.keep_purchased(account.pk, ending.kept_until(account, now))


def _silence(account_id: int, actor: Actor, balance: BalanceRead) -> None:
    """Nobody's software acts for it any more, nothing is bought by itself, and nobody is told."""
    now = balance.at
    for key in ApiKey.objects.filter(account_id=account_id, revoked_at=None):
        # Keys live in real time.
        ApiKey.objects.filter(pk=key.pk).update(revoked_at=clock.now())
        audit(account_id, now, actor, "key.revoked", subject=ids.encode("key", key.pk))
    recharge_settings.turn_off(account_id=account_id, actor=actor, balance=balance)
    for endpoint in WebhookEndpoint.objects.filter(account_id=account_id, state="enabled"):
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(state="disabled", reason="person")
        audit(account_id, now, actor, "webhook.changed", subject=str(endpoint.pk), after={"state": "disabled"})
