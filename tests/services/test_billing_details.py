"""Billing details: kept in one spelling, refused with a reason, on the next invoice and not on the last one."""

from itertools import count

import pytest

from refill.domain.billing_details import BillTo
from refill.domain.errors import Invalid
from refill.domain.records import Actor
from refill.models import AuditRow, Invoice
from refill.services import accounts
from refill.services.invoicing import billing_details, tax_ids
from tests.life import Platform

OPERATOR = Actor("operator")
numbers = count(1)


def account() -> int:
    return accounts.create(
        actor=OPERATOR, name="Northwind Dental", timezone="UTC", currency="eur", livemode=False,
        owner_email=f"billing{next(numbers)}@northwind.example", owner_name="Ann Okafor",
    ).account_id  # fmt: skip


def test_details_are_kept_in_their_one_spelling_with_one_audit_row() -> None:
    account_id = account()
    given = BillTo(
        name="  Praxis  Nord ", line1="Hafenstr. 3", postal_code="20457", city="Hamburg", country="de",
        tax_id="136 695 976", emails=("Books@Nord.example", "books@nord.example", ""),
    )  # fmt: skip
    billing_details.save(account_id=account_id, actor=OPERATOR, details=given)
    billing_details.save(account_id=account_id, actor=OPERATOR, details=given)
    kept = billing_details.of(account_id)
    assert (kept.name, kept.country, kept.tax_id, kept.emails) == (
        "Praxis Nord", "DE", "DE136695976", ("books@nord.example",),
    )  # fmt: skip
    rows = AuditRow.objects.filter(account_id=account_id, action="billing_details.changed")
    assert [(row.before["country"], row.after["country"], row.after["tax_id"]) for row in rows] == [
        ("", "DE", "DE136695976")
    ]


@pytest.mark.parametrize(
    ("details", "param"),
    [
        (BillTo(country="XX"), "country"),
        (BillTo(tax_id="DE136695976"), "country"),
        (BillTo(country="DE", tax_id="DE136695977"), "tax_id"),
        (BillTo(country="KW", tax_id="?"), "tax_id"),
        (BillTo(name="x" * 201), "name"),
        (BillTo(city="a\x07b"), "city"),
        (BillTo(name="4242 4242 4242 4242"), "name"),
        (BillTo(emails=("nobody",)), "emails"),
        (BillTo(emails=tuple(f"b{n}@nord.example" for n in range(6))), "emails"),
        (BillTo(emails=("a@b.example\r\nBcc: c@d.example",)), "emails"),
    ],
)
def test_what_cannot_be_printed_or_is_no_number_of_the_country_is_refused(details: BillTo, param: str) -> None:
    account_id = account()
    with pytest.raises(Invalid) as refused:
        billing_details.save(account_id=account_id, actor=OPERATOR, details=details)
    assert refused.value.param == param
    assert billing_details.of(account_id) == BillTo()


@pytest.mark.parametrize(
    ("country", "text", "kept"),
    [
        ("DE", "de 136,695 976", "DE136695976"),
        ("GR", "GR 094259216", "EL094259216"),
        ("GB", "GB 980 7806 84", "980780684"),
        ("AU", "83 914 571 673", "83914571673"),
        ("US", "91-1144442", "911144442"),
        ("KW", "kw 123-45", "KW 123-45"),
    ],
)
def test_tax_ids_have_one_spelling(country: str, text: str, kept: str) -> None:
    assert tax_ids.compact(country, text) == kept


def test_an_invoice_keeps_the_details_of_its_day(platform_key: str) -> None:
    platform = Platform(platform_key)
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    account_id = Invoice.objects.latest("id").account_id
    billing_details.save(
        account_id=account_id, actor=OPERATOR, details=BillTo(name="Praxis Nord", country="DE", tax_id="DE136695976")
    )
    life.buy(1000)
    first, second = Invoice.objects.filter(account_id=account_id).order_by("id")
    assert (first.buyer["name"], first.buyer["tax_id"]) == ("Northwind Dental", "")
    assert (second.buyer["name"], second.buyer["tax_id"]) == ("Praxis Nord", "DE136695976")
