"""Invoices and credit notes, billing details, the tax table (RULES §9.5)."""

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.documents import BillingDetails, BillingDetailsIn, CreditNote, Invoice, TaxRate, TaxRateIn
from refill.api.shapes.parts import Listed, Paging, listed, number_of
from refill.gateways import pdf
from refill.queries import billing_details as found_details
from refill.queries import documents, papers
from refill.queries import invoices as found_invoices
from refill.queries import taxes as found_taxes
from refill.queries.documents import DocumentRow
from refill.services.invoicing import billing_details, taxes

router = Router(tags=["Cards and invoices"])
PDF = "application/pdf"


def _print(row: DocumentRow) -> bytes:
    return pdf.make("document", papers.printed(row), row.finalized_at)


@call(router, "GET", "/invoices", "list_invoices", gives=Listed[Invoice])
def list_invoices(request: ApiRequest, paging: Query[Paging]) -> Listed[Invoice]:
    """The account's invoices."""
    rows = found_invoices.newest(
        request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1
    )
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[Invoice], page, Invoice.of)


@call(router, "GET", "/invoices/{invoice_id}", "get_invoice", gives=Invoice)
def get_invoice(request: ApiRequest, invoice_id: str) -> Invoice:
    """One invoice with its lines, taxes and credit notes."""
    return Invoice.of(found_invoices.get(request.caller.account, number_of("inv", invoice_id)))


@call(router, "GET", "/invoices/{invoice_id}/pdf", "get_invoice_pdf", media=PDF)
def get_invoice_pdf(request: ApiRequest, invoice_id: str) -> bytes:
    """The invoice as a tagged PDF: the same bytes each time while its payment state stays."""
    return _print(documents.invoice(request.caller.account, number_of("inv", invoice_id)))


@call(router, "GET", "/credit_notes/{note_id}", "get_credit_note", gives=CreditNote)
def get_credit_note(request: ApiRequest, note_id: str) -> CreditNote:
    """What was taken back of an invoice."""
    return CreditNote.of(documents.credit_note(request.caller.account, number_of("cn", note_id)))


@call(router, "GET", "/credit_notes/{note_id}/pdf", "get_credit_note_pdf", media=PDF)
def get_credit_note_pdf(request: ApiRequest, note_id: str) -> bytes:
    """The credit note as a tagged PDF."""
    return _print(documents.credit_note(request.caller.account, number_of("cn", note_id)))


@call(router, "GET", "/billing_details", "get_billing_details", gives=BillingDetails)
def get_billing_details(request: ApiRequest) -> BillingDetails:
    """Whom future invoices name."""
    return BillingDetails.of(found_details.get(request.caller.account))


@call(router, "PUT", "/billing_details", "put_billing_details", gives=BillingDetails)
def put_billing_details(request: ApiRequest, wanted: BillingDetailsIn) -> BillingDetails:
    """Say whom future invoices name. Final ones keep what they said; a quote whose tax this changes becomes stale."""
    caller = request.caller
    billing_details.save(account_id=caller.account, actor=caller.actor, details=wanted.details)
    return BillingDetails.of(found_details.get(caller.account))


@call(router, "GET", "/tax_rates", "list_tax_rates", gives=Listed[TaxRate])
def list_tax_rates(request: ApiRequest, paging: Query[Paging]) -> Listed[TaxRate]:
    """All rows of the tax table of this mode, those that later ones replaced too."""
    rows = found_taxes.newest(request.caller.livemode, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[TaxRate], page, TaxRate.of)


@call(router, "POST", "/tax_rates", "create_tax_rate", gives=TaxRate, status=201)
def create_tax_rate(request: ApiRequest, wanted: TaxRateIn) -> TaxRate:
    """Add a row to the tax table. It belongs to the mode of the key; rows are never edited."""
    caller = request.caller
    made = taxes.put_rate(actor=caller.actor, wanted=taxes.Wanted(**wanted.model_dump(), livemode=caller.livemode))
    return TaxRate.of(found_taxes.get(made))
