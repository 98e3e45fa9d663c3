"""Who recharges: the worker on the system's clock, the request on a test clock, and never two at once (RULES §5.3)."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from refill.domain.errors import InsufficientCredits
from refill.domain.records import Actor
from refill.ledger import verify
from refill.models import Account, Crossing, Order, Recharge
from refill.services import accounts, credits
from refill.services.chores import work
from refill.services.money import recharge_settings
from refill.services.money.recharge_settings import Wanted
from tests.life import Life, Platform
from tests.recharges import recharges, turn_on
from tests.together import together

ANN = Actor("usr_ann")


def opened(name: str, given: int = 400) -> int:
    """An account on the system's clock with so many credits, and the rule of the example."""
    account_id = accounts.create(
        actor=ANN, name="Northwind", timezone="UTC", currency="usd", livemode=False, card="visa_ok",
        owner_email=f"{name}@northwind.example", owner_name="Ann",
    ).account_id  # fmt: skip
    credits.grant(account_id=account_id, actor=ANN, credits=given, source="promotion", reason="a start")
    sentence = recharge_settings.preview(account_id=account_id, wanted=Wanted()).sentence
    recharge_settings.put(account_id=account_id, actor=ANN, wanted=Wanted(consent=sentence or ""))
    return account_id


def spend(account_id: int, amount: int = 1, key: str | None = None) -> int:
    return credits.spend(account_id=account_id, credits=amount, key=key, fingerprint=1, kind="text").balance


def orders_of(account_id: int) -> list[tuple[str, int]]:
    return list(Order.objects.filter(account_id=account_id, kind="recharge").values_list("status", "amount_minor"))


def test_a_debit_leaves_a_row_that_makes_the_account_due_and_does_not_wait_for_the_card(database: str) -> None:
    account_id = opened("due")
    assert spend(account_id) == 399
    assert (orders_of(account_id), Crossing.objects.filter(account_id=account_id, handled_at=None).count()) == ([], 1)
    crossing = Crossing.objects.get(account_id=account_id)
    assert account_id in work.accounts_due(None, crossing.at)
    work.run_account(account_id)
    assert orders_of(account_id) == [("succeeded", 4_000)]
    assert credits.balance(account_id=account_id).available == 1_399
    work.run_account(account_id)
    assert len(orders_of(account_id)) == 1
    assert verify.run(account_id) == []


def test_32_debits_at_once_and_two_workers_make_one_recharge(database: str) -> None:
    account_id = opened("burst")
    together([partial(spend, account_id, 1, f"text-{n}") for n in range(32)])
    together([partial(work.run_account, account_id)] * 2)
    assert orders_of(account_id) == [("succeeded", 4_000)]
    assert credits.balance(account_id=account_id).available == 400 - 32 + 1_000
    assert verify.run(account_id) == []


def test_debits_at_once_on_a_clock_that_stands_still_make_one_recharge(platform_key: str) -> None:
    life = Platform(platform_key).life("2027-03-22 00:00", Platform(platform_key).price("growth", 1000))
    turn_on(life)
    life.spend(600)
    got: Counter[int] = Counter()

    def send(number: int) -> None:
        again = Life(Platform(platform_key), life.clock, life.account)
        got[again.spend(1, f"text-{number}")["credits"]] += 1

    together([partial(send, number) for number in range(16)])
    assert (got, len(recharges(life)), life.available) == (Counter({1: 16}), 1, 400 - 16 + 1_000)


def test_refused_debits_while_the_worker_is_away_leave_one_row_for_the_largest(database: str) -> None:
    account_id = opened("refused", 900)
    for amount in (1_000, 2_900, 1_500, 2_900):
        with pytest.raises(InsufficientCredits) as refused:
            spend(account_id, amount)
        assert refused.value.facts["auto_recharge"] == {"enabled": True, "state": "ready", "until": None}
    waiting = Crossing.objects.filter(account_id=account_id, handled_at=None)
    assert list(waiting.order_by("id").values_list("required", flat=True)) == [1_000, 2_900]
    work.run_account(account_id)
    assert orders_of(account_id) == [("succeeded", 8_000)]
    assert waiting.count() == 0


def test_the_database_itself_holds_one_open_recharge_and_no_rule_without_consent(database: str) -> None:
    account_id = opened("held")
    facts: dict[str, Any] = {
        "account_id": account_id, "kind": "recharge", "status": "processing", "amount_minor": 1, "currency": "usd",
        "plan": {}, "lines": [], "actor": "refill", "created_at": Account.objects.get(pk=account_id).created_at,
    }  # fmt: skip
    first = Order.objects.create(**facts)
    with pytest.raises(IntegrityError, match="one_open_recharge"):
        Order.objects.create(**facts)
    first.delete()
    with pytest.raises(IntegrityError, match="recharge_needs_consent"):
        Recharge.objects.filter(pk=account_id).update(consent="")
