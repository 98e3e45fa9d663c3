"""Whom invoices name, and what may stand there (RULES §9.5)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

MOST_EMAILS = 5
LONGEST = {
    "name": 200, "line1": 200, "line2": 200, "postal_code": 32, "city": 100, "region": 100, "country": 2, "tax_id": 32,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BillTo:
    """Billing details. `country` is ISO 3166 alpha-2 in capitals; `emails` get invoices beside Owners and Admins."""

    name: str = ""
    line1: str = ""
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    tax_id: str = ""
    emails: tuple[str, ...] = ()


def printed(details: BillTo) -> dict[str, Any]:
    """What a document keeps of them: all but where it was mailed."""
    return {name: value for name, value in asdict(details).items() if name != "emails"}


def address_lines(buyer: dict[str, Any], country_name: str) -> list[str]:
    """The address as it is printed, line by line, without empty ones."""
    place = f"{buyer.get('postal_code', '')} {buyer.get('city', '')}".strip()
    rows = [buyer.get("line1", ""), buyer.get("line2", ""), place, buyer.get("region", ""), country_name]
    return [row for row in rows if row]
