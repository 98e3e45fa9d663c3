"""Keys, kept answers, events and the audit trail."""

from __future__ import annotations

from django.db import models

from refill.models.people import Account, Membership


class ApiKey(models.Model):
    """A key of the sending software. Only the hash of its secret is kept."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="api_keys", db_index=False)
    maker = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=8, null=True, help_text="none for the operator's platform keys")
    scopes = models.JSONField(default=list)
    livemode = models.BooleanField()
    prefix = models.CharField(max_length=24)
    hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class CalendarAddress(models.Model):
    """The secret address of an account's boundaries as a calendar. Only its hash is kept."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="+")
    hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()


class Answer(models.Model):
    """The kept answer of one POST under its idempotency key (API conventions)."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=40, help_text="the account, or the platform key that acted without one")
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(help_text="hash of method, path and parsed body")
    status = models.SmallIntegerField(null=True, help_text="none while the first request is running")
    made = models.BigIntegerField(null=True, help_text="what its deed made, written in the deed's own transaction")
    body = models.BinaryField(null=True)
    content_type = models.CharField(max_length=64, default="")
    concealed = models.BooleanField(default=False, db_default=False, help_text="the body holds a secret: encrypted")
    created_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("scope", "key", name="answer_once")]
        indexes = [models.Index("created_at", name="answer_age")]


class Event(models.Model):
    """Something that happened, in the order of its account, for webhooks and the event list."""

    id = models.BigAutoField(primary_key=True)
    # As for entries: a renewal of many accounts would look each of them up again, and lock it.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        indexes = [models.Index("account", "id", name="event_by_account")]


class AuditRow(models.Model):
    """Who did what, when, before and after; written in the transaction of the deed (RULES §9.7)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="audit", db_index=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=64, default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index("account", "id", name="audit_by_account")]
