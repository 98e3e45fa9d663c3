"""Whom future invoices name, and where they are mailed. What is final keeps what it said (RULES §9.5)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from refill.domain.billing_details import LONGEST, MOST_EMAILS, BillTo
from refill.domain.card_numbers import has_card_number
from refill.domain.errors import Invalid
from refill.domain.records import Actor
from refill.models import Account, BillingDetails
from refill.services.entering import entered
from refill.services.invoicing import tax_ids
from refill.services.invoicing.countries import COUNTRIES
from refill.services.recording import audit, emit


def save(*, account_id: int, actor: Actor, details: BillTo) -> None:
    """Keep them for future invoices; an open quote whose tax they change becomes stale. Raises Invalid."""
    details = checked(details)
    with entered(account_id) as balance:
        before = of(account_id)
        if before == details:
            return
        row = {**asdict(details), "emails": list(details.emails), "updated_at": balance.at}
        BillingDetails.objects.update_or_create(account_id=account_id, defaults=row)
        audit(
            account_id, balance.at, actor, "billing_details.changed",
            before=_traced(before, details), after=_traced(details, before),
        )  # fmt: skip
        emit(account_id, balance.at, "account.updated", billing_details=True)


def of(account_id: int) -> BillTo:
    """Those in force; empty ones where none were given."""
    row = BillingDetails.objects.filter(account_id=account_id).values(*BillTo.__slots__).first()
    return BillTo(**{**row, "emails": tuple(row["emails"])}) if row else BillTo()


def buyer_of(account_id: int) -> BillTo:
    """Whom a document that becomes final now names: the account's name where no other is given."""
    details = of(account_id)
    if details.name:
        return details
    return replace(details, name=Account.objects.values_list("name", flat=True).get(pk=account_id))


def checked(details: BillTo) -> BillTo:
    """The details in their one spelling. Raises Invalid, naming the field."""
    tidy: dict[str, Any] = {name: " ".join(str(getattr(details, name)).split()) for name in LONGEST}
    for name, longest in LONGEST.items():
        if len(tidy[name]) > longest:
            raise Invalid(f"At most {longest} characters.", param=name)
        if not tidy[name].isprintable():
            raise Invalid("This holds a character that cannot be printed.", param=name)
        if name != "tax_id" and has_card_number(tidy[name]):
            raise Invalid("This looks like a card number. Take it out.", param=name)
    tidy["country"] = tidy["country"].upper()
    if tidy["country"] and tidy["country"] not in COUNTRIES:
        raise Invalid("Choose a country of the list (ISO 3166, as in DE).", param="country")
    if tidy["tax_id"]:
        if not tidy["country"]:
            raise Invalid("A tax id needs its country.", param="country")
        tidy["tax_id"] = tax_ids.compact(tidy["country"], tidy["tax_id"])
    return BillTo(**tidy, emails=_emails(details.emails))


def _emails(given: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for text in given:
        email = text.strip().lower()
        if not email or email in found:
            continue
        try:
            validate_email(email)
        except ValidationError:
            raise Invalid(f"{text.strip()[:100]} is not a mail address.", param="emails") from None
        if len(email) > 254:
            raise Invalid("A mail address has at most 254 characters.", param="emails")
        found.append(email)
    if len(found) > MOST_EMAILS:
        raise Invalid(f"At most {MOST_EMAILS} mail addresses.", param="emails")
    return tuple(found)


def _traced(details: BillTo, other: BillTo) -> dict[str, Any]:
    """For the audit: what decides about tax, and the names of what changed. It outlives the personal data (§4.7)."""
    changed = [name for name in BillTo.__slots__ if getattr(details, name) != getattr(other, name)]
    return {"country": details.country, "tax_id": details.tax_id, "changed": changed}
