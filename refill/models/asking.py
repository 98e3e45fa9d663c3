"""What members without a right ask those who have it, and the answer (RULES §8, "Ask an admin")."""

from __future__ import annotations

from django.db import models

from refill.models.people import Account, Membership


class Asking(models.Model):
    """One request. A member has at most one open request of a kind."""

    class Kind(models.TextChoices):
        CREDITS = "credits"
        PLAN = "plan"
        ROLE = "role"
        CHANGE = "change"

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        DECLINED = "declined"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="askings", db_index=False)
    member = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    right = models.CharField(max_length=32, default="", help_text="the right that was missing")
    role = models.CharField(max_length=8, default="", help_text="the role that is asked for")
    note = models.CharField(max_length=500, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField(help_text="real time")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="asking_in_account"),
            models.UniqueConstraint(
                "account", "member", "kind", condition=models.Q(state="open"), name="one_open_asking"
            ),
        ]
        indexes = [models.Index("account", "member", "asked_at", name="asking_by_member")]
