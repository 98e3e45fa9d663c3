"""What the provider says of a card by itself: renewed by its bank, or detached (RULES §9.3, §9.4)."""

from __future__ import annotations

from refill.domain import ids
from refill.models import AuditRow, PaymentMethod, ProviderEvent
from refill.services.chores import work
from refill.services.money import cards
from tests.cards.conftest import Json, Town
from tests.letters import mails_of, subjects
from tests.life import Life
from tests.recharges import turn_on


def seen(life: Life) -> list[Json]:
    """The cards as the API shows them, without their ids."""
    found = life.call("GET", "/payment_methods?limit=100")["data"]
    return [{name: card[name] for name in ("last4", "exp_month", "exp_year", "default")} for card in found]


def reference(life: Life, last4: str = "4242") -> str:
    return PaymentMethod.objects.get(account_id=life.account_id, last4=last4, removed_at=None).reference


def news(town: Town, kind: str) -> list[Json]:
    return [event for event in town.fake.events if event["type"] == kind]


def ending(event: Json) -> str:
    return ProviderEvent.objects.get(event_id=event["id"]).state


def test_a_card_that_its_bank_renewed_is_shown_as_it_is_now(town: Town):
    life = town.life()
    before = life.call("GET", "/payment_methods")["data"][0]["id"]
    town.fake.renew_card(reference(life), exp_month=8, exp_year=2044, last4="1881", fingerprint="print_anew")
    (told,) = news(town, "payment_method.automatically_updated")
    town.deliver([told, told, {**told, "id": "evt_once_more"}])
    assert seen(life) == [{"last4": "1881", "exp_month": 8, "exp_year": 2044, "default": True}]
    assert life.call("GET", "/payment_methods")["data"][0]["id"] == before
    row = AuditRow.objects.get(account_id=life.account_id, action="card.renewed")
    assert (row.actor, row.before["last4"], row.after["exp_year"]) == ("refill", "4242", 2044)
    assert (ending(told), subjects(life)[1:]) == ("done", [])
    life.buy(1_000)
    assert (life.available, town.taken(life)) == (1_000, 4_000)


def test_a_card_renewed_before_it_expires_is_told_of_when_its_new_date_comes(town: Town):
    life = town.life(starts_at="2040-12-10 12:00")
    work.run_account(life.account_id)
    assert subjects(life, "card_expiring") == ["Visa ending 4242 expires at the end of 12/2040"]
    town.fake.renew_card(reference(life), exp_year=2041)
    town.deliver(news(town, "payment_method.automatically_updated"))
    life.advance("2041-01-10 12:00")
    assert len(subjects(life, "card_expiring")) == 1


def test_a_renewal_that_the_old_date_failed_for_good_is_tried_again_with_the_new_one(town: Town):
    life = town.life()
    life.change(town.platform.price("growth", 1000))
    card = town.enter(life, "expired")
    life.advance("2027-04-11 13:00")
    assert (life.status, len(town.intents(life))) == ("past_due", 2)
    kept = PaymentMethod.objects.get(pk=ids.decode("pm", card)[0]).reference
    town.fake.kinds[kept] = town.fake.kinds[reference(life)]
    town.fake.renew_card(kept, exp_year=2045)
    town.deliver(news(town, "payment_method.automatically_updated"))
    life.advance("2027-04-14 13:00")
    assert (life.status, town.taken(life)) == ("active", 7_000)


def test_a_detached_card_is_not_used_any_more_and_whoever_pays_is_told(town: Town):
    life = town.life()
    life.call("PUT", "/billing_details", {"name": "Northwind", "emails": ["books@northwind.example"]})
    life.change(town.platform.price("growth", 1000))
    town.enter(life, "declined", default=False)
    town.fake.detach(reference(life))
    told = news(town, "payment_method.detached")
    town.deliver([*told, *told, {**told[0], "id": "evt_detached_again"}])
    assert seen(life) == [{"last4": "0002", "exp_month": 12, "exp_year": 2040, "default": True}]
    mails = mails_of(life, "card_lost")
    assert {mail.to.partition("@")[0].rstrip("0123456789-") for mail in mails} == {"ann", "books"}
    for mail in mails:
        for words in (mail.words, mail.shown):
            assert "It paid your plan. From now on Visa ending 0002 pays." in words
            assert "The next charge is $35.00 on 10 April 2027" in words
    sent = len(town.fake.calls)
    cards.forget_removed()
    assert not [path for _, path, *_ in town.fake.calls[sent:] if path.endswith("/detach")]


def test_without_another_card_the_renewal_asks_for_one_and_the_recharge_stops(town: Town):
    life = town.life()
    turn_on(life)
    life.advance("2027-03-10 12:05")
    before = len(town.intents(life))
    town.fake.detach(reference(life))
    town.deliver(news(town, "payment_method.detached"))
    (mail,) = mails_of(life, "card_lost")
    assert "It paid your plan. There is no other card to pay with." in mail.words
    life.spend(700)
    assert len(town.intents(life)) == before
    assert subjects(life, "recharge_stopped") == ["Auto-recharge has stopped: there is no card"]


def test_a_card_that_paid_nothing_goes_without_a_mail_and_one_of_somebody_else_means_nothing(town: Town):
    life = town.life()
    town.enter(life, "declined", default=False)
    town.fake.detach(reference(life, "0002"))
    stranger = town.fake.new_card("cus_other", "ok")
    town.fake.detach(stranger["id"])
    first, second = news(town, "payment_method.detached")
    town.deliver([first, second])
    assert ([card["last4"] for card in seen(life)], subjects(life)[1:]) == (["4242"], [])
    assert (ending(first), ending(second)) == ("done", "ignored")


def test_a_card_that_we_removed_is_detached_by_us_and_nothing_is_told(town: Town):
    life = town.life()
    life.call("DELETE", f"/payment_methods/{life.call('GET', '/payment_methods')['data'][0]['id']}")
    cards.forget_removed()
    town.deliver(news(town, "payment_method.detached"))
    assert mails_of(life, "card_lost") == []


def test_while_the_provider_does_not_answer_nothing_changes_and_it_is_asked_again(town: Town):
    life = town.life()
    town.fake.detach(reference(life))
    town.fake.script.next("lost_before", "GET /v1/payment_methods", times=3)
    (told,) = news(town, "payment_method.detached")
    town.deliver([told])
    assert (ending(told), len(seen(life))) == ("stored", 1)
    town.fake.script.steps.clear()
    ProviderEvent.objects.filter(event_id=told["id"]).update(try_at="2020-01-01T00:00:00Z")
    town.deliver([])
    assert (ending(told), seen(life)) == ("done", [])


def test_a_charge_under_way_when_the_card_goes_keeps_its_outcome(town: Town):
    life = town.life("slow")
    order = life.buy(1_000)
    town.fake.detach(reference(life, "0077"))
    town.deliver(news(town, "payment_method.detached"))
    town.fake.settle(str(town.intents(life)[0]["id"]), paid=True)
    town.deliver(news(town, "payment_intent.succeeded"))
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "succeeded"
    assert (life.available, seen(life)) == (1_000, [])
