"""The tax of an account, and the table that it comes from, for reading (RULES §4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain import taxes
from refill.domain.modes import modes_for
from refill.domain.taxes import Tax
from refill.models import BillingDetails, TaxRate

_RATE = ("country", "name", "rate_basis_points", "inclusive", "reverse_charge", "starts_at")


@dataclass(frozen=True, slots=True)
class TaxRateRow:
    """A row of the table. `mode` is live, test or both."""

    id: int
    country: str
    name: str
    rate_basis_points: int
    inclusive: bool
    reverse_charge: bool
    starts_at: datetime
    mode: str


def tax_of(account_id: int, now: datetime, otherwise: Tax) -> Tax:
    """What a charge at `now` would carry; `otherwise` is the policy's."""
    details = BillingDetails.objects.filter(account_id=account_id).exclude(country="")
    found = details.values_list("country", "tax_id", "account__livemode").first()
    return otherwise if found is None else tax_by(*found, now, otherwise)


def tax_by(country: str, tax_id: str, livemode: bool, now: datetime, otherwise: Tax) -> Tax:
    """The same, where the billing details are known already."""
    rows = TaxRate.objects.filter(country=country, mode__in=modes_for(livemode)).order_by("id").values_list(*_RATE)
    return taxes.tax_for([taxes.TaxRate(*row) for row in rows], country, tax_id, now, otherwise)


def newest(livemode: bool, *, before: int | None, limit: int) -> list[TaxRateRow]:
    """Rows of the table below the id `before`, the newest first."""
    rows = TaxRate.objects.filter(mode__in=modes_for(livemode))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [TaxRateRow(*row) for row in rows.order_by("-pk").values_list("id", *_RATE, "mode")[:limit]]


def table(limit: int) -> list[TaxRateRow]:
    """All rows of both modes, country by country, the latest start first."""
    rows = TaxRate.objects.order_by("country", "-starts_at", "-pk").values_list("id", *_RATE, "mode")
    return [TaxRateRow(*row) for row in rows[:limit]]


def get(rate_id: int) -> TaxRateRow:
    """One row."""
    return TaxRateRow(*TaxRate.objects.values_list("id", *_RATE, "mode").get(pk=rate_id))
