"""Announced price changes: from a date on, those on one price pay another (RULES §4.9)."""

from __future__ import annotations

from django.db import models

from refill.models.catalogue import Price


class PriceChange(models.Model):
    """Periods that start at or after its date, and would be at `from_price`, are at `to_price`. A date counts in the
    zone of each account, an instant for all alike. Announced once; a further change starts from `to_price`."""

    id = models.BigAutoField(primary_key=True)
    from_price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+", db_index=False)
    to_price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    effective_on = models.DateField(null=True, help_text="the local date in the account's zone")
    effective_at = models.DateTimeField(null=True)
    announced_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, help_text="taken back before it counted for anyone")
    actor = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "from_price", condition=models.Q(withdrawn_at__isnull=True), name="price_change_announced_once"
            ),
            models.CheckConstraint(
                condition=models.Q(effective_on__isnull=True) ^ models.Q(effective_at__isnull=True),
                name="price_change_dated_once",
            ),
            models.CheckConstraint(condition=~models.Q(from_price=models.F("to_price")), name="price_change_changes"),
        ]
