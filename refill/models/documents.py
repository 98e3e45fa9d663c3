"""Billing details, the tax table, credit notes (RULES §9.5)."""

from __future__ import annotations

from django.db import models

from refill.models.billing import Invoice, InvoiceSeries
from refill.models.catalogue import Mode
from refill.models.people import Account


class BillingDetails(models.Model):
    """Whom future invoices name. An invoice keeps a copy of what was in force when it became final."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="billing_details")
    name = models.CharField(max_length=200, default="", help_text="empty: the account's name")
    line1 = models.CharField(max_length=200, default="")
    line2 = models.CharField(max_length=200, default="")
    postal_code = models.CharField(max_length=32, default="")
    city = models.CharField(max_length=100, default="")
    region = models.CharField(max_length=100, default="")
    country = models.CharField(max_length=2, default="", help_text="ISO 3166 alpha-2 in capitals")
    tax_id = models.CharField(max_length=32, default="", help_text="in its compact form, checked")
    emails = models.JSONField(default=list, help_text="where invoices go, beyond Owners and Admins")
    updated_at = models.DateTimeField()


class TaxRate(models.Model):
    """A row of the tax table: in force from an instant, until a later row of its country is. Never edited."""

    id = models.BigAutoField(primary_key=True)
    country = models.CharField(max_length=2)
    name = models.CharField(max_length=40)
    rate_basis_points = models.IntegerField()
    inclusive = models.BooleanField()
    reverse_charge = models.BooleanField(help_text="a business with a tax id of this country owes it itself")
    starts_at = models.DateTimeField()
    mode = models.CharField(max_length=4, choices=Mode.choices, default=Mode.BOTH)
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rate_basis_points__gte=0, rate_basis_points__lte=10_000), name="tax_rate_bounded"
            )
        ]
        indexes = [models.Index("country", "starts_at", name="tax_rate_by_country")]


class CreditNote(models.Model):
    """What is taken back of a final invoice: a final document of its own, in a series of its own."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credit_notes", db_index=False)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="credit_notes", db_index=False
    )
    series = models.ForeignKey(InvoiceSeries, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    reason = models.CharField(max_length=16, help_text="customer, operator or dispute")
    lines = models.JSONField()
    tax_lines = models.JSONField(default=list)
    subtotal_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    buyer = models.JSONField(default=dict)
    seller = models.JSONField(default=dict)
    finalized_at = models.DateTimeField()
    hash = models.BinaryField(default=b"", help_text="of all that never changes; the database computes it")

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="credit_note_in_account"),
            models.UniqueConstraint("series", "number", name="credit_note_number_once"),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("subtotal_minor") + models.F("tax_minor"), total_minor__gt=0),
                name="credit_note_adds_up",
            ),
        ]
        indexes = [models.Index("account", "invoice", name="credit_note_by_invoice")]
