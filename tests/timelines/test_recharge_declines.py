"""Recharges that are declined, wait, or are never answered (RULES §5.5, §5.6)."""

from collections.abc import Iterator

import pytest

from refill.domain.payments import Outcome
from refill.gateways.sandbox_cards import SandboxCards
from tests.life import Life, Platform
from tests.recharges import charges, events, mismatches, reasons, recharges, standing, turn_on, wanted


@pytest.fixture
def life(platform: Platform) -> Iterator[Life]:
    """1,000 credits of Growth since midnight of 22 March, UTC; verifies clean in the end."""
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    yield life
    assert mismatches(life) == []


def mark(life: Life, card: str, **part: bool) -> str:
    added = str(life.call("POST", "/payment_methods", {"sandbox": card})["id"])
    life.call("PATCH", f"/payment_methods/{added}", part)
    return added


def test_a_decline_is_tried_again_after_1_6_and_24_hours_and_then_the_breaker_opens(life: Life):
    broken = mark(life, "declined", recharge=True)
    turn_on(life)
    life.spend(601)
    assert (standing(life)["state"], standing(life)["until"]) == ("retrying", "2027-03-22T01:00:00Z")
    life.advance("2027-03-27 00:00")
    assert charges(life) == [
        ("2027-03-22T00:00:00Z", "declined"), ("2027-03-22T01:00:00Z", "declined"),
        ("2027-03-22T06:00:00Z", "declined"), ("2027-03-23T00:00:00Z", "declined"),
    ]  # fmt: skip
    stands = standing(life)
    assert (stands["state"], stands["reason"], stands["broken_payment_methods"]) == (
        "stopped",
        "breaker_open",
        [broken],
    )
    assert (len(events(life, "failed")), [event["reason"] for event in events(life, "stopped")]) == (
        4,
        ["breaker_open"],
    )
    life.spend(100)
    assert (len(charges(life)), life.available, stands["this_month"]["amount"]) == (4, 299, 0)


def test_a_final_decline_stops_at_once_and_the_same_card_again_is_no_new_card(life: Life):
    mark(life, "declined_final", recharge=True)
    turn_on(life)
    life.spend(601)
    assert (standing(life)["state"], len(charges(life))) == ("stopped", 1)
    mark(life, "declined_final", recharge=True)
    life.advance("2027-03-27 00:00")
    assert len(charges(life)) == 1


def test_a_new_card_closes_the_breaker_and_is_charged_at_once(life: Life):
    mark(life, "declined_final", recharge=True)
    turn_on(life)
    life.spend(601)
    mark(life, "visa_ok", recharge=True)
    assert [state for _, state in charges(life)] == ["declined", "succeeded"]
    assert (life.available, standing(life)["state"]) == (1399, "ready")


def test_a_person_who_saves_again_closes_the_breaker(life: Life):
    mark(life, "declined_final", recharge=True)
    turn_on(life)
    life.spend(601)
    saved = turn_on(life)
    assert (saved["fires_now"], saved["state"], len(charges(life))) == (True, "stopped", 2)


def test_the_backup_is_charged_after_a_definite_decline_of_the_first(life: Life):
    first, backup = mark(life, "declined", recharge=True), mark(life, "visa_ok", backup=True)
    turn_on(life)
    life.spend(601)
    order = recharges(life)[0]
    assert [(charge["payment_method"], charge["state"]) for charge in order["charges"]] == [
        (first, "declined"),
        (backup, "succeeded"),
    ]
    assert (order["status"], life.available, standing(life)["today"]) == ("succeeded", 1399, 1)


def test_the_backup_is_never_charged_while_the_first_is_unknown(life: Life):
    first = mark(life, "unknown_then_ok", recharge=True)
    mark(life, "visa_ok", backup=True)
    turn_on(life)
    life.spend(601)
    life.spend(1)
    assert (standing(life)["state"], standing(life)["today"]) == ("charging", 1)
    life.advance("2027-03-22 00:00:05")
    order = recharges(life)[0]
    assert [(charge["payment_method"], charge["state"]) for charge in order["charges"]] == [(first, "succeeded")]
    assert (len(recharges(life)), life.available) == (1, 1398)


def test_an_unknown_that_turns_out_declined_goes_on_to_the_backup(life: Life):
    mark(life, "unknown_then_declined", recharge=True)
    mark(life, "visa_ok", backup=True)
    turn_on(life)
    life.spend(601)
    life.advance("2027-03-22 00:00:05")
    assert ([state for _, state in charges(life)], life.available) == (["declined", "succeeded"], 1399)


def test_a_card_that_the_network_refused_for_good_is_left_alone_while_the_backup_pays(life: Life):
    first, backup = mark(life, "declined_final", recharge=True), mark(life, "visa_ok", backup=True)
    turn_on(life)
    life.spend(601)
    life.spend(1000)
    assert [charge["payment_method"] for order in recharges(life) for charge in order["charges"]] == [
        first, backup, backup,
    ]  # fmt: skip


def test_tries_are_dropped_when_the_balance_is_back(life: Life):
    mark(life, "declined", recharge=True)
    turn_on(life)
    life.spend(601)
    life.buy(1000)
    life.advance("2027-03-27 00:00")
    assert (len(charges(life)), reasons(life)) == (1, ["fired", "declined", "dropped"])
    assert standing(life)["state"] == "ready"
    life.spend(1000)
    assert len(recharges(life)) == 2


def test_a_recharge_that_needs_the_customer_pauses_until_they_come(life: Life):
    mark(life, "needs_action", recharge=True)
    turn_on(life)
    life.spend(601)
    stands = standing(life)
    assert (stands["state"], "/pay/chg_" in stands["action_url"]) == ("needs_action", True)
    life.spend(100)
    life.advance("2027-03-25 00:00")
    assert (len(charges(life)), [event["reason"] for event in events(life, "stopped")]) == (1, ["needs_action"])
    life.call("POST", f"/orders/{stands['order']}/action", {"outcome": "authenticated"})
    assert (life.available, standing(life)["state"]) == (1299, "ready")


def test_another_card_takes_the_place_of_one_that_needs_the_customer(life: Life):
    mark(life, "needs_action", recharge=True)
    turn_on(life)
    life.spend(601)
    mark(life, "visa_ok", recharge=True)
    assert ([state for _, state in charges(life)], life.available) == (["declined", "succeeded"], 1399)
    assert [order["status"] for order in recharges(life)] == ["declined", "succeeded"]


@pytest.mark.parametrize("word", ["card", "saved"])
def test_one_that_the_provider_does_not_give_up_at_once_is_given_up_an_hour_later(
    life: Life, monkeypatch: pytest.MonkeyPatch, word: str
):
    mark(life, "needs_action", recharge=True)
    turn_on(life)
    life.spend(601)
    with monkeypatch.context() as quiet:
        quiet.setattr(SandboxCards, "cancel", lambda self, intent: Outcome("unknown"))
        if word == "card":
            mark(life, "visa_ok", recharge=True)
        else:
            turn_on(life)
    assert [state for _, state in charges(life)] == ["needs_action"]
    life.advance("2027-03-22 01:00")
    assert [state for _, state in charges(life)] == ["declined", "succeeded" if word == "card" else "needs_action"]


def test_a_recharge_of_a_rule_that_was_replaced_meanwhile_is_not_tried_again(life: Life):
    mark(life, "unknown_then_declined", recharge=True)
    mark(life, "visa_ok", backup=True)
    turn_on(life)
    life.spend(601)
    turn_on(life, pack=life.platform.pack(250))
    life.advance("2027-03-22 00:02")
    assert [order["status"] for order in recharges(life)] == ["declined", "succeeded"]
    assert life.available == 399 + 250


def test_a_failed_authentication_is_a_decline(life: Life):
    mark(life, "needs_action", recharge=True)
    mark(life, "visa_ok", backup=True)
    turn_on(life)
    life.spend(601)
    life.call("POST", f"/orders/{standing(life)['order']}/action", {"outcome": "failed"})
    assert ([state for _, state in charges(life)], life.available) == (["declined", "succeeded"], 1399)


def test_without_a_card_it_cannot_be_turned_on_and_stops_when_the_last_one_goes(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.call("POST", "/grants", {"credits": 500, "source": "promotion", "reason": "a start"})
    assert life.refused("PUT", "/auto_recharge", wanted(life)).code == "payment_method_required"
    card = life.use_card("visa_ok")
    turn_on(life)
    life.call("DELETE", f"/payment_methods/{card}")
    life.spend(200)
    life.spend(100)
    assert (reasons(life), standing(life)["state"]) == (["no_card"], "stopped")
    assert [event["reason"] for event in events(life, "stopped")] == ["no_card"]
    life.use_card("visa_ok")
    assert life.available == 1200


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"threshold": 0}, "threshold"), ({"max_per_day": 0}, "max_per_day"), ({"max_per_day": 101}, "max_per_day"),
        ({"max_per_month": {"amount": 3999, "currency": "usd"}}, "max_per_month"),
        ({"max_per_month": {"amount": 9999, "currency": "eur"}}, "max_per_month.currency"),
        ({"pack": "pack_no"}, "pack"),
    ],
)  # fmt: skip
def test_values_in_conflict_are_refused_when_they_are_saved(life: Life, wrong: dict[str, object], param: str):
    refused = life.refused("PUT", "/auto_recharge", wanted(life, **wrong))
    assert (refused.status, refused.problem["param"]) == (422, param)
    assert standing(life)["enabled"] is False


def test_the_backup_is_another_card_than_the_first(life: Life):
    card = life.use_card("visa_ok")
    refused = life.refused("PUT", "/auto_recharge", wanted(life, payment_method=card, backup_payment_method=card))
    assert refused.problem["param"] == "backup_payment_method"
