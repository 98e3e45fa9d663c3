"""The outbox: mails posted in the transaction of the deed, sent by the worker."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from refill.models.people import Account


class Mail(models.Model):
    """One mail to one address. `facts` are the figures as they were when it was posted; a template says them.

    `send_at` is at once when it is tried and the lease of whoever tries it; `tries` fences a lease that ran out.
    """

    class Why(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        BILLING = "billing"
        NAMED = "named"

    # Faults of those that a restored backup was about to send: until an operator's word, and after it.
    HELD = "waits for an operator's word: due when a backup was restored"
    DROPPED = "dropped by an operator: due when a backup was restored"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="mails", db_index=False)
    kind = models.CharField(max_length=48)
    to = models.CharField(max_length=254)
    why = models.CharField(max_length=8, choices=Why.choices)
    facts = models.JSONField(encoder=DjangoJSONEncoder)
    once = models.CharField(max_length=200, help_text="what it tells, so that it is told to an address once")
    at = models.DateTimeField(help_text="the account's instant of what it tells")
    posted_at = models.DateTimeField(help_text="real time, like the following")
    send_at = models.DateTimeField(null=True, help_text="tried from then on; none: sent or given up")
    tries = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=500, default="", help_text="why the last try failed")

    class Meta:
        constraints = [models.UniqueConstraint("once", "to", name="mail_once")]
        indexes = [
            models.Index("send_at", name="mail_to_send", condition=models.Q(send_at__isnull=False)),
            models.Index("account", "id", name="mail_by_account"),
        ]
