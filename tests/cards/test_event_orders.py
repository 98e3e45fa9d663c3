"""All orders of a payment's seven events, each with copies, lead to one end (F18, B7).

The payment is asked about by the bank, confirmed there by a customer who never comes back, disputed, partly given back
in the provider's dashboard, and the dispute is lost. While events arrive in another order, the provider is at the stage
of the latest one that it has sent: what is asked for afresh is sometimes newer than the event, never older.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from random import Random

import pytest
from django.test import Client

from refill.domain import ids
from refill.gateways.cards import card_gateway
from refill.gateways.stripe_cards import StripeCards
from refill.models import Charge, CreditNote, Dispute, Entry, Grant, Invoice, Order, ProviderDifference
from refill.queries import verification
from refill.services.money import hearing
from tests.branching import Branches
from tests.cards.conftest import Json, Town
from tests.fake_stripe import straight
from tests.fake_stripe.events import signed
from tests.life import Life

EVENTS = [
    "payment_intent.payment_failed", "payment_intent.requires_action", "charge.succeeded", "payment_intent.succeeded",
    "charge.dispute.created", "charge.refunded", "charge.dispute.closed",
]  # fmt: skip


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


Deliver = Callable[[list[Json]], None]


def tell(town: Town, deliver: Deliver, events: list[Json], path: Sequence[int], chance: Random) -> None:
    """The last event of a path, one to three times, copies of earlier ones in between."""
    town.fake.show_stage(max(path))
    latest = events[path[-1]]
    copies = [events[chance.choice(path)] for _ in range(chance.randrange(3))]
    deliver([latest, *copies])
    if chance.random() < 0.2:
        deliver([{**latest, "id": f"{latest['id']}_again"}])


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


END = repr(
    ["succeeded", "succeeded", 4_000, 0, "", [("paid", 4_000)], [4_000], [("lost", 4_000)], [("refunded", "700")],
     [("grant", 1_000), ("revoke", -1_000)], True]
)  # fmt: skip


class Walk:
    """All orders that begin in one way: each event that is told is a branch, so that orders share what they share.

    Webhooks are read and kept, and the SDK asks, as ever; only the sockets are left out.
    """

    def __init__(self, town: Town, branches: Branches, seed: int) -> None:
        self.town, self.branches, self.chance = town, branches, Random(seed)
        gateway = card_gateway()
        assert isinstance(gateway, StripeCards)
        gateway._stripe = straight.client(town.fake).v1
        self.life = town.life("authenticate")
        self.order, self.events = live(town, self.life)
        self.seen = self.told = 0

    def go(self, first: Sequence[int]) -> None:
        """Tell the events of `first`, then all others in all orders."""
        self._tell((), list(first))

    def _deliver(self, events: list[Json]) -> None:
        for event in events:
            hearing.keep(card_gateway().hear(*signed(event)))
        hearing.work_off()

    def _tell(self, path: tuple[int, ...], first: list[int]) -> None:
        if len(path) == len(EVENTS):
            self.seen += 1
            assert repr(ended(self.order)) == END, path
            if self.seen % 50 == 1:
                assert verification.mismatches(self.order.account_id) == []
            return
        for number in first[:1] or [place for place in range(len(EVENTS)) if place not in path]:
            with self.branches.branch():
                tell(self.town, self._deliver, self.events, (*path, number), self.chance)
                self.told += 1
                self._tell((*path, number), first[1:])


def test_F18_B7_a_sample_of_the_orders_of_seven_events_leads_to_one_end(town: Town, branches: Branches):
    walk = Walk(town, branches, 7)
    for first in [(0, 1, 2), *(Random(seed).sample(range(7), 3) for seed in range(3))]:
        walk.go(first)
    assert walk.seen == 4 * 24


def test_an_order_that_is_not_taken_back_leads_to_the_same_end(town: Town):
    life, chance = town.life("authenticate"), Random(20261125)
    for way in Random(8).sample(list(itertools.permutations(range(7))), 3):
        order, events = live(town, life)
        for place in range(7):
            tell(town, town.deliver, events, way[: place + 1], chance)
        assert repr(ended(order)) == END, way
    assert verification.mismatches(life.account_id) == []


@pytest.mark.soak
@pytest.mark.parametrize("first", range(7))
def test_all_5040_orders_lead_to_one_end_720_for_each_event_that_comes_first(
    town: Town, branches: Branches, first: int
):
    walk = Walk(town, branches, first)
    walk.go([first])
    assert (walk.seen, walk.told) == (720, 1 + 6 + 30 + 120 + 360 + 720 + 720)
