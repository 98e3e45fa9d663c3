"""X20: whoever tries stolen cards adds no more than a few."""

from __future__ import annotations

from tests.api.client import Answer, Api


def add(account: Api, card: str) -> Answer:
    return account.post("/payment_methods", {"sandbox": card})


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
