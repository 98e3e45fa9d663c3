"""Broadcasts: one text to many, each with words of their own (RULES §7.3)."""

from __future__ import annotations

from django.db import models

from refill.models.people import Account, Membership
from refill.models.places import Number


class Broadcast(models.Model):
    """A draft until its texts are held whole and made; then their states say how far it is."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SENDING = "sending"
        DONE = "done"
        CANCELED = "canceled"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="broadcasts", db_index=False)
    name = models.CharField(max_length=200)
    number = models.ForeignKey(Number, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    member = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    actor = models.CharField(max_length=200, default="")
    body = models.TextField(null=True, help_text="with merge fields; none once it is purged")
    media = models.JSONField(default=list)
    pace = models.IntegerField(help_text="texts a minute")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    texts = models.IntegerField(default=0, help_text="how many are sent")
    credits = models.BigIntegerField(default=0, help_text="what was held for all of them")
    hold_id = models.BigIntegerField(null=True)
    policy_id = models.BigIntegerField(null=True, help_text="the policy that its recipients were priced by")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True, help_text="every recipient has a text")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="broadcast_in_account"),
            models.CheckConstraint(
                condition=models.Q(pace__gte=1, texts__gte=0, credits__gte=0), name="broadcast_sane"
            ),
        ]


class Recipient(models.Model):
    """One line of the list. `problem` says why it is left out; such lines cost nothing (RULES §7.4)."""

    class Problem(models.TextChoices):
        NONE = ""
        INVALID = "invalid"
        DUPLICATE = "duplicate"
        OPTED_OUT = "opted_out"
        FIELDS = "fields"
        TOO_LONG = "too_long"
        EMPTY = "empty"
        CANCELED = "canceled"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    broadcast = models.ForeignKey(
        Broadcast, on_delete=models.PROTECT, related_name="recipients", db_constraint=False, db_index=False
    )
    line = models.IntegerField()
    written = models.CharField(max_length=64, help_text="the number as it stood in the list")
    e164 = models.CharField(max_length=24, default="")
    fields = models.JSONField(default=dict)
    problem = models.CharField(max_length=9, choices=Problem.choices, default=Problem.NONE, blank=True)
    parts = models.IntegerField(default=0)
    credits = models.IntegerField(default=0)
    is_made = models.BooleanField(default=False, help_text="its text stands among the messages")

    class Meta:
        constraints = [models.UniqueConstraint("account", "broadcast", "line", name="recipient_once")]
        indexes = [
            models.Index("account", "broadcast", "line", name="recipient_to_make",
                         condition=models.Q(problem="", is_made=False)),
        ]  # fmt: skip
