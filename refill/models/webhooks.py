"""Webhooks out: where events go, and what became of each."""

from __future__ import annotations

from django.db import models

from refill.models.office import Event
from refill.models.people import Account


class WebhookEndpoint(models.Model):
    """An address of an account that hears of events. Its secrets are kept encrypted."""

    class State(models.TextChoices):
        ENABLED = "enabled"
        DISABLED = "disabled"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="webhook_endpoints", db_index=False)
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, default="")
    kinds = models.JSONField(help_text="kinds of events, families as in credits.*, or *")
    secret = models.BinaryField()
    old_secret = models.BinaryField(null=True)
    old_secret_until = models.DateTimeField(null=True, help_text="until then deliveries bear both signatures")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ENABLED)
    reason = models.CharField(max_length=8, default="", help_text="why it is disabled: gone, failing, or by a person")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0, help_text="in a row")
    failing_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True, help_text="left alone until then, whatever is due")
    served_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("account", "id", name="webhook_endpoint_in_account")]
        indexes = [models.Index("id", name="webhook_enabled", condition=models.Q(state="enabled"))]


class Delivery(models.Model):
    """One event for one endpoint: made with the event, by a trigger; due until delivered, failed or dropped."""

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"
        DROPPED = "dropped"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    tries = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="pending: none waits for an operator's word after a restore")
    leased_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("endpoint", "event", name="delivery_once")]
        indexes = [
            models.Index("endpoint", "due_at", name="delivery_due", condition=models.Q(state="pending")),
            models.Index("account", "id", name="delivery_by_account"),
        ]


class DeliveryTry(models.Model):
    """One try, and what came back."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    words = models.CharField(max_length=1000, default="", help_text="the beginning of the answer, or what went wrong")
    milliseconds = models.IntegerField()
