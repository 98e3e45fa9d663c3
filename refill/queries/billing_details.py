"""Billing details, for reading."""

from __future__ import annotations

from refill.domain.billing_details import BillTo
from refill.models import BillingDetails


def get(account_id: int) -> BillTo:
    """Those in force; empty ones where none were given."""
    row = BillingDetails.objects.filter(account_id=account_id).values(*BillTo.__slots__).first()
    return BillTo(**{**row, "emails": tuple(row["emails"])}) if row else BillTo()
