"""Faults that other systems really had, and races, by their names in the lists (docs/evidence/faults.md)."""

from __future__ import annotations

import itertools

import pytest

from refill.domain.payments import Outcome
from refill.models import Charge, Grant, Invoice, Order
from refill.queries import verification
from refill.services.chores import work
from refill.services.money import charging
from tests.cards.conftest import Town
from tests.fake_stripe.cards import KINDS
from tests.life import Life
from tests.recharges import CAP, recharges, turn_on, wanted
from tests.together import together

ASK = "GET /v1/payment_intents"
LONG_AGO = "2020-01-01T00:00:00Z"


def agrees(life: Life) -> bool:
    return verification.mismatches(life.account_id) == []


def pending(town: Town) -> tuple[Life, Charge]:
    """A purchase that was paid, of which nobody here knows yet."""
    life = town.life("slow")
    life.buy(1_000)
    town.fake.settle(str(town.intents(life)[0]["id"]), paid=True)
    return life, Charge.objects.get(account_id=life.account_id)


def test_W1_A2_A3_A12_settled_by_eight_at_once_it_is_granted_once(town: Town):
    life, charge = pending(town)
    done = together([lambda: charging.send(charge.pk)] * 8)
    assert not [fault for fault in done if isinstance(fault, Exception)]
    town.deliver([])
    if Charge.objects.get(pk=charge.pk).state != "succeeded":
        raise AssertionError(done)
    assert (life.available, town.taken(life), len(life.invoices())) == (1_000, 4_000, 1)
    assert agrees(life)


def test_F25_a_worker_that_slept_past_its_lease_cannot_commit(town: Town):
    life, charge = pending(town)
    asleep = charging.take(charge.pk)
    Charge.objects.filter(pk=charge.pk).update(leased_until=LONG_AGO)
    awake = charging.take(charge.pk)
    assert asleep is not None
    assert awake == asleep + 1
    charging.record(charge.pk, Outcome("declined", decline_code="too late"), asleep)
    assert Charge.objects.get(pk=charge.pk).state == "sent"
    charging.record(charge.pk, Outcome("succeeded", charge.provider_reference), awake)
    charging.record(charge.pk, Outcome("declined", decline_code="too late"), asleep)
    assert (Charge.objects.get(pk=charge.pk).state, life.available) == ("succeeded", 1_000)
    assert agrees(life)


def test_F24_A11_eight_workers_on_one_renewal_charge_once(town: Town):
    life = town.life()
    life.change(life.platform.price("growth", 1_000))
    life.advance("2027-04-10 12:00", work=False)
    done = together([lambda: work.run_account(life.account_id)] * 8)
    assert not [fault for fault in done if isinstance(fault, Exception)]
    Charge.objects.filter(account_id=life.account_id, leased_until__isnull=False).update(leased_until=LONG_AGO)
    life.advance("2027-04-10 12:01")
    assert (town.taken(life), life.available, len(life.invoices())) == (7_000, 1_000, 2)
    assert Order.objects.filter(account_id=life.account_id, kind="renewal").count() == 1
    assert agrees(life)


def test_W2_A1_the_same_purchase_sent_eight_times_at_once_is_one(town: Town):
    life = town.life()
    quote = life.quote(buy_credits={"pack": life.platform.pack(1_000), "quantity": 1})
    together([lambda: life.confirm(quote, key="the same")] * 8)
    assert (town.taken(life), life.available, len(town.intents(life))) == (4_000, 1_000, 1)
    assert Grant.objects.filter(account_id=life.account_id, source="purchase").count() == 1
    assert agrees(life)


def test_W5_W7_B16_credits_come_with_the_money_and_a_late_failure_leaves_none(town: Town):
    life = town.life("slow")
    order = life.buy(1_000)
    assert (order["status"], life.available) == ("processing", 0)
    town.fake.settle(str(town.intents(life)[0]["id"]), paid=False)
    life.advance("2027-03-10 12:00:30")
    assert (life.call("GET", f"/orders/{order['id']}")["status"], life.available) == ("declined", 0)
    assert not Invoice.objects.filter(account_id=life.account_id, status="paid").exists()
    assert agrees(life)


def test_A9_A10_a_claim_left_behind_holds_back_until_it_lapses_and_then_the_provider_is_asked(town: Town):
    life, charge = pending(town)
    assert charging.take(charge.pk) is not None
    life.advance("2027-03-10 12:00:30", work=False)
    assert (charging.send(charge.pk), life.available) == (False, 0)
    Charge.objects.filter(pk=charge.pk).update(leased_until=LONG_AGO)
    work.run_account(life.account_id)
    assert (life.available, town.taken(life)) == (1_000, 4_000)


ANSWERS = ("ok", "declined", "unknown")


@pytest.mark.parametrize(("first", "backup"), list(itertools.product(ANSWERS, ANSWERS)))
def test_F16_the_backup_card_is_charged_after_a_definite_decline_alone(town: Town, first: str, backup: str):
    life = town.life()
    card = town.enter(life, "insufficient_funds", default=False)
    life.call("PATCH", f"/payment_methods/{card}", {"backup": True})
    life.buy(1_000)
    turn_on(life)
    for name, kind in town.fake.kinds.items():
        answer = backup if kind.last4 == KINDS["insufficient_funds"].last4 else first
        town.fake.kinds[name] = KINDS["slow" if answer == "unknown" else answer]
    life.spend(700)
    town.fake.script.steps.clear()
    life.advance("2027-03-10 12:01")
    tried = [charge["state"] for order in recharges(life) for charge in order["charges"]]
    second = {"ok": "succeeded", "declined": "declined", "unknown": "sent"}[backup]
    expected = {"ok": ["succeeded"], "unknown": ["sent"], "declined": ["declined", second]}[first]
    assert tried == expected
    paid = "succeeded" in expected
    assert (life.available, town.taken(life)) == ((1_300, 8_000) if paid else (300, 4_000))
    assert agrees(life)


def test_W3_W13_B8_one_recharge_is_open_however_often_the_balance_is_looked_at(town: Town):
    life = town.life("slow")
    bought = life.buy(1_000)
    town.fake.settle(str(town.intents(life)[0]["id"]), paid=True)
    life.advance("2027-03-10 12:00:30")
    assert life.call("GET", f"/orders/{bought['id']}")["status"] == "succeeded"
    turn_on(life)
    life.spend(700)
    for minute in range(1, 40, 5):
        life.advance(f"2027-03-10 13:{minute:02}")
        life.spend(1)
    assert len(recharges(life)) == 1
    assert len(town.intents(life)) == 2
    town.fake.settle(str(town.intents(life)[1]["id"]), paid=True)
    life.advance("2027-03-10 22:00")
    assert (len(recharges(life)), town.taken(life)) == (1, 8_000)
    assert agrees(life)


def test_B2_B4_B5_W13_a_dead_card_is_charged_four_times_in_a_day_and_then_left_alone(town: Town):
    life = town.life()
    life.buy(1_000)
    turn_on(life)
    for name in town.fake.kinds:
        town.fake.kinds[name] = KINDS["declined"]
    life.spend(700)
    for day in range(11, 28):
        life.advance(f"2027-03-{day} 12:00")
        life.spend(1)
    assert [len(order["charges"]) for order in recharges(life)] == [4]
    assert len(town.intents(life)) == 5
    assert agrees(life)


def test_W4_B1_W17_one_charge_closes_the_whole_gap_and_a_cap_is_never_passed(town: Town):
    life = town.life()
    life.buy(1_000)
    turn_on(life, threshold=2_500)
    assert [(order["amount"]["amount"], len(order["charges"])) for order in recharges(life)] == [(8_000, 1)]
    assert (life.available, wanted(life)["max_per_month"]) == (3_000, CAP)
    life.spend(2_900)
    assert [order["amount"]["amount"] for order in recharges(life)] == [8_000, 12_000]
    life.spend(2_900)
    assert sum(order["amount"]["amount"] for order in recharges(life)) == CAP["amount"]
    assert agrees(life)
