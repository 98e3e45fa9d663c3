"""Everything that can go wrong with the provider, against everything that is charged for.

After each: what left the card is what is recorded; the account's books agree; and every order has ended, or waits for
a person: the operator, or the customer for whom the bank asks. What the ledger, the invoices and the periods must
satisfy is `refill verify`'s account checks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random

import pytest
from django.test import Client

from refill.models import Charge, Order
from refill.queries import verification
from tests.cards.conftest import Town
from tests.fake_stripe.cards import KINDS
from tests.fake_stripe.script import PAY
from tests.life import Life
from tests.recharges import turn_on

ASK = "GET /v1/payment_intents"
HTTP = [
    "lost_before", "lost_after", "500_before", "500_after", "429", "409", "401", "html_after", "cut_after",
    "garbage_after", "empty_after", "wrong_amount", "wrong_currency", "wrong_key",
]  # fmt: skip
# The bank's answers: the card, and what the customer or time does then.
BANK = [
    "declined", "insufficient_funds", "stolen", "expired", "authenticate passed", "authenticate failed",
    "authenticate ignored", "slow paid", "slow failed", "slow forever", "lost declined", "lost authenticate",
    "lost forever", "down for an hour", "down for a day",
]  # fmt: skip


def answer(town: Town, card: str) -> None:
    """Every card answers like this from now on: the bank changed its mind."""
    for name in town.fake.kinds:
        town.fake.kinds[name] = KINDS[card]


def set_up(town: Town, fault: str) -> None:
    """Let the next charge go wrong."""
    first, _, rest = fault.partition(" ")
    if fault in HTTP:
        town.fake.script.next(fault)  # type: ignore[arg-type]
    elif fault == "lost forever":
        town.fake.script.next("lost_after")
        town.fake.script.next("500_before", ASK, times=200)
    elif first == "down":
        town.fake.script.next("lost_before", times={"for an hour": 4, "for a day": 200}[rest])
        town.fake.script.next("lost_before", ASK, times={"for an hour": 0, "for a day": 200}[rest])
    elif first == "lost":
        answer(town, rest)
        town.fake.script.next("lost_after")
    else:
        answer(town, first)


def let_happen(town: Town, life: Life, fault: str) -> None:
    """What the customer does, or the bank decides later."""
    first, _, rest = fault.partition(" ")
    for intent in town.intents(life):
        if first == "slow" and rest != "forever" and intent["status"] == "processing":
            town.fake.settle(str(intent["id"]), paid=rest == "paid")
        if first == "authenticate" and rest != "ignored":
            finish_at_the_bank(town, str(intent["id"]), passed=rest == "passed")


def finish_at_the_bank(town: Town, reference: str, *, passed: bool) -> None:
    """By the link: to the bank, and back."""
    charge = Charge.objects.filter(provider_reference=reference, state="needs_action").first()
    if charge is None:
        return
    path = charge.action_url.partition("/pay/")[2]
    assert Client().post(f"/pay/{path}").status_code == 200
    town.fake.authenticate(reference, passed=passed)
    assert Client().get(f"/pay/{path}?back=1").status_code == 200


def purchase(town: Town, fault: str) -> Life:
    life = town.life()
    set_up(town, fault)
    life.buy(1_000)
    return life


def on_a_plan(town: Town) -> Life:
    life = town.life()
    assert life.change(life.platform.price("growth", 1_000))["status"] == "succeeded"
    return life


def upgrade(town: Town, fault: str) -> Life:
    life = on_a_plan(town)
    life.advance("2027-03-20 12:00")
    set_up(town, fault)
    life.change(life.platform.price("growth", 2_500))
    return life


def renewal(town: Town, fault: str) -> Life:
    life = on_a_plan(town)
    life.advance("2027-04-10 11:59")
    set_up(town, fault)
    life.advance("2027-04-10 12:00")
    return life


def recharge(town: Town, fault: str) -> Life:
    life = town.life()
    life.buy(1_000)
    turn_on(life)
    set_up(town, fault)
    life.spend(700)
    return life


KINDS_OF_CHARGE: dict[str, Callable[[Town, str], Life]] = {
    "purchase": purchase, "upgrade": upgrade, "renewal": renewal, "recharge": recharge,
}  # fmt: skip


def charge_and_see(town: Town, kind: str, fault: str) -> None:
    life = KINDS_OF_CHARGE[kind](town, fault)
    agree(town, life)
    let_happen(town, life, fault)
    day = 10 if kind == "renewal" else 20 if kind == "upgrade" else 10
    month = 4 if kind == "renewal" else 3
    for hour in ("12:30", "15:00"):
        life.advance(f"2027-{month:02}-{day:02} {hour}")
    agree(town, life)
    life.advance(f"2027-{month:02}-{day + 16:02} 12:00" if kind != "upgrade" else "2027-04-09 12:00")
    agree(town, life)
    for order in Order.objects.filter(account_id=life.account_id, status__in=["processing", "needs_action"]):
        # A recharge that the bank asked about waits for the customer, and is never tried off-session meanwhile (F15).
        they_answered = fault.endswith((" passed", " failed"))
        waits_for_them = order.kind == "recharge" and order.status == "needs_action" and not they_answered
        waits_for_us = order.charges.exclude(attention="").exists()
        assert waits_for_them or waits_for_us, f"{order.kind} neither ended nor waits for a person"
    ended, waits = book(town, life), Charge.objects.filter(account_id=life.account_id).exclude(attention="").exists()
    late = [*town.fake.events, *town.fake.events]
    Random(f"{kind} {fault}").shuffle(late)
    town.deliver(late)
    assert waits or book(town, life) == ended
    agree(town, life)


WHOLE = list(itertools.product([*HTTP, *BANK], KINDS_OF_CHARGE))
# Each class of fault once, each kind of charge in turn; every fault meets every kind in the long form.
CLASSES = ["lost_before", "lost_after", "500_before", "429", "cut_after", "wrong_amount", "wrong_key", *BANK]
SOME = [(fault, [*KINDS_OF_CHARGE][place % 4]) for place, fault in enumerate(CLASSES)]


@pytest.mark.parametrize(("fault", "kind"), SOME)
def test_F12_F13_F14_F15_after_every_fault_money_credits_and_documents_agree(town: Town, kind: str, fault: str):
    charge_and_see(town, kind, fault)


@pytest.mark.soak
@pytest.mark.parametrize(("fault", "kind"), WHOLE)
def test_every_fault_against_every_kind_of_charge(town: Town, kind: str, fault: str):
    charge_and_see(town, kind, fault)


def book(town: Town, life: Life) -> list[object]:
    """Everything that must not change any more."""
    orders = list(Order.objects.filter(account_id=life.account_id).order_by("id").values_list("kind", "status"))
    invoices = [(invoice["number"], invoice["status"]) for invoice in life.invoices()]
    return [orders, invoices, life.available, town.taken(life)]


def agree(town: Town, life: Life) -> None:
    """The account's books, and each charge against what really left the card."""
    assert verification.mismatches(life.account_id) == []
    keys = set()
    for charge in Charge.objects.filter(account_id=life.account_id):
        keys.add(charge.provider_key)
        taken = town.fake.money_taken(charge.provider_key)
        if charge.state not in Charge.UNDECIDED:
            assert taken == (charge.amount_minor if charge.state == "succeeded" else 0), charge.state
        assert taken in (0, charge.amount_minor)
    assert {intent["metadata"]["refill_key"] for intent in town.intents(life)} <= keys  # type: ignore[index]
    sent = [key for method, path, form, key in town.fake.calls if f"{method} {path}" == PAY]
    assert all(key.startswith("refill_") for key in sent)
