"""The tax of an account's charges, and the table that it comes from (RULES §4.1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction

from refill.domain import taxes
from refill.domain.errors import Conflict, Invalid
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A further row, in force from `starts_at` (None: now) on, for accounts of one mode (None: of both)."""

    country: str
    name: str
    rate_basis_points: int
    inclusive: bool
    reverse_charge: bool
    starts_at: datetime | None
    livemode: bool | None


@dataclass(frozen=True, slots=True)
class RateChange:
    """What a further row would do: the rate in force before at its start, and whose charges carry it from then on.

    `until`: when a row that is there already takes its place. `names` are of at most twenty of the accounts. `mark` is
    the same for the same change alone: what was shown is what is done.
    """

    after: taxes.TaxRate
    before: taxes.TaxRate | None
    until: datetime | None
    accounts: int
    names: tuple[str, ...]
    mark: str


def compare(wanted: Wanted) -> RateChange:
    """Say what `put_rate` would do, and change nothing. Raises Invalid."""
    _check(wanted)
    row, country, livemode = _wanted_rate(wanted, clock.now()), wanted.country, wanted.livemode
    rows = TaxRate.objects.filter(country=country, mode__in=modes_for(livemode)).order_by("id")
    known = [_rate(found) for found in rows]
    later = min((rate.starts_at for rate in known if rate.starts_at > row.starts_at), default=None)
    earlier = [rate for rate in known if rate.starts_at <= row.starts_at]
    concerned = Account.objects.filter(billing_details__country=country).exclude(status__in=["canceled", "purged"])
    if livemode is not None:
        concerned = concerned.filter(livemode=livemode)
    names = tuple(concerned.order_by("name", "pk").values_list("name", flat=True)[:MOST_NAMES])
    before = max(earlier, key=lambda rate: rate.starts_at, default=None)
    mark = sha256(repr((wanted, before, later, concerned.count())).encode()).hexdigest()
    return RateChange(row, before, later, concerned.count(), names, mark)


def put_rate(*, actor: Actor, wanted: Wanted, mark: str | None = None) -> int:
    """Add a row to the table; what was in force before is kept.

    With the `mark` of a comparison, only where it does exactly that. Raises Invalid, and Conflict where it does not.
    """
    _check(wanted)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('refill.tax_rates'))")
        if mark is not None and compare(wanted).mark != mark:
            raise Conflict("Something has changed meanwhile. Look at it again.")
        now, mode = clock.now(), mode_of(wanted.livemode)
        rate = asdict(_wanted_rate(wanted, now))
        row = TaxRate.objects.create(**rate, mode=mode, created_at=now, actor=actor.label)
        facts = {**rate, "starts_at": row.starts_at.isoformat(), "mode": mode}
        audit(None, now, actor, "tax_rate.added", subject=str(row.pk), after=facts)
        return row.pk


def _check(wanted: Wanted) -> None:
    if wanted.country not in COUNTRIES:
        raise Invalid("country is two capital letters, ISO 3166, as in DE.", param="country")
    if not 0 <= wanted.rate_basis_points <= taxes.WHOLE_BASIS_POINTS:
        raise Invalid("rate_basis_points is a whole number from 0 to 10,000.", param="rate_basis_points")
    if not wanted.name.strip() or len(wanted.name) > 40:
        raise Invalid("name is 1 to 40 characters, as in VAT.", param="name")


def _wanted_rate(wanted: Wanted, now: datetime) -> taxes.TaxRate:
    return taxes.TaxRate(
        wanted.country, wanted.name.strip(), wanted.rate_basis_points, wanted.inclusive, wanted.reverse_charge,
        wanted.starts_at or now,
    )  # fmt: skip


def _rate(row: TaxRate) -> taxes.TaxRate:
    return taxes.TaxRate(row.country, row.name, row.rate_basis_points, row.inclusive, row.reverse_charge, row.starts_at)
