"""The office's queues: one safe action for each thing that waits for a person. Again is harmless."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from refill.domain.errors import NothingToDo, Unknown
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import Mail, Message, Period, WebhookEndpoint
from refill.services.chores import due
from refill.services.developers import webhooks
from refill.services.mail import mailing
from refill.services.messages import texting
from refill.services.recording import audit

MISSED_FOR = timedelta(days=7)


def ask_carrier(*, message_id: int, operator: Actor) -> None:
    """Ask the carrier about a text that it never answered about. Raises Unknown, Conflict."""
    texting.ask_again(account_id=_account_of(message_id), message_id=message_id, operator=operator)


def settle_text(*, message_id: int, is_taken: bool, operator: Actor) -> None:
    """Record what the carrier's own console shows of a text that it never answered about. Raises Unknown, Conflict."""
    account_id = _account_of(message_id)
    texting.decide(account_id=account_id, message_id=message_id, is_taken=is_taken, actor=operator.label)


def _account_of(message_id: int) -> int:
    account_id = Message.objects.filter(pk=message_id).values_list("account_id", flat=True).first()
    if account_id is None:
        raise Unknown("There is no such text.")
    return account_id


def mail_again(*, mail_id: int, operator: Actor) -> None:
    """Try a mail again that was given up. Raises Unknown, NothingToDo for one that is on its way."""
    mail = Mail.objects.filter(pk=mail_id).first()
    if mail is None:
        raise Unknown("There is no such mail.")
    with transaction.atomic():
        if not mailing.send_again(mail_id):
            raise NothingToDo("It is sent, or is tried again by itself.")
        audit(mail.account_id, clock.now(), operator, "mail.again", subject=str(mail_id))


def try_account(*, account_id: int, operator: Actor) -> None:
    """Do an account's due work now. Raises whatever the work raises."""
    due.try_now(account_id=account_id, operator=operator)


def looked_at_period(*, period_id: int, operator: Actor) -> None:
    """An operator has looked at a period that was skipped. Raises Unknown."""
    period = Period.objects.filter(pk=period_id, state="skipped").first()
    if period is None:
        raise Unknown("There is no such period.")
    with transaction.atomic():
        audit(period.account_id, clock.now(), operator, "period.looked_at", subject=str(period_id))


def deliver_again(*, endpoint_id: int, operator: Actor) -> int:
    """Deliver anew what an endpoint missed in the last days; return how many. Raises Unknown, Conflict."""
    account_id = WebhookEndpoint.objects.filter(pk=endpoint_id).values_list("account_id", flat=True).first()
    if account_id is None:
        raise Unknown("There is no such endpoint.")
    since = clock.now() - MISSED_FOR
    return webhooks.replay_failed(account_id=account_id, actor=operator, endpoint_id=endpoint_id, since=since)
