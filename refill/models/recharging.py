"""What an account agreed to for auto-recharge, how it stands, and each decision (RULES §5.2-5.8)."""

from __future__ import annotations

from django.db import models

from refill.models.catalogue import Pack
from refill.models.people import Account


class Recharge(models.Model):
    """The rule of one account. Off until somebody turns it on. Its cards are those marked so (PaymentMethod)."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="recharge")
    enabled = models.BooleanField(default=False)
    threshold = models.BigIntegerField()
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+")
    max_per_day = models.IntegerField()
    max_per_month_minor = models.BigIntegerField(help_text="with tax")
    consent = models.CharField(max_length=500, default="", help_text="the exact sentence agreed to")
    consent_by = models.CharField(max_length=200, default="")
    consent_at = models.DateTimeField(null=True)
    broken = models.JSONField(default=list, help_text="cards that are not tried until a person or a new card comes")
    look_at = models.DateTimeField(null=True, help_text="when the balance is looked at though nothing is debited")
    look_cause = models.CharField(max_length=16, default="")
    reason = models.CharField(max_length=24, default="", help_text="of the last decision, while below the threshold")
    reason_until = models.DateTimeField(null=True)
    told = models.JSONField(default=list, help_text="caps that people were told of, each once")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(threshold__gt=0, max_per_day__gt=0, max_per_month_minor__gt=0),
                name="recharge_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(enabled=False) | (models.Q(consent_at__isnull=False) & ~models.Q(consent="")),
                name="recharge_needs_consent",
            ),
        ]
        indexes = [models.Index("look_at", name="recharge_to_look", condition=models.Q(look_at__isnull=False))]


class RechargeDecision(models.Model):
    """Fired; or not, and why. Written when the balance is found below the threshold and when the reason changes."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    reason = models.CharField(max_length=24)
    cause = models.CharField(max_length=16, help_text="what made us look: spend, hold, refused, saved, settled, …")
    entry_seq = models.BigIntegerField(null=True, help_text="the debit that was the cause")
    available = models.BigIntegerField()
    threshold = models.BigIntegerField()
    required = models.BigIntegerField(null=True)
    gap = models.BigIntegerField()
    packs = models.BigIntegerField()
    amount_minor = models.BigIntegerField(help_text="what closing the gap costs, with tax")
    currency = models.CharField(max_length=3)
    order_id = models.BigIntegerField(null=True)
    until = models.DateTimeField(null=True, help_text="when a cap ends, or a try follows")

    class Meta:
        indexes = [models.Index("account", "id", name="recharge_decision_by_account")]
