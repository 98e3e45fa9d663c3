"""What is under way with card providers: pages on which cards are entered, and what their webhooks said."""

from __future__ import annotations

from django.db import models

from refill.models.people import Account


class CardSetup(models.Model):
    """A provider's page on which somebody is entering a card (RULES §9.6)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=64, unique=True, help_text="makes the provider's objects once")
    customer_reference = models.CharField(max_length=255, default="")
    reference = models.CharField(max_length=255, default="", help_text="the provider's name of the page")
    url = models.CharField(max_length=2000, default="")
    actor = models.CharField(max_length=200)
    quote_id = models.BigIntegerField(null=True, help_text="what was being bought, to go back to")
    make_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    card_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("reference", condition=~models.Q(reference=""), name="card_setup_once"),
        ]
        indexes = [models.Index("account", "id", name="card_setup_by_account")]


class SafeMode(models.Model):
    """After a restore, until an operator confirms: nothing is charged. One at a time."""

    id = models.BigAutoField(primary_key=True)
    backup_made_at = models.DateTimeField(help_text="what the provider took from here on may be unknown here")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"], name="one_safe_mode", condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
            )
        ]  # fmt: skip


class ProviderEvent(models.Model):
    """A webhook, verified and answered; the worker does what follows. What it is about is asked for afresh then, so
    neither order nor repetition matters (RULES §9.3), and nothing of its body is kept."""

    class State(models.TextChoices):
        STORED = "stored"
        DONE = "done"
        IGNORED = "ignored"
        UNMATCHED = "unmatched"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    gateway = models.CharField(max_length=16)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    subject = models.CharField(max_length=255, help_text="the provider's name of what it is about")
    provider_key = models.CharField(max_length=64, default="")
    state = models.CharField(max_length=9, choices=State.choices, default=State.STORED)
    received_at = models.DateTimeField()
    try_at = models.DateTimeField(null=True, help_text="real time; when the worker looks at it next")
    tries = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("gateway", "event_id", name="provider_event_once")]
        indexes = [
            models.Index("try_at", name="provider_event_due", condition=models.Q(try_at__isnull=False)),
            models.Index("received_at", name="provider_event_age"),
        ]


class ProviderDifference(models.Model):
    """Something in which the card provider and this product do not agree. It is gone when the next comparison finds it
    no more."""

    class What(models.TextChoices):
        ONLY_HERE = "only_here"
        ONLY_THERE = "only_there"
        STATE = "state"
        AMOUNT = "amount"
        REFUNDED = "refunded"

    id = models.BigAutoField(primary_key=True)
    gateway = models.CharField(max_length=16)
    what = models.CharField(max_length=10, choices=What.choices)
    provider_key = models.CharField(max_length=64)
    reference = models.CharField(max_length=255, default="")
    account_id = models.BigIntegerField(null=True)
    charge_id = models.BigIntegerField(null=True)
    here = models.CharField(max_length=80)
    there = models.CharField(max_length=80)
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "gateway", "provider_key", "what", condition=models.Q(gone_at__isnull=True), name="difference_once"
            )
        ]
