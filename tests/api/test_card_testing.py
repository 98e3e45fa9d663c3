"""X20: whoever tries stolen cards is stopped after a few declines; a person with another card is not."""

from __future__ import annotations

from tests.api.client import Answer, Api


def add(account: Api, card: str) -> Answer:
    return account.post("/payment_methods", {"sandbox": card})


def buy(account: Api, card: Answer) -> Answer:
    pack = next(row["id"] for row in account.get("/packs").json["data"] if row["price"]["currency"] == "usd")
    return account.confirm(account.quote(buy_credits={"pack": pack}, payment_method=card.json["id"]))


def test_a_card_that_is_declined_three_times_is_asked_no_more_and_another_one_pays(subscriber: Api) -> None:
    bad, before = add(subscriber, "declined"), subscriber.available()
    assert [buy(subscriber, bad).json["status"] for _ in range(3)] == ["declined"] * 3
    fourth = buy(subscriber, bad)
    assert (fourth.code, fourth.json["retry_after_seconds"], fourth.headers["Retry-After"]) == (
        "429 rate_limited", 3601, "3601",
    )  # fmt: skip
    assert fourth.json["detail"].startswith(
        "The bank declined this card three times within an hour. Take another card."
    )
    subscriber.delete(f"/payment_methods/{bad.json['id']}")
    assert buy(subscriber, add(subscriber, "declined")).code == "429 rate_limited"
    assert len(subscriber.get("/orders?limit=100").json["data"]) == 4
    assert subscriber.available() == before
    assert buy(subscriber, add(subscriber, "visa_ok")).json["status"] == "succeeded"


def test_five_declines_stop_every_card_of_the_account_until_the_first_is_an_hour_old(subscriber: Api) -> None:
    cards = [add(subscriber, card) for card in ("declined", "declined_final", "declined", "declined_final", "declined")]
    assert [buy(subscriber, card).json["status"] for card in cards] == ["declined"] * 5
    good = add(subscriber, "visa_ok")
    assert buy(subscriber, good).code == "429 rate_limited"
    subscriber.advance("2027-03-22T13:59:59Z")
    assert buy(subscriber, good).code == "429 rate_limited"
    subscriber.advance("2027-03-22T14:00:00Z")
    assert buy(subscriber, good).json["status"] == "succeeded"


def test_renewals_that_fail_stop_nobody_from_paying_by_hand(subscriber: Api) -> None:
    bad = add(subscriber, "declined")
    subscriber.patch(f"/payment_methods/{bad.json['id']}", {"default": True})
    subscriber.advance("2027-05-06T13:00:00Z")
    overdue = subscriber.quote(pay_overdue={}, payment_method=bad.json["id"])
    assert subscriber.confirm(overdue).json["status"] == "declined"


def test_twenty_cards_are_added_in_a_day_also_where_they_are_removed_again(account: Api) -> None:
    for _ in range(20):
        account.delete(f"/payment_methods/{add(account, 'visa_ok').json['id']}")
    assert add(account, "visa_ok").code == "429 rate_limited"
    account.advance("2027-03-23T13:00:00Z")
    assert add(account, "visa_ok").status == 201


def test_a_card_that_is_not_there_is_refused_in_a_quote(subscriber: Api) -> None:
    gone = add(subscriber, "declined")
    subscriber.delete(f"/payment_methods/{gone.json['id']}")
    refused = subscriber.quote(cancel={}, payment_method=gone.json["id"])
    assert (refused.code, refused.json["param"]) == ("422 invalid_request", "payment_method")
