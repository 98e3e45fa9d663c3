"""An account's whole life in one line of time, a local month at once: money, credits, roles, mails, chat and the rest.

Each source reads its own rows of the month; nothing here is kept twice. Help runs in real time, all else in the
account's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from refill.domain import ids
from refill.domain.calendars import day_start
from refill.domain.documents import document_name
from refill.models import (
    Asking,
    AuditRow,
    Charge,
    CreditNote,
    Dispute,
    HelpMessage,
    Invoice,
    Mail,
    RechargeDecision,
    Refund,
)
from refill.queries.office import trail
from refill.queries.pages.use import first_from

FAMILIES = ("money", "credits", "roles", "mails", "texts", "chat", "office", "other")
MOST_OF_A_SOURCE = 400

_FAMILY_OF_ACTION = {
    "member": "roles", "invitation": "roles", "ownership": "roles", "request": "roles", "seat": "roles",
    "card": "money", "subscription": "money", "auto_recharge": "money", "order": "money", "quote": "money",
    "billing_details": "money", "refund": "money", "dispute": "money", "credits": "credits", "usage": "credits",
    "correction": "office", "operator": "office", "help": "chat", "message": "texts", "broadcast": "texts",
    "contact": "texts",
}  # fmt: skip
# Told by rows of their own.
_TOLD_ELSEWHERE = ("charge.", "credits.granted", "help.answered", "request.asked")
_SPENT = """
select (e.at at time zone %(zone)s)::date as day, max(e.at), coalesce(e.usage_kind, 'other'),
       count(*), sum(-(e.credits + coalesce(e.held, 0)))::bigint
  from refill_entry e
 where e.account_id = %(account)s and e.seq >= %(first)s and e.seq < %(last)s and e.kind in ('spend', 'capture')
 group by 1, 3 limit 400
"""
_TEXTED = """
select max(m.created_at), m.direction, m.state, m.code, count(*), sum(m.charged)::bigint
  from refill_message m
 where m.account_id = %(account)s and m.created_at >= %(starts)s and m.created_at < %(ends)s
 group by (m.created_at at time zone %(zone)s)::date, 2, 3, 4 limit 400
"""
_MOVED = """
select e.at, e.kind, e.credits, e.balance_after, g.source, e.reason, e.actor
  from refill_entry e left join refill_grant g on g.id = e.grant_id
 where e.account_id = %(account)s and e.seq >= %(first)s and e.seq < %(last)s
   and e.kind in ('grant', 'expire', 'revoke', 'reverse', 'owe', 'settle')
 order by e.seq desc limit 400
"""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that happened: `kind` and its facts, for the page to say; `page` and `key` lead on."""

    at: datetime
    family: str
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    page: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """A local month of an account."""

    account_id: int
    zone: str
    first: date

    @property
    def starts_at(self) -> datetime:
        return day_start(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        return day_start(self.later(), self.zone)

    def later(self) -> date:
        return date(self.first.year + self.first.month // 12, self.first.month % 12 + 1, 1)

    def earlier(self) -> date:
        return date(self.first.year - (self.first.month == 1), (self.first.month - 2) % 12 + 1, 1)


def life(month: Month, families: frozenset[str]) -> tuple[Item, ...]:
    """Return what happened in the month, newest first; all of it where no family is named."""
    wanted = families or frozenset(FAMILIES)
    found = [item for source in _SOURCES for item in source(month) if item.family in wanted]
    return tuple(sorted(found, key=lambda item: item.at, reverse=True))


def _within(rows: Any, month: Month, at: str) -> Any:
    """The rows of the account in the month, newest first."""
    found = rows.filter(account_id=month.account_id, **{f"{at}__gte": month.starts_at, f"{at}__lt": month.ends_at})
    return found.order_by(f"-{at}", "-id")[:MOST_OF_A_SOURCE]


def _charges(month: Month) -> list[Item]:
    rows = _within(Charge.objects.select_related("order", "payment_method"), month, "created_at")
    return [
        Item(
            row.created_at, "money", "charge",
            {
                "amount_minor": row.amount_minor, "currency": row.currency, "state": row.state,
                "code": row.decline_code, "order": row.order.kind,
                "card": row.payment_method.label if row.payment_method else "",
                "refunded_minor": row.refunded_minor,
            },
            "charge", ids.encode("chg", row.pk),
        )
        for row in rows
    ]  # fmt: skip


def _invoices(month: Month) -> list[Item]:
    return [
        Item(
            row.finalized_at, "money", "invoice",
            {
                "name": document_name(row.series_id, row.number), "amount_minor": row.total_minor,
                "currency": row.currency, "state": row.status,
            },
        )
        for row in _within(Invoice.objects.all(), month, "finalized_at")
    ]  # fmt: skip


def _given_back(month: Month) -> list[Item]:
    """Refunds, disputes and credit notes."""
    notes = [
        Item(
            row.finalized_at, "money", "credit_note",
            {
                "name": document_name(row.series_id, row.number), "amount_minor": row.total_minor,
                "currency": row.currency,
            },
        )
        for row in _within(CreditNote.objects.all(), month, "finalized_at")
    ]  # fmt: skip
    refunds = [
        Item(
            row.created_at, "money", "refund",
            {
                "amount_minor": row.amount_minor, "currency": row.currency, "why": row.reason, "note": row.note,
                "actor": row.actor,
            },
            "charge", ids.encode("chg", row.charge_id),
        )
        for row in _within(Refund.objects.all(), month, "created_at")
    ]  # fmt: skip
    disputes = [
        Item(
            row.opened_at, "money", "dispute",
            {
                "amount_minor": row.amount_minor, "currency": row.currency, "state": row.state,
                "reference": row.reference,
            },
            "charge", ids.encode("chg", row.charge_id),
        )
        for row in _within(Dispute.objects.all(), month, "opened_at")
    ]  # fmt: skip
    return notes + refunds + disputes


def _decisions(month: Month) -> list[Item]:
    return [
        Item(
            row.at, "money", "decision",
            {
                "reason": row.reason, "available": row.available, "threshold": row.threshold, "packs": row.packs,
                "amount_minor": row.amount_minor, "currency": row.currency,
            },
        )
        for row in _within(RechargeDecision.objects.all(), month, "at")
    ]  # fmt: skip


def _movements(month: Month) -> list[Item]:
    """Grants and what ended, one by one; what was used, by day and kind."""
    values: dict[str, Any] = {
        "account": month.account_id, "zone": month.zone, "first": first_from(month.account_id, month.starts_at),
        "last": first_from(month.account_id, month.ends_at),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, values)
        spent = [
            Item(at, "credits", "used", {"day": day, "usage": usage, "count": count, "credits": credits}, "usages",
                 f"day={day}&usage={usage}")
            for day, at, usage, count, credits in cursor.fetchall()
        ]  # fmt: skip
        cursor.execute(_MOVED, values)
        moved = [
            Item(
                at, "credits", kind,
                {"credits": credits, "after": after, "source": source, "reason": reason, "actor": actor},
            )
            for at, kind, credits, after, source, reason, actor in cursor.fetchall()
        ]  # fmt: skip
    return spent + moved


def _deeds(month: Month) -> list[Item]:
    """The audit trail, but for what has rows of its own."""
    rows = [row for row in _within(AuditRow.objects.all(), month, "at") if not row.action.startswith(_TOLD_ELSEWHERE)]
    return [
        Item(row.at, _FAMILY_OF_ACTION.get(row.action.partition(".")[0], "other"), "deed", facts)
        for row, facts in trail.told(month.account_id, rows)
    ]


def _requests(month: Month) -> list[Item]:
    return [
        Item(
            row.asked_at, "roles", "request",
            {"who": row.member.user.name, "what": row.kind, "role": row.role, "state": row.state, "note": row.note},
        )
        for row in _within(Asking.objects.select_related("member__user"), month, "asked_at")
    ]  # fmt: skip


def _mails(month: Month) -> list[Item]:
    return [
        Item(
            row.at, "mails", "mail",
            {"kind": row.kind, "to": row.to, "state": _state_of(row), "fault": row.fault},
        )
        for row in _within(Mail.objects.all(), month, "at")
    ]  # fmt: skip


def _state_of(row: Mail) -> str:
    return "sent" if row.sent_at else "waiting" if row.send_at else "given up"


def _texts(month: Month) -> list[Item]:
    """By day, direction and fate: there may be thousands, and their words are the customer's."""
    values: dict[str, Any] = {
        "account": month.account_id, "zone": month.zone, "starts": month.starts_at, "ends": month.ends_at
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TEXTED, values)
        return [
            Item(
                at, "texts", "texts",
                {"direction": direction, "state": state, "code": code, "count": count, "charged": charged},
            )
            for at, direction, state, code, count, charged in cursor.fetchall()
        ]  # fmt: skip


def _talks(month: Month) -> list[Item]:
    rows = (
        HelpMessage.objects.select_related("user")
        .filter(thread__account_id=month.account_id, at__gte=month.starts_at, at__lt=month.ends_at)
        .order_by("-id")[:MOST_OF_A_SOURCE]
    )
    return [
        Item(
            row.at, "chat", "said",
            {"who": row.user.name if row.user else "", "by_operator": row.author == "operator", "body": row.body[:200]},
            "thread", ids.encode("hlp", row.thread_id),
        )
        for row in rows
    ]  # fmt: skip


# A part of the product that keeps rows of its own adds its source here.
_SOURCES: tuple[Callable[[Month], list[Item]], ...] = (
    _charges, _invoices, _given_back, _decisions, _movements, _deeds, _requests, _mails, _texts, _talks,
)  # fmt: skip
