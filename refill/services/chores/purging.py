"""After the read-only days of a canceled account, personal data goes; ledger, invoices and audit stay (RULES §4.7).

Notices go out seven days and one day before. What nobody was told of is not purged: it waits until somebody was.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from refill.domain import ids
from refill.gateways import clock
from refill.models import (
    Account,
    ApiKey,
    ApiRequest,
    Asking,
    BillingDetails,
    Broadcast,
    Contact,
    HelpMessage,
    HelpThread,
    Inbox,
    Invitation,
    Mail,
    Message,
    Number,
    OptOut,
    PaymentMethod,
    Recipient,
    WebhookEndpoint,
)
from refill.services.developers import webhooks
from refill.services.entering import entered
from refill.services.mail import mails
from refill.services.money import ending
from refill.services.places import numbers
from refill.services.recording import audit, emit

FIRST_NOTICE, LAST_NOTICE = timedelta(days=7), timedelta(days=1)


def tell(account_id: int) -> bool:
    """Mail a notice of the coming purge, once for each time that it is due; true when it did."""
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        if account.status != Account.Status.CANCELED or account.purge_at is None or account.canceled_at is None:
            return False
        left = account.purge_at - balance.at
        told = 2 if left <= LAST_NOTICE else 1 if left <= FIRST_NOTICE else 0
        if told <= account.purge_told:
            return False
        if account.purge_told == 0 and left < LAST_NOTICE:
            # The worker was down: people still get their day.
            account.purge_at = balance.at + LAST_NOTICE
        account.purge_told = told
        account.save(update_fields=["purge_at", "purge_told"])
        facts = {"purge_at": account.purge_at, "kept_until_at": ending.bought_end_at(account_id)}
        mails.post(
            kind="purge_coming", account_id=account_id, at=balance.at, to=None, facts=facts,
            once=f"purge_coming {account_id} {account.canceled_at.isoformat()} {told}",
        )  # fmt: skip
        return True


def purge(account_id: int) -> bool:
    """Purge once, when its time has come; true when it did. Bought credits are kept for as long as promised."""
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        if account.status != Account.Status.CANCELED or account.purge_at is None or account.purge_at > balance.at:
            Account.objects.filter(pk=account_id).exclude(status="canceled").update(purge_at=None)
            return False
        account.status, account.purge_at = Account.Status.PURGED, None
        account.name = f"Closed account {account.pk}"
        account.save()
        PaymentMethod.objects.filter(account_id=account_id, removed_at=None).update(
            removed_at=balance.at, is_default=False, is_recharge=False, is_backup=False
        )
        numbers.close_all(account_id, balance.at)
        _forget_texts(account_id)
        _forget_people(account_id)
        for key in ApiKey.objects.filter(account_id=account_id, revoked_at=None):
            ApiKey.objects.filter(pk=key.pk).update(revoked_at=clock.now())
            audit(account_id, balance.at, "refill", "key.revoked", subject=ids.encode("key", key.pk))
        audit(account_id, balance.at, "refill", "account.purged")
        emit(account_id, balance.at, "account.updated", status="purged")
        return True


def _forget_texts(account_id: int) -> None:
    """What was said, to whom, and under which names. That it was sent, and what it cost, stays."""
    Message.objects.filter(account_id=account_id).update(body=None, media=[])
    Broadcast.objects.filter(account_id=account_id).update(body=None, media=[], name="")
    Recipient.objects.filter(account_id=account_id).update(written="", e164="", fields={})
    nobody = Concat(Value("gone "), Cast(F("pk"), CharField()))
    Contact.objects.filter(account_id=account_id).update(e164=nobody, name="")
    OptOut.objects.filter(account_id=account_id).delete()
    Inbox.objects.filter(account_id=account_id).update(name="")
    Number.objects.filter(account_id=account_id).update(name="")


def _forget_people(account_id: int) -> None:
    """What people wrote and where they are reached. Members keep their place: the Owner may come back."""
    threads = HelpThread.objects.filter(account_id=account_id)
    HelpMessage.objects.filter(thread__in=threads).update(body="", sender="")
    threads.update(context=[])
    Asking.objects.filter(account_id=account_id).update(note="")
    gone = Concat(Value("gone-"), Cast(F("pk"), CharField()), Value("@purged.example"))
    Invitation.objects.filter(account_id=account_id).update(email=gone)
    # Those that are sent, and those that nobody took.
    Mail.objects.filter(account_id=account_id, send_at=None).delete()
    BillingDetails.objects.filter(account_id=account_id).delete()
    ApiRequest.objects.filter(account_id=account_id).delete()
    for endpoint in WebhookEndpoint.objects.filter(account_id=account_id):
        webhooks.drop_pending(endpoint.pk)
    WebhookEndpoint.objects.filter(account_id=account_id).update(state="disabled", url="", description="")
