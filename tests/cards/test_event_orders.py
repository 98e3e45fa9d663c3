"""All orders of a payment's seven events, each with copies, lead to one end (F18, B7; RELIABILITY).

The payment is asked about by the bank, confirmed there by a customer who never comes back, disputed, partly given back
in the provider's dashboard, and the dispute is lost. While events arrive in another order, the provider is at the stage
of the latest one that it has sent: what is asked for afresh is sometimes newer than the event, never older.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from random import Random

import pytest
from django.test import Client

from refill.domain import ids
from refill.models import Charge, CreditNote, Dispute, Entry, Grant, Invoice, Order, ProviderDifference
from refill.queries import verification
from tests.cards.conftest import Json, Town
from tests.life import Life

EVENTS = [
    "payment_intent.payment_failed", "payment_intent.requires_action", "charge.succeeded", "payment_intent.succeeded",
    "charge.dispute.created", "charge.refunded", "charge.dispute.closed",
]  # fmt: skip
ORDERS = list(itertools.permutations(range(7)))


def live(town: Town, life: Life) -> tuple[Order, list[Json]]:
    """One payment up to its last event, none of which was told to us."""
    town.fake.start_stages()
    told = len(town.fake.events)
    made = life.buy(1_000)
    order = Order.objects.get(pk=ids.decode("ord", made["id"])[0])
    charge = Charge.objects.get(order=order)
    reference = charge.provider_reference
    path = charge.action_url.partition("/pay/")[2]
    assert Client().post(f"/pay/{path}").status_code == 200
    town.fake.authenticate(reference, passed=True)
    dispute = town.fake.dispute(reference, 4_000)["id"]
    town.fake.refund({"payment_intent": reference, "amount": "700"})
    town.fake.close_dispute(dispute, "lost")
    events = town.fake.events[told:]
    assert [event["type"] for event in events[1:]] == EVENTS
    town.fake.stages = town.fake.stages[1:]
    return order, events[1:]


def deliver(town: Town, events: list[Json], order: Sequence[int], chance: Random) -> None:
    """In this order, each one to three times, copies of earlier ones in between."""
    stage = -1
    for place, number in enumerate(order):
        stage = max(stage, number)
        town.fake.show_stage(stage)
        copies = [events[chance.choice(order[: place + 1])] for _ in range(chance.randrange(3))]
        town.deliver([events[number], *copies])
        if chance.random() < 0.2:
            town.deliver([{**events[number], "id": f"{events[number]['id']}_again"}])


def ended(order: Order) -> list[object]:
    """Everything that came of it."""
    order.refresh_from_db()
    charge = Charge.objects.get(order=order)
    grant = Grant.objects.get(order_id=order.pk)
    entries = Entry.objects.filter(account_id=order.account_id, grant_id=grant.pk).order_by("seq")
    return [
        order.status, charge.state, charge.disputed_minor, charge.refunded_minor, charge.attention,
        list(Invoice.objects.filter(order=order).values_list("status", "total_minor")),
        list(CreditNote.objects.filter(invoice__order=order).values_list("total_minor", flat=True)),
        list(Dispute.objects.filter(charge=charge).values_list("state", "amount_minor")),
        list(ProviderDifference.objects.filter(charge_id=charge.pk, gone_at=None).values_list("what", "there")),
        list(entries.values_list("kind", "credits")), grant.recalled,
    ]  # fmt: skip


def see(town: Town, orders: list[tuple[int, ...]]) -> None:
    life, chance, ends = town.life("authenticate"), Random(20261125), set()
    for permutation in orders:
        order, events = live(town, life)
        deliver(town, events, permutation, chance)
        ends.add(repr(ended(order)))
        assert len(ends) == 1, permutation
    assert verification.mismatches(ids.decode("acc", life.id)[0]) == []
    assert ends == {
        repr(["succeeded", "succeeded", 4_000, 0, "", [("paid", 4_000)], [4_000], [("lost", 4_000)],
              [("refunded", "700")], [("grant", 1_000), ("revoke", -1_000)], True])
    }  # fmt: skip


def test_F18_B7_a_sample_of_the_orders_of_seven_events_leads_to_one_end(town: Town):
    see(town, [ORDERS[0], ORDERS[-1], *Random(7).sample(ORDERS, 8)])


@pytest.mark.soak
@pytest.mark.parametrize("first", range(7))
def test_all_5040_orders_lead_to_one_end_720_for_each_event_that_comes_first(town: Town, first: int):
    orders = [order for order in ORDERS if order[0] == first]
    assert (len(orders), len(ORDERS)) == (720, 5_040)
    see(town, orders)
