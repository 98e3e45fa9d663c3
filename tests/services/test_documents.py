"""Final documents: page, PDF and JSON agree to the minor unit; nothing of them can be changed (RULES §9.5)."""

import io
from typing import Any

import psycopg
import pypdf
import pytest
from django.test import Client

from refill.domain import ids
from refill.domain.money import say_money
from refill.models import Invoice
from tests.life import Life, Platform

EVIL = "Ann & Bob <script>alert(1)</script> #emph[x] $1 \\u{41} {{ 7 }} =x"


def pdf(life: Life, path: str) -> bytes:
    answer = Client().get(
        f"/v1{path}", headers={"Authorization": f"Bearer {life.platform.key}", "Refill-Account": life.id}
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return bytes(answer.content)


def words_of(made: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages).split())


def paying(platform: Platform, **details: Any) -> Life:
    life = platform.life("2027-03-22 00:00", zone="Europe/Berlin")
    life.use_card("visa_ok")
    life.call("PUT", "/billing_details", details)
    return life


def test_a_pdf_is_tagged_and_the_same_bytes_each_time(platform: Platform) -> None:
    life = paying(platform, name="Praxis Nord", country="DE", tax_id="DE136695976", line1="Hafenstr. 3", city="Hamburg")
    order = life.buy(1000)
    made = pdf(life, f"/invoices/{order['invoice']}/pdf")
    assert pdf(life, f"/invoices/{order['invoice']}/pdf") == made
    root: Any = pypdf.PdfReader(io.BytesIO(made)).trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "en")
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()
    said = words_of(made)
    for word in ("Praxis Nord", "Hafenstr. 3", "Hamburg", "Germany", "Tax id DE136695976", "22 March 2027", "$40.00"):
        assert word in said


def test_a_name_is_never_anything_but_a_name(platform: Platform) -> None:
    life = paying(platform, name=EVIL)
    order = life.buy(250)
    assert EVIL in words_of(pdf(life, f"/invoices/{order['invoice']}/pdf"))
    life.call("PUT", "/billing_details", {"name": "株式会社 ✂ שלום"})
    other = life.buy(250)
    assert pdf(life, f"/invoices/{other['invoice']}/pdf").startswith(b"%PDF")


def test_lines_taxes_and_total_of_the_pdf_are_those_of_the_json(platform: Platform) -> None:
    life = paying(platform, name="Praxis Nord", country="AX")
    rate = {"country": "AX", "name": "ALV", "rate_basis_points": 2_550, "inclusive": False}
    platform.call("POST", "/tax_rates", rate | {"starts_at": "2027-01-01T00:00:00Z"})
    order = life.buy(1000, 3)
    invoice = life.call("GET", f"/invoices/{order['invoice']}")
    assert [invoice[name]["amount"] for name in ("subtotal", "tax", "total")] == [12_000, 3_060, 15_060]
    said = words_of(pdf(life, f"/invoices/{order['invoice']}/pdf"))
    for amount in (12_000, 3_060, 15_060):
        assert say_money(amount, "usd") in said
    assert f"ALV 25.5 % {say_money(3_060, 'usd')}" in said
    made = life.call("POST", "/refunds", {"order": order["id"], "reason": "operator"})
    note = life.call("GET", f"/credit_notes/{made['credit_note']}")
    assert [note[name]["amount"] for name in ("subtotal", "tax", "total")] == [12_000, 3_060, 15_060]
    said = words_of(pdf(life, f"/credit_notes/{made['credit_note']}/pdf"))
    assert f"Credit note {note['number']}" in said
    assert f"Corrects invoice {invoice['number']}" in said
    assert f"Total credited {say_money(15_060, 'usd')}" in said


@pytest.mark.parametrize(
    "change",
    [
        "update refill_invoice set total_minor = total_minor + 1, subtotal_minor = subtotal_minor + 1",
        "update refill_invoice set lines = '[]'",
        "update refill_invoice set buyer = '{}'",
        "update refill_invoice set number = number + 1000000",
        "update refill_invoice set hash = '\\x00'",
        "update refill_invoice set status = 'void', voided_at = now()",
        "update refill_invoice set status = 'open', paid_at = null",
        "delete from refill_invoice",
        "update refill_creditnote set total_minor = 1, subtotal_minor = 1 - tax_minor",
        "delete from refill_creditnote",
    ],
)
def test_a_final_document_is_refused_every_change(
    platform: Platform, owner: psycopg.Connection[tuple[object, ...]], change: str
) -> None:
    life = paying(platform)
    order = life.buy(250)
    life.call("POST", "/refunds", {"order": order["id"], "reason": "operator"})
    number = ids.decode("inv", order["invoice"])[0]
    column = "invoice_id" if "creditnote" in change else "id"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="a final document never changes"):
        owner.execute(f"{change} where {column} = {number}".encode())
    assert Invoice.objects.get(pk=number).total_minor == 1_250


def test_the_table_cannot_be_emptied(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    for table in ("refill_invoice", "refill_creditnote"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="a final document never changes"):
            owner.execute(f"truncate {table} cascade".encode())


def test_an_open_invoice_becomes_paid_or_void_and_nothing_else(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("declined")
    life.advance("2027-04-22 00:00")
    assert [invoice["status"] for invoice in life.invoices()] == ["paid", "open"]
    hashes = [invoice["hash"] for invoice in life.invoices()]
    life.use_card("visa_ok")
    life.advance("2027-04-23 00:00")
    assert [invoice["status"] for invoice in life.invoices()] == ["paid", "paid"]
    assert [invoice["hash"] for invoice in life.invoices()] == hashes
