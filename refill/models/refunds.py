"""Money that goes back: refunds by grant, and disputes (RULES §9.5)."""

from __future__ import annotations

from django.db import models

from refill.models.billing import Charge
from refill.models.documents import CreditNote
from refill.models.people import Account


class Refund(models.Model):
    """One giving back of a part of a charge. The provider is asked for the charge's sum of them, not for steps."""

    class Reason(models.TextChoices):
        CUSTOMER = "customer"
        OPERATOR = "operator"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, db_constraint=False, related_name="refunds", db_index=False
    )
    credit_note = models.OneToOneField(CreditNote, on_delete=models.PROTECT, db_constraint=False, related_name="refund")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    amount_minor = models.BigIntegerField(help_text="with tax")
    currency = models.CharField(max_length=3)
    due_minor = models.BigIntegerField(help_text="all that the charge was to give back, this included")
    grants = models.JSONField(help_text="[grant, credits taken back] of each grant")
    through = models.JSONField(default=list, db_default=[], help_text="[from order, to order, minor units credited]")
    note = models.CharField(max_length=500, default="")
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="refund_in_account"),
            models.UniqueConstraint("charge", "due_minor", name="refund_step_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_positive"),
        ]
        indexes = [models.Index("account", "charge", name="refund_by_charge")]


class Dispute(models.Model):
    """A customer's bank takes money back. What is unspent is taken, the rest owed, until it is decided."""

    class State(models.TextChoices):
        OPEN = "open"
        WON = "won"
        LOST = "lost"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="disputes", db_index=False)
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, db_constraint=False, related_name="disputes", db_index=False
    )
    reference = models.CharField(max_length=255, unique=True)
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField(default=0, help_text="what the provider keeps for it; the operator's cost")
    grants = models.JSONField(help_text="what was taken and owed of each grant, and what restoring it needs")
    through = models.JSONField(default=list, db_default=[], help_text="[from order, to order, minor units credited]")
    credit_note = models.OneToOneField(
        CreditNote, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="dispute"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="dispute_in_account"),
            models.UniqueConstraint("charge", condition=models.Q(state="open"), name="one_open_dispute"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0, fee_minor__gte=0), name="dispute_positive"),
        ]
        indexes = [models.Index("account", "charge", name="dispute_by_charge")]
