"""What the office keeps for its own work: corrections of credits, and accounts that the worker could not help."""

from __future__ import annotations

from django.db import models

from refill.models.people import Account, User


class Correction(models.Model):
    """Credits that an operator gives or takes back; above the policy's limit a second operator has to agree."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    credits = models.BigIntegerField(help_text="above zero given, below zero taken back")
    source = models.CharField(max_length=10, help_text="of what is given: adjustment or promotion")
    ends_at = models.DateTimeField(null=True)
    grant_id = models.BigIntegerField(null=True, help_text="what was given, or from which it is taken")
    usage_seq = models.BigIntegerField(null=True, help_text="the spend that is given back, by its first entry")
    reason = models.CharField(max_length=500)
    once = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(help_text="real time")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(credits=0), name="correction_corrects"),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("asked_by")),
                name="correction_by_two",
            ),
        ]
        indexes = [
            models.Index("account", "id", name="correction_by_account"),
            models.Index("asked_at", name="correction_waiting", condition=models.Q(state="waiting")),
        ]


class Trouble(models.Model):
    """An account whose due work failed; it is put off and comes up again, until it works or a person looks."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="+")
    fault = models.CharField(max_length=200, help_text="the kind of the last failure, without its words")
    times = models.IntegerField(default=1)
    since = models.DateTimeField()
    last_at = models.DateTimeField()
