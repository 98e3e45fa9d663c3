"""Spending, holding, giving back, and reading what happened."""

import pytest

from tests.api.client import Api


def test_a_spend_says_what_each_grant_gave(account: Api) -> None:
    first = account.get("/balance?expand=grants").json["grants"][0]["id"]
    account.post("/grants", {"credits": 5, "source": "promotion", "reason": "x", "ends_at": "2027-04-01T00:00:00Z"})
    answer = account.spend(8)
    ending = account.get("/ledger?kind=grant").json["data"][0]["grant"]
    assert answer.json == {
        "id": answer.json["id"],
        "credits": 8,
        "balance": 97,
        "taken": [{"grant": ending, "credits": 5}, {"grant": first, "credits": 3}],
    }


def test_a_spend_keeps_what_it_was_for(account: Api) -> None:
    body = {"credits": 2, "kind": "text", "reference": "sms-1", "parts": 2, "metadata": {"campaign": "spring", "n": 1}}
    account.post("/usage", body)
    entry = account.get("/ledger").json["data"][0]
    assert {name: entry[name] for name in ("kind", "credits", "balance_after", "usage_kind")} == {
        "kind": "spend", "credits": -2, "balance_after": 98, "usage_kind": "text",
    }  # fmt: skip
    assert (entry["reference"], entry["parts"], entry["metadata"]) == ("sms-1", 2, {"campaign": "spring", "n": 1})


@pytest.mark.parametrize("name", ["member", "inbox", "number"])
def test_a_spend_for_somebody_who_is_not_there_is_refused(name: str, account: Api) -> None:
    prefix = {"member": "mem", "inbox": "inb", "number": "num"}[name]
    body = {"credits": 1, "kind": "text", name: f"{prefix}_6j536kvkjcw5h"}
    assert account.post("/usage", {**body, name: "x"}).json["param"] == name
    if name != "member":
        assert account.post("/usage", body).code == "404 not_found"
    assert account.available() == 100


def test_a_batch_takes_all_or_nothing(account: Api) -> None:
    items = [{"key": f"i{n}", "credits": 40, "kind": "text"} for n in range(3)]
    refused = account.post("/usage/batch", {"items": items})
    assert (refused.code, refused.json["required"], refused.json["available"]) == ("402 insufficient_credits", 120, 100)
    assert (account.available(), len(account.ledger())) == (100, 1)
    taken = account.post("/usage/batch", {"items": items[:2]})
    assert (taken.status, taken.json["balance"]) == (201, 20)
    assert [row["status"] for row in taken.json["results"]] == ["spent", "spent"]


def test_a_partial_batch_takes_what_fits_in_order(account: Api) -> None:
    sizes = [60, 50, 40]
    items = [{"key": f"p{size}", "credits": size, "kind": "text"} for size in sizes]
    made = account.post("/usage/batch", {"items": items, "mode": "partial"}).json
    assert [(row["key"], row["status"], row["code"]) for row in made["results"]] == [
        ("p60", "spent", None), ("p50", "refused", "insufficient_credits"), ("p40", "spent", None),
    ]  # fmt: skip
    assert (made["balance"], account.available()) == (0, 0)


def test_a_batch_names_the_item_whose_key_is_taken(account: Api) -> None:
    items = [{"key": "a", "credits": 1, "kind": "text"}, {"key": "a", "credits": 2, "kind": "text"}]
    refused = account.post("/usage/batch", {"items": items})
    assert (refused.code, refused.json["param"]) == ("422 idempotency_mismatch", "items[1].key")


def test_a_batch_has_at_most_10_000_items(account: Api) -> None:
    items = [{"key": f"i{n}", "credits": 1, "kind": "text"} for n in range(10_001)]
    assert account.post("/usage/batch", {"items": items}).json["param"] == "items"
    assert account.post("/usage/batch", {"items": []}).code == "422 invalid_request"


def test_a_spend_is_given_back_at_most_once(account: Api) -> None:
    usage = account.spend(10).json["id"]
    part = account.post(f"/usage/{usage}/reverse", {"credits": 4, "reason": "not sent"})
    assert (part.status, part.json["credits"], part.json["balance"]) == (200, 4, 94)
    assert account.post(f"/usage/{usage}/reverse", {"credits": 7, "reason": "x"}).json["unreversed"] == 6
    assert account.post(f"/usage/{usage}/reverse", {"reason": "the rest"}).json["balance"] == 100
    entry = account.get("/ledger").json["data"][0]
    assert (entry["kind"], entry["usage"], entry["reason"]) == ("reverse", usage, "the rest")


def test_another_accounts_spend_is_not_there(account: Api, subscriber: Api) -> None:
    usage = account.spend(10).json["id"]
    assert subscriber.post(f"/usage/{usage}/reverse", {"reason": "x"}).code == "404 not_found"
    assert account.available() == 90


def test_a_hold_is_captured_in_part_and_the_rest_comes_back(account: Api) -> None:
    held = account.post("/holds", {"credits": 10, "expires_in": 60, "reference": "spring"}).json
    assert (held["state"], held["balance"], held["expires_at"]) == ("open", 90, "2027-03-22T13:01:00Z")
    ended = account.post(f"/holds/{held['id']}/capture", {"credits": 4}).json
    assert (ended["state"], ended["captured"], ended["balance"]) == ("captured", 4, 96)
    seen = account.get(f"/holds/{held['id']}").json
    assert (seen["state"], seen["captured"], seen["reference"]) == ("captured", 4, "spring")
    assert account.get("/balance").json["held"] == 0
    assert account.post(f"/usage/{ended['usage']}/reverse", {"reason": "x"}).json["balance"] == 100


def test_a_hold_ends_once(account: Api) -> None:
    held = account.post("/holds", {"credits": 10}).json["id"]
    assert account.post(f"/holds/{held}/release").json["state"] == "released"
    for end in ("capture", "release"):
        assert account.post(f"/holds/{held}/{end}").code == "409 hold_ended"
    assert account.available() == 100


def test_a_hold_cannot_be_captured_beyond_itself_nor_made_beyond_the_balance(account: Api) -> None:
    held = account.post("/holds", {"credits": 10}).json["id"]
    assert account.post(f"/holds/{held}/capture", {"credits": 11}).json["param"] == "credits"
    assert account.post("/holds", {"credits": 91}).code == "402 insufficient_credits"
    assert account.get("/balance").json["held"] == 10


def test_a_hold_runs_out_in_the_accounts_time(account: Api) -> None:
    held = account.post("/holds", {"credits": 10, "expires_in": 60}).json["id"]
    account.advance("2027-03-22T13:01:00Z")
    assert account.get(f"/holds/{held}").json["state"] == "expired"
    assert account.available() == 100
    assert [row["id"] for row in account.get("/holds").json["data"]] == [held]


def test_the_ledger_adds_up_and_filters(account: Api, subscriber: Api) -> None:
    account.spend(3)
    account.post("/holds", {"credits": 10})
    assert sum(row["credits"] for row in account.ledger()) == account.available() == 87
    assert [row["kind"] for row in account.get("/ledger?kind=hold").json["data"]] == ["hold"]
    assert account.get("/ledger?to=2027-03-22T13:00:00Z").json["data"] == []
    assert len(account.get("/ledger?from=2027-03-22T13:00:00Z").json["data"]) == 3
    grant = subscriber.get("/balance?expand=grants").json["grants"][0]["id"]
    assert account.get(f"/ledger?grant={grant}").json["data"] == []


def test_why_names_the_grants_that_paid_and_what_was_given_back(account: Api) -> None:
    ends = "2027-04-01T00:00:00Z"
    account.post("/grants", {"credits": 5, "source": "promotion", "reason": "x", "ends_at": ends})
    usage = account.spend(8).json["id"]
    account.post(f"/usage/{usage}/reverse", {"credits": 1, "reason": "not sent"})
    spend = account.get("/ledger?kind=spend").json["data"][-1]
    why = account.get(f"/ledger/{spend['id']}/why").json
    assert [row["credits"] for row in why["movement"]] == [-5, -3]
    assert [row["reason"] for row in why["corrected_by"]] == ["not sent"]
    assert why["because"][0].startswith("5 credits were taken from promotion gra_")
    assert why["because"][0].endswith(f"which ends at {ends}.")


def test_another_accounts_entry_is_not_there(account: Api, subscriber: Api) -> None:
    entry = account.ledger()[0]["id"]
    assert account.get(f"/ledger/{entry}/why").status == 200
    assert subscriber.get(f"/ledger/{entry}/why").code == "404 not_found"


def test_the_balance_is_kept_totals(subscriber: Api) -> None:
    subscriber.spend(250)
    subscriber.give(40)
    seen = subscriber.get("/balance").json
    assert seen == {
        "available": 790,
        "held": 0,
        "owed": 0,
        "allowance": {"granted": 1000, "remaining": 750, "resets_at": "2027-04-22T13:00:00Z"},
        "promotion": {"remaining": 40},
        "purchased": {"remaining": 0},
    }
    grants = subscriber.get("/balance?expand=grants").json["grants"]
    assert [(row["source"], row["amount"], row["remaining"]) for row in grants] == [
        ("allowance", 1000, 750), ("promotion", 40, 40),
    ]  # fmt: skip
    for wrong in ("all", "", "grants,grants", "Grants"):
        refused = subscriber.get(f"/balance?expand={wrong}")
        assert (refused.code, refused.json["param"]) == ("422 invalid_request", "expand")


def test_a_grant_to_come_is_not_yet_available_and_an_adjustment_counts_with_promotions(account: Api) -> None:
    body = {"credits": 5, "source": "adjustment", "reason": "x", "starts_at": "2027-03-23T00:00:00Z"}
    made = account.post("/grants", body)
    assert (made.status, made.json["remaining"], made.json["starts_at"]) == (201, 5, "2027-03-23T00:00:00Z")
    assert account.available() == 100
    account.advance("2027-03-23T00:00:00Z")
    assert account.get("/balance").json["promotion"] == {"remaining": 105}


def test_an_estimate_names_what_makes_a_text_dear(account: Api) -> None:
    body = {"body": "Your table\u2019s ready", "to": "+12025550123"}
    assert account.post("/messages/estimate", body).json == {
        "encoding": "ucs2", "parts": 1, "characters": 18, "units": 18, "credits": 1,
        "offending": [{"index": 10, "character": "\u2019", "suggestion": "'"}],
    }  # fmt: skip
    assert account.post("/messages/estimate", {"body": "x" * 161}).json["credits"] == 2
    assert account.post("/messages/estimate", {"media": ["https://a.example/b.png"]}).json["credits"] == 3
    empty = account.post("/messages/estimate", {"body": ""})
    assert (empty.code, empty.json["param"]) == ("422 invalid_request", "body")
