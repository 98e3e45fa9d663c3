"""Invoices, credit notes, billing details, the tax table."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from refill.api.shapes.parts import In, Instant, InstantIn, Money, Out, money, words
from refill.domain import ids
from refill.domain.billing_details import LONGEST, MOST_EMAILS, BillTo
from refill.queries.documents import DocumentRow
from refill.queries.invoices import InvoiceRow
from refill.queries.taxes import TaxRateRow


def _text(name: str) -> Any:
    return Annotated[str, Field(strict=True, max_length=LONGEST[name])]


class BillingDetailsIn(In):
    """Whom future invoices name. What is left out is emptied; without a name it is the account's."""

    name: _text("name") = ""  # type: ignore[valid-type]
    line1: _text("line1") = ""  # type: ignore[valid-type]
    line2: _text("line2") = ""  # type: ignore[valid-type]
    postal_code: _text("postal_code") = ""  # type: ignore[valid-type]
    city: _text("city") = ""  # type: ignore[valid-type]
    region: _text("region") = ""  # type: ignore[valid-type]
    country: _text("country") = ""  # type: ignore[valid-type]
    tax_id: _text("tax_id") = ""  # type: ignore[valid-type]
    emails: Annotated[list[Annotated[str, Field(strict=True, max_length=254)]], Field(max_length=MOST_EMAILS)] = []

    @property
    def details(self) -> BillTo:
        return BillTo(**{**self.model_dump(), "emails": tuple(self.emails)})


class BillingDetails(Out):
    """Whom future invoices name, and where they are mailed beside Owners and Admins."""

    name: str
    line1: str
    line2: str
    postal_code: str
    city: str
    region: str
    country: str
    tax_id: str
    emails: list[str]

    @classmethod
    def of(cls, row: BillTo) -> BillingDetails:
        return cls(**{name: getattr(row, name) for name in LONGEST}, emails=list(row.emails))


class TaxRateIn(In):
    """A row of the tax table, in force from `starts_at` (now) until a later row of its country is."""

    country: Annotated[str, Field(strict=True, min_length=2, max_length=2)]
    name: Annotated[str, Field(strict=True, min_length=1, max_length=40, pattern=r"\S")] = "Tax"
    rate_basis_points: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    inclusive: Annotated[bool, Field(strict=True)] = False
    reverse_charge: Annotated[bool, Field(strict=True)] = False
    starts_at: InstantIn | None = None


class TaxRate(Out):
    """1900 basis points are 19 %. `inclusive`: prices hold the tax already."""

    id: str
    country: str
    name: str
    rate_basis_points: int
    inclusive: bool
    reverse_charge: bool
    starts_at: Instant
    mode: Annotated[str, words("live", "test", "both")]

    @classmethod
    def of(cls, row: TaxRateRow) -> TaxRate:
        return cls(
            id=ids.encode("tax", row.id), country=row.country, name=row.name, rate_basis_points=row.rate_basis_points,
            inclusive=row.inclusive, reverse_charge=row.reverse_charge, starts_at=row.starts_at, mode=row.mode,
        )  # fmt: skip


class DocumentLine(Out):
    description: str
    amount: Money
    working: str


class TaxLine(Out):
    """`amount` is the tax on `base`; `added` is what it adds to the lines: nothing where prices hold it."""

    description: str
    rate_basis_points: int
    base: Money
    amount: Money
    added: Money


class Party(Out):
    """Who sells or buys, as it was when the document became final."""

    name: str
    address: list[str]
    country: str
    tax_id: str


def lines_of(rows: list[dict[str, Any]], currency: str) -> list[DocumentLine]:
    return [
        DocumentLine(
            description=row["description"], amount=money(row["amount_minor"], currency), working=row["working"]
        )
        for row in rows
    ]


def tax_lines_of(rows: list[dict[str, Any]], currency: str) -> list[TaxLine]:
    return [
        TaxLine(
            description=row["description"], rate_basis_points=row["rate_basis_points"],
            base=money(row["base_minor"], currency), amount=money(row["amount_minor"], currency),
            added=money(row["added_minor"], currency),
        )
        for row in rows
    ]  # fmt: skip


def buyer_of(facts: dict[str, Any]) -> Party:
    place = f"{facts.get('postal_code', '')} {facts.get('city', '')}".strip()
    lines = [facts.get("line1", ""), facts.get("line2", ""), place, facts.get("region", "")]
    return Party(
        name=facts.get("name", ""), address=[line for line in lines if line], country=facts.get("country", ""),
        tax_id=facts.get("tax_id", ""),
    )  # fmt: skip


def seller_of(facts: dict[str, Any]) -> Party:
    return Party(
        name=facts.get("name", ""), address=list(facts.get("address", [])), country="", tax_id=facts.get("tax_id", "")
    )


class CreditNote(Out):
    """What was taken back of an invoice: a final document of its own."""

    id: str
    number: str
    invoice: str
    reason: Annotated[str, words("customer", "operator", "dispute")]
    lines: list[DocumentLine]
    tax_lines: list[TaxLine]
    subtotal: Money
    tax: Money
    total: Money
    finalized_at: Instant
    hash: str

    @classmethod
    def of(cls, row: DocumentRow) -> CreditNote:
        assert row.about_id is not None
        return cls(
            id=ids.encode("cn", row.id), number=row.name, invoice=ids.encode("inv", row.about_id), reason=row.reason,
            lines=lines_of(row.lines, row.currency), tax_lines=tax_lines_of(row.tax_lines, row.currency),
            subtotal=money(row.subtotal_minor, row.currency), tax=money(row.tax_minor, row.currency),
            total=money(row.total_minor, row.currency), finalized_at=row.finalized_at, hash=row.hash,
        )  # fmt: skip


class Invoice(Out):
    """A final document: it never changes but for its payment state; `hash` is over all the rest."""

    id: str
    number: str
    status: Annotated[str, words("open", "paid", "void")]
    order: str
    buyer: Party
    seller: Party
    lines: list[DocumentLine]
    tax_lines: list[TaxLine]
    subtotal: Money
    tax: Money
    total: Money
    credited: Money
    credit_notes: list[str]
    finalized_at: Instant
    paid_at: Instant | None
    voided_at: Instant | None
    hash: str

    @classmethod
    def of(cls, row: InvoiceRow) -> Invoice:
        return cls(
            id=ids.encode("inv", row.id), number=row.name, status=row.status, order=ids.encode("ord", row.order_id),
            buyer=buyer_of(row.buyer), seller=seller_of(row.seller), lines=lines_of(row.lines, row.currency),
            tax_lines=tax_lines_of(row.tax_lines, row.currency), subtotal=money(row.subtotal_minor, row.currency),
            tax=money(row.tax_minor, row.currency), total=money(row.total_minor, row.currency),
            credited=money(row.credited_minor, row.currency),
            credit_notes=[ids.encode("cn", note) for note in row.credit_notes], finalized_at=row.finalized_at,
            paid_at=row.paid_at, voided_at=row.voided_at, hash=row.hash,
        )  # fmt: skip
