"""Unknown is a state (RULES §9.2): asked about by the ladder, then by a person; never a second key."""

from __future__ import annotations

import pytest

from refill.domain import ids
from refill.domain.errors import Conflict, Invalid, Unknown
from refill.models import AuditRow, Charge
from refill.queries import provider_queue, verification
from refill.services.money import attending
from tests.cards.conftest import OPERATOR, Town
from tests.fake_stripe.script import PAY
from tests.life import Life

ASK = "GET /v1/payment_intents"


def state(life: Life, order: object) -> str:
    return str(life.call("GET", f"/orders/{order['id']}")["status"])  # type: ignore[index]


def charge_of(order: object) -> Charge:
    return Charge.objects.get(order_id=ids.decode("ord", order["id"])[0])  # type: ignore[index]


def settled(town: Town, life: Life) -> None:
    """The invariants that every fault must leave."""
    assert verification.mismatches(life.account_id) == []


def test_F12_the_lost_answer_of_a_paid_charge_is_found_after_five_seconds(town: Town):
    life = town.life()
    town.fake.script.next("lost_after")
    order = life.buy(1_000)
    assert (order["status"], life.available, town.taken(life)) == ("processing", 0, 4_000)
    life.advance("2027-03-10 12:00:05")
    assert (state(life, order), life.available, town.taken(life)) == ("succeeded", 1_000, 4_000)
    assert [charge["state"] for charge in life.call("GET", f"/orders/{order['id']}")["charges"]] == ["succeeded"]
    settled(town, life)


def test_F13_the_provider_is_asked_at_each_step_of_the_ladder_and_then_a_person(town: Town):
    life = town.life()
    town.fake.script.next("lost_after")
    town.fake.script.next("500_before", ASK, times=50)
    order = life.buy(1_000)
    asked = []
    for text in (
        "12:00:04", "12:00:05", "12:00:29", "12:00:30", "12:01:59", "12:02:00", "12:09:59", "12:10:00", "12:59:59",
        "13:00:00", "17:59:59", "18:00:00",
    ):  # fmt: skip
        before = len(town.fake.calls)
        life.advance(f"2027-03-10 {text}")
        asked.append(len(town.fake.calls) - before)
    assert asked == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    assert [row.id for row in provider_queue.charges() if row.id == charge_of(order).pk] == []
    life.advance("2027-03-11 12:00:00")
    assert [row.why for row in provider_queue.charges() if row.id == charge_of(order).pk] == ["unanswered"]
    calls = len(town.fake.calls)
    life.advance("2027-04-11 12:00:00")
    assert (len(town.fake.calls), state(life, order), life.available) == (calls, "processing", 0)
    settled(town, life)


def test_B10_W16_while_a_charge_is_unknown_nothing_takes_its_place(town: Town):
    life = town.life()
    town.fake.script.next("lost_after")
    town.fake.script.next("500_before", ASK, times=50)
    quote = life.quote(buy_credits={"pack": life.platform.pack(1_000), "quantity": 1})
    first = life.confirm(quote)
    town.enter(life, "ok")
    for _ in range(3):
        again = life.confirm(quote)
        assert (again["id"], again["status"], len(again["charges"])) == (first["id"], "processing", 1)
    assert len({key for method, path, _, key in town.fake.calls if f"{method} {path}" == PAY}) == 1


def test_a_person_asks_again(town: Town):
    life, order = unanswered(town)
    town.fake.script.steps.clear()
    charge = charge_of(order)
    assert attending.ask_again(charge_id=charge.pk, actor=OPERATOR) == "succeeded"
    assert (state(life, order), life.available, town.taken(life)) == ("succeeded", 1_000, 4_000)
    assert [row for row in provider_queue.charges() if row.id == charge.pk] == []
    assert AuditRow.objects.filter(subject=str(charge.pk), action="charge.asked_again").get().actor == "platform"
    with pytest.raises(Conflict, match="decided"):
        attending.ask_again(charge_id=charge.pk, actor=OPERATOR)
    settled(town, life)


def unanswered(town: Town) -> tuple[Life, object]:
    """An order whose charge was taken, and of which the provider says nothing."""
    life = town.life()
    town.fake.script.next("lost_after")
    town.fake.script.next("500_before", ASK, times=50)
    order = life.buy(1_000)
    life.advance("2027-03-12 12:00")
    return life, order


@pytest.mark.parametrize(
    ("outcome", "status", "credits"), [("succeeded", "succeeded", 1_000), ("declined", "declined", 0)]
)
def test_a_person_records_what_the_dashboard_says(town: Town, outcome: str, status: str, credits: int):
    life, order = unanswered(town)
    charge = charge_of(order)
    reference = str(town.intents(life)[0]["id"])
    with pytest.raises(Invalid, match="where you saw it"):
        attending.record_word(charge_id=charge.pk, actor=OPERATOR, outcome="succeeded", reference=reference, note=" ")
    with pytest.raises(Invalid, match="name of the payment"):
        attending.record_word(charge_id=charge.pk, actor=OPERATOR, outcome="succeeded", reference="", note="seen")
    attending.record_word(
        charge_id=charge.pk, actor=OPERATOR, outcome=outcome, reference=reference, note="dashboard, payments"  # type: ignore[arg-type]
    )  # fmt: skip
    assert (state(life, order), life.available) == (outcome, credits)
    row = AuditRow.objects.get(subject=str(charge.pk), action=f"charge.{outcome}")
    assert (row.actor, row.after["note"]) == ("platform", "dashboard, payments")  # type: ignore[index]
    with pytest.raises(Conflict):
        attending.record_word(charge_id=charge.pk, actor=OPERATOR, outcome="declined", reference="", note="again")
    settled(town, life)


def test_one_payment_of_the_provider_cannot_be_the_word_for_two_charges(town: Town):
    life, order = unanswered(town)
    reference = str(town.intents(life)[0]["id"])
    attending.record_word(
        charge_id=charge_of(order).pk, actor=OPERATOR, outcome="succeeded", reference=reference, note="seen"
    )
    other, second = unanswered(town)
    with pytest.raises(Invalid, match="another charge"):
        attending.record_word(
            charge_id=charge_of(second).pk, actor=OPERATOR, outcome="succeeded", reference=reference, note="seen"
        )
    with pytest.raises(Unknown):
        attending.ask_again(charge_id=2**60, actor=OPERATOR)
    assert other.available == 0


def test_F14_an_answer_that_contradicts_the_intent_goes_to_a_person_at_once_and_grants_nothing(town: Town):
    life = town.life()
    town.fake.script.next("wrong_amount")
    order = life.buy(1_000)
    assert (order["status"], life.available) == ("processing", 0)
    assert [row.why for row in provider_queue.charges() if row.id == charge_of(order).pk] == ["differs: amount: 1 usd"]
    assert attending.ask_again(charge_id=charge_of(order).pk, actor=OPERATOR) == "succeeded"
    assert (state(life, order), life.available, town.taken(life)) == ("succeeded", 1_000, 4_000)
    settled(town, life)


def test_a_charge_that_the_provider_never_saw_is_sent_when_it_is_back(town: Town):
    life = town.life()
    town.fake.script.next("lost_before", times=3)
    order = life.buy(1_000)
    life.advance("2027-03-10 12:00:30")
    assert (state(life, order), town.taken(life)) == ("processing", 0)
    life.advance("2027-03-10 12:02")
    assert (state(life, order), life.available, town.taken(life)) == ("succeeded", 1_000, 4_000)
    settled(town, life)


def test_a_charge_that_stayed_away_a_day_was_never_sent_and_the_customer_may_try_again(town: Town):
    life = town.life()
    town.fake.script.next("lost_before", times=7)
    order = life.buy(1_000)
    life.advance("2027-03-11 12:00")
    declined = life.call("GET", f"/orders/{order['id']}")
    assert (declined["status"], [charge["decline_code"] for charge in declined["charges"]]) == (
        "declined", ["never_sent"],
    )  # fmt: skip
    assert (life.available, town.taken(life)) == (0, 0)
    settled(town, life)


def test_the_facts_that_go_with_a_charge_can_rebuild_it(town: Town):
    life = town.life()
    quote = life.quote(buy_credits={"pack": life.platform.pack(1_000), "quantity": 2})
    order = life.confirm(quote)
    facts = town.intents(life)[0]["metadata"]
    charge = charge_of(order)
    assert facts == {
        "refill_key": charge.provider_key, "refill_account": life.id, "refill_order": order["id"],
        "refill_charge": ids.encode("chg", charge.pk), "refill_order_kind": "buy_credits", "refill_credits": "2000",
        "refill_quote": facts["refill_quote"],  # type: ignore[index]
    }  # fmt: skip
    assert len(facts["refill_quote"]) == 32  # type: ignore[index]
