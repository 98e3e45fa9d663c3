"""Accounts, the catalogue, quotes and orders, cards, invoices, clocks and events."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.client import NOW, Api, open_account

Prices = dict[tuple[str, str, int], str]


def wanted(**more: Any) -> dict[str, Any]:
    owner = {"email": "o@harbor.example", "name": "Ola"}
    return {"name": "Harbor", "timezone": "America/New_York", "currency": "usd", "owner": owner, **more}


def test_an_account_begins_with_its_plan_paid(subscriber: Api, prices: Prices) -> None:
    seen = subscriber.get("/account").json
    assert (seen["status"], seen["livemode"], seen["created_at"]) == ("active", False, NOW)
    assert seen["allowance"] == {"granted": 1000, "remaining": 1000, "resets_at": "2027-04-22T13:00:00Z"}
    subscription = seen["subscription"]
    assert (subscription["status"], subscription["price"]) == ("active", prices["starter", "month", 1000])
    assert subscription["current_period"]["state"] == "current"


@pytest.mark.parametrize("card", ["visa_ok", {"sandbox": "visa_ok"}])
def test_a_card_is_named_in_either_way(card: Any, operator: Api, prices: Prices) -> None:
    made = operator.post("/accounts", wanted(price=prices["starter", "month", 250], payment_method=card))
    assert (made.status, made.json["status"], made.json["order"]["status"]) == (201, "active", "succeeded")


def test_a_card_made_before_the_account_pays_for_it(operator: Api, prices: Prices) -> None:
    declined = operator.post("/payment_methods", {"sandbox": "declined"}).json
    assert (declined["id"], declined["last4"], declined["default"]) == ("pm_declined", "0002", False)
    card = operator.post("/payment_methods", {"sandbox": "visa_ok"}).json["id"]
    made = operator.post("/accounts", wanted(price=prices["starter", "month", 250], payment_method=card)).json
    (kept,) = Api(operator.key, made["id"]).get("/payment_methods").json["data"]
    assert (made["status"], kept["default"], kept["id"] == card) == ("active", True, False)
    assert operator.get("/payment_methods").code == "422 invalid_request"


def test_an_account_without_a_price_has_no_subscription(operator: Api) -> None:
    made = operator.post("/accounts", wanted()).json
    assert (made["status"], made["subscription"], made["allowance"]) == ("active", None, None)
    account = Api(operator.key, made["id"])
    assert account.get("/subscription").code == "404 not_found"
    assert account.get("/subscription/calendar").json["data"] == []


def test_a_declined_first_charge_leaves_the_account_incomplete(operator: Api, prices: Prices) -> None:
    made = operator.post("/accounts", wanted(price=prices["starter", "month", 250], payment_method="declined")).json
    assert (made["status"], made["subscription"], made["allowance"]) == ("incomplete", None, None)
    assert made["order"]["status"] == "declined"
    assert made["order"]["charges"][0]["state"] == "declined"


@pytest.mark.parametrize(
    ("change", "param"),
    [({"timezone": "Mars/Olympus"}, "timezone"), ({"currency": "xxx"}, "currency"), ({"currency": "USD"}, "currency"),
     ({"price": "price_zzz"}, "price"), ({"test_clock": "clk_zzz"}, "test_clock"), ({"name": " "}, "name"),
     ({"owner": {"email": "x", "name": "y"}}, "owner.email"), ({"anchor": "2999-01-01T00:00:00Z"}, "anchor"),
     ({"anchor": "2190-01-01T00:00:00Z"}, "anchor"), ({"nickname": "x"}, "nickname"), ({"trial": 1}, "trial")],
)  # fmt: skip
def test_an_account_that_cannot_be_is_refused_by_name(change: dict[str, Any], param: str, operator: Api) -> None:
    answer = operator.post("/accounts", wanted(**change))
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", param)


def test_a_price_above_zero_needs_a_card(operator: Api, prices: Prices) -> None:
    answer = operator.post("/accounts", wanted(price=prices["starter", "month", 250]))
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "payment_method")
    answer = operator.post("/plans", {"name": "x", "prices": [{"interval": "month", "credits": 1.5, "price": {}}]})
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "prices[0].credits")
    answer = operator.post("/accounts", wanted(payment_method="pm_6j536kvkjcw5h"))
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "payment_method")


def test_an_account_changes_its_name_and_zone(subscriber: Api) -> None:
    seen = subscriber.patch("/account", {"name": "Harbor & Co", "timezone": "Asia/Tokyo"}).json
    assert (seen["name"], seen["timezone"]) == ("Harbor & Co", "Asia/Tokyo")
    assert seen["subscription"]["current_period"]["ends_at"] == "2027-04-22T13:00:00Z"
    assert subscriber.patch("/account", {"timezone": "UTC"}).code == "409 conflict"
    assert subscriber.patch("/account", {"status": "canceled"}).code == "422 invalid_request"


def test_the_catalogue_is_made_by_calls(operator: Api) -> None:
    price = {"interval": "month", "credits": 300, "price": {"amount": 1500, "currency": "usd"}}
    made = operator.post("/plans", {"name": "Special", "rank": 900, "limits": {"seats": 2}, "prices": [price]}).json
    assert {name: made["prices"][0][name] for name in price} == price
    added = operator.post(f"/plans/{made['id']}/prices", {**price, "interval": "year"})
    assert (added.status, added.json["interval"]) == (201, "year")
    shown = [plan for plan in operator.get("/plans").json["data"] if plan["id"] == made["id"]]
    assert [row["interval"] for row in shown[0]["prices"]] == ["month", "year"]
    pack = operator.post("/packs", {"credits": 77, "price": {"amount": 700, "currency": "usd"}})
    assert (pack.status, pack.json in operator.get("/packs").json["data"]) == (201, True)
    assert operator.post("/plans/plan_zzz/prices", price).code == "404 not_found"


def test_policies_are_versions(operator: Api) -> None:
    before = operator.get("/policies").json
    after = operator.call("PUT", "/policies", {"quote_minutes": 31}).json
    assert after["id"] != before["id"]
    assert after["values"] == {**before["values"], "quote_minutes": 31}
    assert operator.call("PUT", "/policies", {"quote_minutes": 31}).json == after
    assert operator.call("PUT", "/policies", {"quote_minutes": 30}).json["values"] == before["values"]
    refused = operator.call("PUT", "/policies", {"quote_minutes": 0})
    assert (refused.code, refused.json["param"]) == ("422 invalid_request", "quote_minutes")
    assert operator.call("PUT", "/policies", {"nonsense": 1}).json["param"] == "nonsense"


def test_an_upgrade_is_quoted_confirmed_charged_and_done(subscriber: Api, prices: Prices) -> None:
    quote = subscriber.quote(change_plan={"price": prices["starter", "month", 2500]})
    assert (quote.status, quote.json["due_now"]) == (201, {"amount": 3500, "currency": "usd"})
    assert (quote.json["credits"]["before"], quote.json["credits"]["after"]) == (1000, 2500)
    assert subscriber.available() == 1000
    order = subscriber.confirm(quote)
    assert (order.status, order.json["status"], order.json["balance"]["available"]) == (201, "succeeded", 2500)
    assert order.json["charges"][0]["amount"] == {"amount": 3500, "currency": "usd"}
    assert subscriber.confirm(quote).json["id"] == order.json["id"]
    assert subscriber.get(f"/orders/{order.json['id']}").json == order.json
    assert subscriber.get(f"/quotes/{quote.json['id']}").json["order"] == order.json["id"]
    invoice = subscriber.get(f"/invoices/{order.json['invoice']}").json
    assert (invoice["status"], invoice["total"]) == ("paid", {"amount": 3500, "currency": "usd"})


def test_a_stale_quote_says_what_changed_and_brings_a_fresh_one(subscriber: Api, prices: Prices) -> None:
    quote = subscriber.quote(change_plan={"price": prices["starter", "month", 2500]})
    subscriber.confirm(subscriber.quote(change_plan={"price": prices["starter", "month", 5000]}))
    answer = subscriber.confirm(quote)
    assert answer.code == "409 quote_stale"
    assert "plan" in answer.json["changed"]
    fresh = answer.json["quote"]
    assert subscriber.get(f"/quotes/{fresh['id']}").json == fresh


def test_a_pack_is_bought(subscriber: Api, operator: Api) -> None:
    pack = next(row for row in operator.get("/packs").json["data"] if row["credits"] == 1000)
    order = subscriber.confirm(subscriber.quote(buy_credits={"pack": pack["id"], "quantity": 2})).json
    assert (order["status"], order["amount"]) == ("succeeded", {"amount": 8000, "currency": "usd"})
    assert order["balance"]["purchased"] == {"remaining": 2000}


def test_a_downgrade_is_scheduled_and_undone(subscriber: Api, prices: Prices) -> None:
    lower = prices["starter", "month", 250]
    subscriber.confirm(subscriber.quote(change_plan={"price": lower}))
    change = subscriber.get("/subscription").json["scheduled_change"]
    assert change == {"price": lower, "effective_at": "2027-04-22T13:00:00Z"}
    assert [row["credits"] for row in subscriber.get("/subscription/calendar?count=2").json["data"]] == [250, 250]
    assert subscriber.delete("/subscription/scheduled_change").json["scheduled_change"] is None
    assert subscriber.delete("/subscription/scheduled_change").code == "409 nothing_to_do"


def test_a_list_of_orders_is_read_in_as_many_queries_as_one(subscriber: Api) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert subscriber.get("/orders").status == 200
        return len(asked)

    queries()  # The first call notes that the key was used.
    alone = queries()
    pack = subscriber.get("/packs").json["data"][0]["id"]
    for _ in range(3):
        subscriber.confirm(subscriber.quote(buy_credits={"pack": pack, "quantity": 1}))
    rows = subscriber.get("/orders").json["data"]
    assert [(row["kind"], len(row["charges"]), row["invoice"] is not None) for row in rows] == [
        ("buy_credits", 1, True), ("buy_credits", 1, True), ("buy_credits", 1, True), (rows[-1]["kind"], 1, True),
    ]  # fmt: skip
    assert queries() == alone


def test_a_trial_ends_and_has_no_reset(operator: Api) -> None:
    account = Api(operator.key, operator.post("/accounts", wanted(trial=True)).json["id"])
    ends = account.get("/subscription/calendar").json["data"]
    assert [(row["kind"], row["credits"]) for row in ends] == [("end", 0)]


def test_a_cancellation_is_lifted(subscriber: Api) -> None:
    subscriber.confirm(subscriber.quote(cancel={}))
    assert subscriber.get("/subscription").json["cancel_at"] == "2027-04-22T13:00:00Z"
    ends = subscriber.get("/subscription/calendar").json["data"]
    assert [(row["kind"], row["at"]) for row in ends] == [("end", "2027-04-22T13:00:00Z")]
    assert subscriber.post("/subscription/resume").json["cancel_at"] is None
    assert subscriber.post("/subscription/resume").code == "409 nothing_to_do"


def test_the_customer_plays_the_part_that_the_bank_asks_for(subscriber: Api, prices: Prices) -> None:
    card = subscriber.post("/payment_methods", {"sandbox": "needs_action"}).json["id"]
    quote = subscriber.quote(change_plan={"price": prices["starter", "month", 2500]}, payment_method=card)
    order = subscriber.confirm(quote).json
    assert (order["status"], order["action_url"] is not None) == ("needs_action", True)
    assert subscriber.quote(change_plan={"price": prices["starter", "month", 5000]}).code == "409 charge_in_progress"
    done = subscriber.post(f"/orders/{order['id']}/action", {"outcome": "authenticated"})
    assert (done.status, done.json["status"], done.json["action_url"]) == (200, "succeeded", None)
    assert subscriber.post(f"/orders/{order['id']}/action", {"outcome": "failed"}).code == "409 conflict"


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, None), ({"cancel": {}, "pay_overdue": {}}, None), ({"cancel": None}, None),
     ({"change_plan": {"price": "x"}}, "change_plan.price"), ({"change_plan": {}}, "change_plan.price"),
     ({"buy_credits": {"pack": "pack_x", "quantity": 1}}, "buy_credits.pack"),
     ({"buy_credits": {"pack": "pack_x", "quantity": 0}}, "buy_credits.quantity"),
     ({"cancel": {"when": "now"}}, "cancel.when"), ({"add_seats": {"quantity": True}}, "add_seats.quantity")],
)  # fmt: skip
def test_a_quote_is_for_exactly_one_change(body: Any, param: str | None, subscriber: Api) -> None:
    answer = subscriber.post("/quotes", body)
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", param)


def test_periods_tile(subscriber: Api) -> None:
    subscriber.advance("2027-06-01T00:00:00Z")
    rows = subscriber.get("/subscription/periods").json["data"]
    assert [(row["index"], row["state"]) for row in rows] == [(2, "current"), (1, "past"), (0, "past")]
    assert [row["starts_at"] for row in rows[:2]] == [row["ends_at"] for row in rows[1:]]


def test_the_calendar_is_counted_from_the_anchor(platform_key: str, prices: Prices) -> None:
    account = open_account(
        platform_key, price=prices["starter", "month", 250], payment_method="visa_ok", timezone="UTC",
        anchor="2027-01-31T10:00:00Z",
    )  # fmt: skip
    rows = account.get("/subscription/calendar?count=12").json["data"]
    days = [row["at"][:10] for row in rows]
    assert days[:4] == ["2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"]
    assert days[10:] == ["2028-01-31", "2028-02-29"]
    assert [row["index"] for row in rows] == list(range(2, 14))


def test_cards_have_parts_and_are_removed(subscriber: Api) -> None:
    first = subscriber.get("/payment_methods").json["data"][0]
    assert (first["default"], first["last4"]) == (True, "4242")
    second = subscriber.post("/payment_methods", {"sandbox": "declined"}).json
    changed = subscriber.patch(f"/payment_methods/{second['id']}", {"default": True, "backup": True}).json
    assert (changed["default"], changed["backup"]) == (True, True)
    refused = subscriber.patch(f"/payment_methods/{second['id']}", {"recharge": True})
    assert (refused.code, refused.json["param"]) == ("422 invalid_request", "recharge")
    removed = subscriber.delete(f"/payment_methods/{second['id']}")
    assert (removed.status, removed.json) == (200, {"id": second["id"], "removed": True})
    assert [row["default"] for row in subscriber.get("/payment_methods").json["data"]] == [True]
    assert subscriber.delete(f"/payment_methods/{second['id']}").code == "404 not_found"


def test_another_accounts_things_are_not_there(account: Api, subscriber: Api, prices: Prices) -> None:
    quote = subscriber.quote(change_plan={"price": prices["starter", "month", 2500]}).json["id"]
    order = subscriber.confirm(subscriber.quote(cancel={})).json["id"]
    card = subscriber.get("/payment_methods").json["data"][0]["id"]
    invoice = subscriber.get("/invoices").json["data"][0]["id"]
    hold = subscriber.post("/holds", {"credits": 1}).json["id"]
    calls = [
        ("GET", f"/quotes/{quote}"), ("POST", f"/quotes/{quote}/confirm"), ("GET", f"/orders/{order}"),
        ("PATCH", f"/payment_methods/{card}"), ("DELETE", f"/payment_methods/{card}"), ("GET", f"/invoices/{invoice}"),
        ("GET", f"/holds/{hold}"), ("POST", f"/holds/{hold}/capture"), ("POST", f"/holds/{hold}/release"),
    ]  # fmt: skip
    for method, path in calls:
        assert account.call(method, path, {}, key=f"k {method} {path}").code == "404 not_found", path
    acted = account.post(f"/orders/{order}/action", {"outcome": "failed"})
    assert acted.code == "404 not_found"
    assert subscriber.get("/balance").json["held"] == 1


def test_a_clock_never_goes_back(subscriber: Api) -> None:
    assert subscriber.advance("2027-03-22T12:59:59Z").code == "422 clock_goes_back"
    moved = subscriber.post(f"/test_clocks/{subscriber.clock}/advance", {"to": "2027-05-01T00:00:00Z", "work": False})
    assert moved.json == {"id": subscriber.clock, "now": "2027-05-01T00:00:00Z", "running": False}
    assert subscriber.get(f"/test_clocks/{subscriber.clock}").json == moved.json


def test_events_name_what_they_are_about(subscriber: Api, prices: Prices) -> None:
    rows = subscriber.get("/events?limit=100").json["data"]
    started = next(row for row in rows if row["kind"] == "subscription.started")
    assert started["data"]["price"] == prices["starter", "month", 1000]
    assert started["at"] == NOW
