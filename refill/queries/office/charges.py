"""Why was I charged? One charge and all it hangs on: order, quote, lines, grants and what caused it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from refill.domain import ids
from refill.domain.documents import document_name
from refill.models import AuditRow, Charge, Grant, Invoice, Order, Recharge, RechargeDecision
from refill.queries.office import trail
from refill.queries.office.accounts import Lot


@dataclass(frozen=True, slots=True)
class Try:
    """One charge of an order."""

    public_id: str
    state: str
    amount_minor: int
    card: str
    decline_code: str
    created_at: datetime
    settled_at: datetime | None
    provider_key: str
    provider_reference: str
    next_ask_at: datetime | None
    refund_due_minor: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the order exists: a person's confirmation, a boundary, or the rule of auto-recharge and what set it off."""

    actor: str
    quoted_at: datetime | None
    quote: str
    title: str
    period_starts_at: datetime | None
    period_ends_at: datetime | None
    consent: str
    consent_by: str
    available: int | None
    threshold: int | None
    entry: str


@dataclass(frozen=True, slots=True)
class ChargePage:
    account_id: int
    account_name: str
    zone: str
    currency: str
    order: str
    order_kind: str
    order_status: str
    amount_minor: int
    tax_minor: int
    lines: list[dict[str, Any]]
    created_at: datetime
    invoice: str
    invoice_status: str
    tries: tuple[Try, ...]
    grants: tuple[Lot, ...]
    cause: Cause
    deeds: tuple[tuple[AuditRow, dict[str, Any]], ...]

    @property
    def account_code(self) -> str:
        return ids.encode("acc", self.account_id)


def charge(charge_id: int) -> ChargePage | None:
    """Return the chain of one charge, or nothing."""
    row = Charge.objects.select_related("order__quote", "order__period", "account").filter(pk=charge_id).first()
    if row is None:
        return None
    order, account_id = row.order, row.account_id
    tries = Charge.objects.select_related("payment_method").filter(account_id=account_id, order=order).order_by("id")
    invoice = Invoice.objects.filter(account_id=account_id, order=order).first()
    subjects = [str(each.pk) for each in tries]
    deeds = AuditRow.objects.filter(account_id=account_id, action__startswith="charge.", subject__in=subjects)
    return ChargePage(
        account_id, row.account.name, row.account.timezone, row.currency, ids.encode("ord", order.pk), order.kind,
        order.status, order.amount_minor, order.tax_minor, order.lines, order.created_at,
        document_name(invoice.series_id, invoice.number) if invoice else "", invoice.status if invoice else "",
        tuple(_try(each) for each in tries),
        tuple(
            Lot(each.pk, each.source, each.amount, each.remaining, each.held, each.ends_at, each.reason)
            for each in _paid_for(order).order_by("id")
        ),
        _cause(row), tuple(trail.told(account_id, list(deeds.order_by("id")[:100]))),
    )  # fmt: skip


def _paid_for(order: Order) -> QuerySet[Grant]:
    """Packs name their order, an upgrade's difference its cause, the rest of a plan's credits their period."""
    overdue = Order.objects.filter(account_id=order.account_id, pk=order.plan.get("overdue") or 0)
    periods = {order.period_id, *overdue.values_list("period_id", flat=True)} - {None}
    of_plan = Q(cause=f"upgrade-{order.pk}") | Q(period_id__in=periods) & ~Q(cause__startswith="upgrade-")
    return Grant.objects.filter(Q(order_id=order.pk) | Q(source="allowance") & of_plan, account_id=order.account_id)


def _try(row: Charge) -> Try:
    card = row.payment_method
    return Try(
        ids.encode("chg", row.pk), row.state, row.amount_minor,
        card.label if card else "", row.decline_code, row.created_at,
        row.settled_at, row.provider_key, row.provider_reference, row.next_ask_at, row.refund_due_minor,
        row.refunded_minor,
    )  # fmt: skip


def _cause(row: Charge) -> Cause:
    order = row.order
    quote, period = order.quote, order.period
    rule = decision = None
    if order.kind == "recharge":
        rule = Recharge.objects.filter(account_id=row.account_id).first()
        decision = RechargeDecision.objects.filter(account_id=row.account_id, order_id=order.pk).order_by("id").first()
    seq = decision.entry_seq if decision else None
    return Cause(
        order.actor, quote.created_at if quote else None, ids.encode("quo", quote.pk) if quote else "",
        quote.offer.get("title", "") if quote else "", period.starts_at if period else None,
        period.ends_at if period else None, rule.consent if rule else "", rule.consent_by if rule else "",
        decision.available if decision else None, decision.threshold if decision else None,
        ids.encode("ent", row.account_id, seq) if seq else "",
    )  # fmt: skip
