"""Credit notes: what is taken back of a final invoice, in a gapless series of their own (RULES §9.5)."""

from __future__ import annotations

from datetime import datetime

from refill.domain import ids
from refill.domain.documents import document_name
from refill.domain.refunds import credited_lines
from refill.ledger import balances
from refill.models import Account, CreditNote, Invoice
from refill.services.invoicing.invoices import next_number
from refill.services.mail import mails
from refill.services.recording import emit

WORDS = {"customer": "Refund", "operator": "Refund", "dispute": "Payment taken back by the bank"}


def issue(
    invoice: Invoice, now: datetime, *, reason: str, amount_minor: int, tax_minor: int, working: str
) -> CreditNote:
    """Make a final credit note over a part of an invoice, and tell those whom money concerns."""
    livemode = Account.objects.values_list("livemode", flat=True).get(pk=invoice.account_id)
    series = next_number("C" if livemode else "TEST-C")
    name = document_name(invoice.series_id, invoice.number)
    lines, tax_lines = credited_lines(f"{WORDS[reason]}: {name}", working, amount_minor, tax_minor, invoice.tax_lines)
    note = CreditNote.objects.create(
        account_id=invoice.account_id, invoice=invoice, series=series, number=series.last, reason=reason, lines=lines,
        tax_lines=tax_lines, subtotal_minor=amount_minor - tax_minor, tax_minor=tax_minor, total_minor=amount_minor,
        currency=invoice.currency, buyer=invoice.buyer, seller=invoice.seller, finalized_at=now,
    )  # fmt: skip
    emit(
        invoice.account_id, now, "invoice.credited", invoice=invoice.pk, credit_note=note.pk, amount_minor=amount_minor,
        currency=invoice.currency, reason=reason,
    )  # fmt: skip
    mails.post(
        kind="credit_note", account_id=invoice.account_id, at=now, to=None, once=f"credit-note-{note.pk}",
        facts={
            "name": document_name(series.name, note.number), "note_code": ids.encode("cn", note.pk), "invoice": name,
            "reason": reason, "lines": lines, "tax_lines": tax_lines, "total_minor": amount_minor,
            "currency": note.currency, "available": balances.enter(invoice.account_id)[0].available,
        },
    )  # fmt: skip
    return note
