"""Bugs put in on purpose: into SQL functions and constraints, or in place of Python functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from refill.domain import calendars
from refill.domain.payments import ChargeIntent, Outcome
from refill.gateways.sandbox_cards import SandboxCards
from refill.ledger import grants
from refill.ledger.install import SQL_DIR
from refill.ledger.rows import call
from refill.models import InvoiceSeries, Order
from refill.services import orders, periods
from refill.services.money import allowances

Seed = Callable[[str, pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class InSql:
    """Replace `old` by `new` wherever it stands in the named files of ledger/sql."""

    old: str
    new: str
    files: tuple[str, ...]

    def __call__(self, owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            for name in self.files:
                text = (SQL_DIR / name).read_text(encoding="utf-8")
                assert self.old in text, f"{name} has changed; seed this fault anew"
                owner.execute(text.replace(self.old, self.new))  # type: ignore[call-overload]


@dataclass(frozen=True)
class Dropped:
    """Run statements that take a guard away."""

    statement: str

    def __call__(self, owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            owner.execute(self.statement)  # type: ignore[call-overload]


def grant_before_payment(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    accept = orders._accept

    def eager(*arguments: Any) -> Order:
        order = accept(*arguments)
        if order.kind == "buy_credits":
            credits = int(order.plan["credits"])
            grants.grant(order.account_id, source="purchase", credits=credits, order_id=order.pk)
        return order

    monkeypatch.setattr(orders, "_accept", eager)


def new_key_on_retry(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(self: SandboxCards, intent: ChargeIntent) -> Outcome:
        call(
            """insert into sandbox_charge (provider_key, card, amount_minor, currency, state)
               values (%s, 'visa_ok', %s, %s, 'succeeded') returning 1""",
            f"{intent.provider_key}-again", intent.amount_minor, intent.currency,
        )  # fmt: skip
        return Outcome("succeeded", reference=intent.provider_key)

    monkeypatch.setattr(SandboxCards, "ask", ask)


def utc_instead_of_the_zone(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def boundary(wall: datetime, zone: str, *rest: Any) -> datetime:
        return calendars.boundary(wall, "UTC", *rest)

    monkeypatch.setattr(periods, "calendars", SimpleNamespace(**vars(calendars) | {"boundary": boundary}))


def allowance_without_the_advance(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(account_id: int, subscription: Any, period: Any) -> None:
        allowances.grant_period(account_id, subscription, period, period.credits, 0)

    monkeypatch.setattr(allowances, "grant_rest", whole)


def a_number_left_out(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    save = InvoiceSeries.save

    def skip(self: InvoiceSeries, **facts: Any) -> None:
        save(self, **facts)
        InvoiceSeries.objects.filter(pk=self.pk).update(last=self.last + 1)

    monkeypatch.setattr(InvoiceSeries, "save", skip)
