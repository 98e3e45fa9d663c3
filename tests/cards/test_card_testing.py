"""X20: whoever tries stolen cards is stopped after a few declines; a person with another card is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from refill.domain.errors import TooMany
from refill.domain.records import QuoteRequest
from refill.models import Charge, Order, Pack, PaymentMethod
from refill.services import orders
from refill.services.money import card_setup, cards, quotes
from refill.services.money.card_testing import demand_few_cards, demand_few_declines
from tests.cards.conftest import OPERATOR
from tests.cards.test_live import open_live
from tests.fake_stripe import FakeStripe
from tests.life import Platform


def enter(stripe: FakeStripe, account_id: int, kind: str) -> int:
    reference = card_setup.begin(account_id=account_id, actor=OPERATOR).rpartition("/")[2]
    stripe.enter_card(reference, kind)
    card, _ = card_setup.finish(account_id=account_id, reference=reference)
    assert card is not None
    return card


def buy(account_id: int, card: int) -> str:
    pack = Pack.objects.get(mode="both", credits=1_000, currency="usd")
    request = QuoteRequest(kind="buy_credits", pack_id=pack.pk, payment_method_id=card)
    quote = quotes.create(account_id=account_id, actor=OPERATOR, request=request)
    return Order.objects.get(
        pk=orders.confirm(account_id=account_id, quote_id=quote, actor=OPERATOR, key=f"buy {quote}")
    ).status


def test_a_card_that_is_declined_three_times_is_asked_no_more_and_another_one_pays(stripe: FakeStripe) -> None:
    account = open_live()
    bad = enter(stripe, account, "declined")
    assert [buy(account, bad) for _ in range(3)] == ["declined"] * 3
    with pytest.raises(TooMany, match="this card three times within an hour") as refusal:
        buy(account, bad)
    assert 3_590 <= refusal.value.facts["retry_after_seconds"] <= 3_601
    cards.remove(account_id=account, actor=OPERATOR, card_id=bad)
    with pytest.raises(TooMany):
        buy(account, enter(stripe, account, "declined"))
    assert Charge.objects.filter(account_id=account).count() == 3
    assert buy(account, enter(stripe, account, "ok")) == "succeeded"


def test_five_declines_stop_every_card_of_the_account_until_the_first_is_an_hour_old(stripe: FakeStripe) -> None:
    account = open_live()
    bad = [enter(stripe, account, kind) for kind in ("declined", "insufficient_funds")]
    assert [buy(account, card) for card in (*bad, *bad, bad[0])] == ["declined"] * 5
    good = enter(stripe, account, "ok")
    with pytest.raises(TooMany, match="five payments within an hour"):
        buy(account, good)
    first = Charge.objects.filter(account_id=account).earliest("created_at").created_at
    card = PaymentMethod.objects.get(pk=good)
    with pytest.raises(TooMany):
        demand_few_declines(account, card, first + timedelta(minutes=59, seconds=59))
    demand_few_declines(account, card, first + timedelta(hours=1))


def test_twenty_cards_are_added_in_a_day_also_where_they_are_removed_again(stripe: FakeStripe) -> None:
    account = open_live()
    for _ in range(20):
        cards.remove(account_id=account, actor=OPERATOR, card_id=enter(stripe, account, "ok"))
    with pytest.raises(TooMany, match="At most 20 cards"):
        card_setup.begin(account_id=account, actor=OPERATOR)
    first = PaymentMethod.objects.filter(account_id=account).earliest("created_at").created_at
    demand_few_cards(account, first + timedelta(days=1))


def test_cards_of_test_mode_are_nobodys_and_have_no_such_limit(platform_key: str) -> None:
    life = Platform(platform_key).life("2027-03-10 12:00")
    life.use_card("declined")
    assert [life.buy(1_000)["status"] for _ in range(6)] == ["declined"] * 6
