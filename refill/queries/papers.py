"""A final document as it is printed: every word of it, so that the PDF computes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from refill.domain.billing_details import address_lines
from refill.domain.money import say_money
from refill.queries.documents import DocumentRow

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
REASONS = {
    "customer": "refund at the customer's wish", "operator": "refund", "dispute": "payment taken back by the bank",
}  # fmt: skip
_INVOICE = "A final invoice never changes; a mistake is corrected by a credit note."
_NOTE = "This credit note corrects invoice {}."


def printed(row: DocumentRow) -> dict[str, Any]:
    """The words of a document, for gateways/pdf."""
    day = row.finalized_at.astimezone(ZoneInfo(row.zone))
    return {
        "title": title(row), "name": row.name, "year": day.year, "month": day.month, "day": day.day,
        "seller": {"name": row.seller.get("name", ""), "lines": seller_lines(row.seller)},
        "buyer": {"name": row.buyer.get("name", ""), "lines": buyer_lines(row.buyer)},
        "facts": [list(fact) for fact in _facts(row)],
        "lines": [
            {
                "description": line["description"], "working": line["working"],
                "amount": say_money(line["amount_minor"], row.currency),
            }
            for line in row.lines
        ],
        "sums": [[words, say_money(amount, row.currency)] for words, amount in sums(row)],
        "total": ["Total" if row.kind == "invoice" else "Total credited", say_money(row.total_minor, row.currency)],
        "notes": notes(row), "foot": row.seller.get("name", ""),
    }  # fmt: skip


def title(row: DocumentRow) -> str:
    """Invoice R-0012, or Credit note C-0003."""
    return f"{'Invoice' if row.kind == 'invoice' else 'Credit note'} {row.name}"


def buyer_lines(buyer: dict[str, Any]) -> list[str]:
    """The lines below the buyer's name: address, tax id."""
    lines = address_lines(buyer, buyer.get("country_name", ""))
    return lines + ([f"Tax id {buyer['tax_id']}"] if buyer.get("tax_id") else [])


def seller_lines(seller: dict[str, Any]) -> list[str]:
    """The lines below the seller's name: address, tax id."""
    return [*seller.get("address", []), *([f"Tax id {seller['tax_id']}"] if seller.get("tax_id") else [])]


def sums(row: DocumentRow) -> list[tuple[str, int]]:
    """What stands between the lines and the total, in words and minor units. Added to the lines it gives the total."""
    found = []
    for line in row.tax_lines:
        net = ("Total before tax", line["base_minor"])
        if line["added_minor"] < 0:
            found.append(("Tax within the prices, not charged", line["added_minor"]))
        found += [net, (line["description"], line["amount_minor"])]
    return found or [("Subtotal", row.subtotal_minor), ("Tax", row.tax_minor)]


def notes(row: DocumentRow) -> list[str]:
    """What stands below the sums."""
    said = [_INVOICE if row.kind == "invoice" else _NOTE.format(row.about)]
    if any("reverse charge" in line["description"] for line in row.tax_lines):
        said.append("Reverse charge: the tax is owed by the recipient.")
    return said


def _facts(row: DocumentRow) -> list[tuple[str, str]]:
    facts = [("Number", row.name), ("Date", _day(row.finalized_at, row.zone))]
    if row.kind == "credit_note":
        return [*facts, ("Corrects invoice", row.about), ("Why", REASONS[row.reason])]
    state = row.status
    if row.paid_at is not None:
        state += f" on {_day(row.paid_at, row.zone)}" + (f", {row.card}" if row.card else "")
    return [*facts, ("State", state)]


def _day(at: datetime, zone: str) -> str:
    """22 March 2027, in the account's zone."""
    day = at.astimezone(ZoneInfo(zone))
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
