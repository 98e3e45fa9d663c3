"""Refunds by grant (RULES §9.5): what was previewed is what happens, to the minor unit and the credit."""

import threading
from typing import Any

import pytest
from django.db import connection

from refill.domain import ids
from refill.domain.records import Actor
from refill.gateways.sandbox_cards import SandboxCards
from refill.services.money import charging, refunds
from tests.letters import mails_of
from tests.life import Life, Platform, Refused
from tests.recharges import mismatches, recharges, turn_on

pytestmark = pytest.mark.usefixtures("default_catalogue_alone")


def refund(life: Life, order: Any, reason: str = "customer", **more: Any) -> Any:
    """Preview, then do exactly that."""
    wanted = {"order": order["id"], "reason": reason, **more}
    preview = life.call("POST", "/refunds", wanted | {"preview": True})
    made = life.call("POST", "/refunds", wanted | {"mark": preview["mark"]})
    assert [made[name] for name in ("amount", "tax", "working", "credits")] == [
        preview[name] for name in ("amount", "tax", "working", "credits")
    ]
    assert life.available == preview["available_after"]
    return made


def renewal(life: Life) -> Any:
    """The order of the account's first period, or of its newest renewal."""
    orders = life.call("GET", "/orders?limit=100")["data"]
    return next(order for order in orders if order["kind"] in ("renewal", "start"))


def test_at_the_customers_wish_what_was_used_is_paid_at_the_smallest_packs_price(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    life.spend(100)
    # 1,000 credits for $40.00; 100 used at $12.50 for 250, the dearest published: $40.00 - $5.00.
    made = refund(life, order)
    assert (made["amount"]["amount"], made["status"], life.available) == (3500, "succeeded", 0)
    assert [taken["credits"] for taken in made["credits"]] == [900]
    assert mismatches(life) == []


def test_never_below_zero_and_never_twice(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    life.spend(900)
    refused = life.refused("POST", "/refunds", {"order": order["id"], "reason": "customer"})
    assert (refused.code, life.available) == ("nothing_to_do", 100)
    other = life.buy(250)
    refund(life, other)
    assert life.refused("POST", "/refunds", {"order": other["id"], "reason": "customer"}).code == "nothing_to_do"
    assert mismatches(life) == []


def test_held_counts_as_used_and_what_returns_is_not_spendable(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    hold = life.call("POST", "/holds", {"credits": 300})["id"]
    preview = life.call("POST", "/refunds", {"order": order["id"], "reason": "customer", "preview": True})
    assert preview["amount"]["amount"] == 4000 - 300 * 5
    assert preview["warnings"] == ["300 credits are held and counted as used; what is released cannot be spent."]
    refund(life, order)
    life.call("POST", f"/holds/{hold}/release")
    assert (life.available, life.balance["held"]) == (0, 0)
    # What came back was paid for, at the dearest price: it can be given back in money.
    again = refund(life, order)
    assert again["amount"]["amount"] == 300 * 5
    assert mismatches(life) == []


def test_at_the_operators_fault_any_sum_up_to_what_was_paid(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    usd = {"currency": "usd"}
    kept = refund(life, order, "operator", amount=usd | {"amount": 1500}, keep_credits=True)
    assert (kept["amount"]["amount"], kept["credits"], life.available) == (1500, [], 1000)
    too_much = {"order": order["id"], "reason": "operator", "amount": usd | {"amount": 2501}}
    refused = life.refused("POST", "/refunds", too_much)
    assert (refused.code, refused.problem["param"], refused.problem["most"]) == ("invalid_request", "amount", 2500)
    rest = refund(life, order, "operator")
    assert (rest["amount"]["amount"], life.available) == (2500, 0)
    assert life.refused("POST", "/refunds", {"order": order["id"], "reason": "operator"}).code == "nothing_to_do"
    assert [row["amount"]["amount"] for row in life.call("GET", "/refunds")["data"]] == [2500, 1500]
    assert mismatches(life) == []


def test_the_invoice_stays_and_a_credit_note_of_its_own_series_corrects_it(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    before = life.call("GET", f"/invoices/{order['invoice']}")
    made = refund(life, order)
    after = life.call("GET", f"/invoices/{order['invoice']}")
    assert before | {"credited": after["credited"], "credit_notes": after["credit_notes"]} == after
    assert (after["credited"]["amount"], after["credit_notes"]) == (4000, [made["credit_note"]])
    note = life.call("GET", f"/credit_notes/{made['credit_note']}")
    assert note["number"].startswith("TEST-C-")
    assert (note["invoice"], note["reason"], note["total"]["amount"]) == (order["invoice"], "customer", 4000)
    (mail,) = mails_of(life, "credit_note")
    assert mail.subject == f"Refund: $40.00 of invoice {after['number']}"
    assert f"Credit note: {note['number']}" in mail.words
    assert "Total: $40.00" in mail.words
    events = [event for event in life.call("GET", "/events")["data"] if event["kind"] == "invoice.credited"]
    assert [(event["data"]["invoice"], event["data"]["credit_note"]) for event in events] == [
        (order["invoice"], note["id"])
    ]


def test_a_plans_credits_go_back_at_its_dearest_monthly_price_and_the_plan_stays(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.spend(250)
    # $35.00 for 1,000; the dearest step of the plan is $16.00 for 250.
    made = refund(life, renewal(life))
    assert (made["amount"]["amount"], life.available, life.status) == (3500 - 1600, 0, "active")
    # What was given back is not credited again by a change of plan.
    quote = life.quote(change_plan={"price": platform.price("growth", 12000, "year")})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [35000, 0]
    life.advance("2027-04-22 00:00")
    assert life.available == 1000
    assert mismatches(life) == []


def test_what_a_change_of_plan_credited_is_not_given_back_again(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    first = renewal(life)
    changed = life.change(platform.price("growth", 12000, "year"))
    credited = -life.call("GET", f"/invoices/{changed['invoice']}")["lines"][1]["amount"]["amount"]
    assert credited == 3500
    refused = life.refused("POST", "/refunds", {"order": first["id"], "reason": "customer"})
    assert refused.code == "nothing_to_do"
    made = refund(life, changed)
    # Nothing used: all that was paid for the year, less nothing.
    assert (made["amount"]["amount"], life.available) == (35000 - 3500, 0)
    assert mismatches(life) == []


def test_an_upgrades_difference_is_a_grant_of_its_own(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    changed = life.change(platform.price("growth", 2500))
    assert life.available == 2500
    made = refund(life, changed)
    assert (made["amount"]["amount"], life.available) == (4000, 1000)
    assert mismatches(life) == []


def test_a_recharge_goes_back_like_a_pack(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    turn_on(life)
    (order,) = recharges(life)
    made = refund(life, order, "operator")
    assert (made["amount"]["amount"], life.available) == (4000, 0)
    assert mismatches(life) == []


def test_a_preview_that_something_has_overtaken_is_refused_with_a_fresh_one(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    wanted = {"order": order["id"], "reason": "customer"}
    mark = life.call("POST", "/refunds", wanted | {"preview": True})["mark"]
    life.spend(10)
    refused = life.refused("POST", "/refunds", wanted | {"mark": mark})
    fresh = refused.problem["preview"]
    assert (refused.code, fresh["amount"]["amount"], life.available) == ("refund_stale", 4000 - 50, 990)
    assert life.call("POST", "/refunds", wanted | {"mark": fresh["mark"]})["amount"]["amount"] == 3950


def test_of_two_refunds_at_once_one_wins(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    wanted = {"order": order["id"], "reason": "operator", "amount": {"amount": 3000, "currency": "usd"}}
    mark = life.call("POST", "/refunds", wanted | {"preview": True})["mark"]
    codes: list[str] = []

    def give() -> None:
        try:
            life.call("POST", "/refunds", wanted | {"mark": mark})
            codes.append("made")
        except Refused as refused:
            codes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=give) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [*["invalid_request"] * 5, "made"]
    assert [row["amount"]["amount"] for row in life.call("GET", "/refunds")["data"]] == [3000]
    assert mismatches(life) == []


@pytest.mark.parametrize("wanted", [{"amount": {"amount": 1, "currency": "usd"}}, {"keep_credits": True}])
def test_at_the_customers_wish_nobody_names_sums(platform: Platform, wanted: dict[str, Any]):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(250)
    refused = life.refused("POST", "/refunds", {"order": order["id"], "reason": "customer", **wanted})
    assert (refused.status, refused.problem["param"]) == (422, "amount")


def test_an_order_that_took_no_money_gives_none_back(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("declined")
    order = life.buy(250)
    assert life.refused("POST", "/refunds", {"order": order["id"], "reason": "operator"}).code == "conflict"
    assert life.refused("POST", "/refunds", {"order": "ord_nothing", "reason": "operator"}).status == 422


def test_a_process_that_dies_before_the_provider_is_asked_gives_back_all_the_same(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)

    def die(charge_id: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(charging, "refund", die)
        with pytest.raises(KeyboardInterrupt):
            refunds.make(
                account_id=life.account_id, order_id=ids.decode("ord", order["id"])[0],
                reason="operator", actor=Actor("operator"),
            )  # fmt: skip
    (row,) = life.call("GET", "/refunds")["data"]
    assert (row["status"], life.available) == ("pending", 0)
    life.advance("2027-03-22 00:01")
    (row,) = life.call("GET", "/refunds")["data"]
    assert row["status"] == "succeeded"
    assert mismatches(life) == []


def test_a_provider_that_does_not_give_back_is_asked_again_each_hour(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    order = life.buy(1000)
    asked: list[int] = []

    def refuse(self: SandboxCards, intent: object, amount_minor: int) -> bool:
        asked.append(amount_minor)
        return False

    with monkeypatch.context() as refusing:
        refusing.setattr(SandboxCards, "refund", refuse)
        made = life.call("POST", "/refunds", {"order": order["id"], "reason": "operator"})
        life.advance("2027-03-22 02:00")
    assert (made["status"], asked) == ("pending", [4000, 4000, 4000])
    life.advance("2027-03-22 03:00")
    assert life.call("GET", f"/refunds/{made['id']}")["status"] == "succeeded"
    assert mismatches(life) == []
