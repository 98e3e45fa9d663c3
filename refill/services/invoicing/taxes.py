"""The tax of an account's charges, and the table that it comes from (RULES §4.1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from refill.domain import taxes
from refill.domain.errors import Invalid
from refill.domain.modes import mode_of, modes_for
from refill.domain.policies import Policy
from refill.domain.records import Actor
from refill.domain.taxes import Tax
from refill.gateways import clock
from refill.models import Account, BillingDetails, TaxRate
from refill.services.invoicing.countries import COUNTRIES
from refill.services.recording import audit

MOST_NAMES = 20


def tax_of(account_id: int, policy: Policy, now: datetime) -> Tax:
    """What a charge at `now` carries: by the account's billing details and the table, otherwise by policy."""
    details = BillingDetails.objects.filter(account_id=account_id).values_list("country", "tax_id").first()
    if details is None or not details[0]:
        return policy.tax
    livemode = Account.objects.values_list("livemode", flat=True).get(pk=account_id)
    rows = TaxRate.objects.filter(country=details[0], mode__in=modes_for(livemode))
    rates = [_rate(row) for row in rows.order_by("id")]
    return taxes.tax_for(rates, details[0], details[1], now, policy.tax)


@dataclass(frozen=True, slots=True)
class RateChange:
    """What a further row would do: the rate in force before at its start, and whose charges carry it from then on.

    `until`: when a row that is there already takes its place. `names` are of at most twenty of the accounts.
    """

    after: taxes.TaxRate
    before: taxes.TaxRate | None
    until: datetime | None
    accounts: int
    names: tuple[str, ...]


def compare(
    *, country: str, name: str, rate_basis_points: int, inclusive: bool, reverse_charge: bool,
    starts_at: datetime | None, livemode: bool | None,
) -> RateChange:  # fmt: skip
    """Say what `put_rate` would do, and change nothing. Raises Invalid."""
    _check(country, name, rate_basis_points)
    row = taxes.TaxRate(
        country, name.strip(), rate_basis_points, inclusive, reverse_charge, starts_at or clock.now()
    )  # fmt: skip
    rows = TaxRate.objects.filter(country=country, mode__in=modes_for(livemode)).order_by("id")
    known = [_rate(found) for found in rows]
    later = min((rate.starts_at for rate in known if rate.starts_at > row.starts_at), default=None)
    earlier = [rate for rate in known if rate.starts_at <= row.starts_at]
    concerned = Account.objects.filter(billing_details__country=country).exclude(status__in=["canceled", "purged"])
    if livemode is not None:
        concerned = concerned.filter(livemode=livemode)
    names = tuple(concerned.order_by("name", "pk").values_list("name", flat=True)[:MOST_NAMES])
    before = max(earlier, key=lambda rate: rate.starts_at, default=None)
    return RateChange(row, before, later, concerned.count(), names)


def put_rate(
    *, actor: Actor, country: str, name: str, rate_basis_points: int, inclusive: bool, reverse_charge: bool,
    starts_at: datetime | None, livemode: bool | None,
) -> int:  # fmt: skip
    """Add a row to the table, in force from `starts_at` (now) on; what was in force before is kept. Raises Invalid."""
    _check(country, name, rate_basis_points)
    with transaction.atomic(durable=True):
        mode = mode_of(livemode)
        now = clock.now()
        row = TaxRate.objects.create(
            country=country, name=name.strip(), rate_basis_points=rate_basis_points, inclusive=inclusive,
            reverse_charge=reverse_charge, starts_at=starts_at or now, mode=mode, created_at=now, actor=actor.label,
        )  # fmt: skip
        facts = {**asdict(_rate(row)), "starts_at": row.starts_at.isoformat(), "mode": mode}
        audit(None, now, actor, "tax_rate.added", subject=str(row.pk), after=facts)
        return row.pk


def _check(country: str, name: str, rate_basis_points: int) -> None:
    if country not in COUNTRIES:
        raise Invalid("country is two capital letters, ISO 3166, as in DE.", param="country")
    if not 0 <= rate_basis_points <= taxes.WHOLE_BASIS_POINTS:
        raise Invalid("rate_basis_points is a whole number from 0 to 10,000.", param="rate_basis_points")
    if not name.strip() or len(name) > 40:
        raise Invalid("name is 1 to 40 characters, as in VAT.", param="name")


def _rate(row: TaxRate) -> taxes.TaxRate:
    return taxes.TaxRate(row.country, row.name, row.rate_basis_points, row.inclusive, row.reverse_charge, row.starts_at)
