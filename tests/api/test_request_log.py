"""The request log: written beside the calls, bodies redacted, hot calls counted."""

import json
from typing import Any

import pytest

from refill.api import request_log
from refill.api.examples import REQUESTS
from refill.api.hot import HOT
from refill.api.openapi import METHODS, document
from refill.domain import ids
from refill.domain.redaction import redact
from refill.models import ApiRequest
from refill.queries import requests
from refill.services.developers import request_log as log_service
from tests.api.client import Api
from tests.api.keys import Owner, account_key
from tests.api.test_bad_input import filled

CALLS = {
    calls[method]["operationId"]: (method, path)
    for path, calls in document()["paths"].items()
    for method in METHODS
    if method in calls
}


@pytest.fixture(autouse=True)
def nothing_waits() -> None:
    """What other tests of this process called is written first."""
    request_log.flush()


def logged(account: Api) -> list[dict[str, Any]]:
    request_log.flush()
    number = ids.decode("acc", account.account or "")[0]
    rows = ApiRequest.objects.filter(account_id=number).order_by("pk")
    return list(rows.values("method", "path", "status", "code", "calls", "sent", "answered"))


def test_a_call_is_logged_without_anybodys_words(account: Api) -> None:
    account.post("/messages/estimate", {"body": "Meet me at noon, Ana", "to": "+12025550123"})
    (row,) = [row for row in logged(account) if row["path"] == "/v1/messages/estimate"]
    assert (row["method"], row["status"], row["calls"]) == ("POST", 200, 1)
    assert row["sent"] == {"body": "[20 characters]", "to": "[12 characters]"}
    assert row["answered"]["credits"] == 1
    assert "noon" not in str(row)


CARD = "4242424242424242"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/messages/estimate", {"body": f"Mine is {CARD}"}), ("POST", "/usage", {"credits": int(CARD)}),
     ("POST", "/usage", {"kind": CARD}), ("POST", "/usage", {CARD: 1}), ("GET", f"/orders/{CARD}", None),
     ("GET", f"/orders/{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}", None),
     ("POST", "/usage", {"credits": 1, "kind": "text", "reference": CARD, "metadata": {"a": CARD, "b": [CARD]}})],
)  # fmt: skip
def test_x21_no_card_number_stands_in_the_log(method: str, path: str, body: Any, account: Api) -> None:
    account.call(method, path, body, key=f"x21 {path} {body}"[:255])
    assert "4242" not in str(logged(account))


def test_a_refusal_is_logged_with_its_code(account: Api) -> None:
    account.spend(1_000)
    (row,) = [row for row in logged(account) if row["path"] == "/v1/usage"]
    assert (row["status"], row["code"], row["sent"]) == (402, "insufficient_credits", {"credits": 1000, "kind": "text"})


def test_hot_calls_that_go_well_are_counted_in_one_row(account: Api) -> None:
    for _ in range(5):
        account.spend(1)
    account.available()
    rows = [(row["path"], row["status"], row["calls"], row["sent"]) for row in logged(account)]
    assert ("/v1/usage", 201, 5, None) in rows
    assert ("/v1/balance", 200, 1, None) in rows


def test_asking_for_what_is_new_is_counted_in_one_row(account: Api) -> None:
    for _ in range(3):
        account.get("/events?limit=1")
        account.get("/requests")
    account.get("/events?limit=0")
    rows = [(row["path"], row["status"], row["calls"]) for row in logged(account) if row["method"] == "GET"]
    assert sorted(rows) == [("/v1/events", 200, 3), ("/v1/events", 422, 1), ("/v1/requests", 200, 3)]


def test_a_call_that_the_role_forbids_is_logged_for_the_keys_account(account: Api, owner: Owner) -> None:
    account_key(owner, account, "observer").post("/quotes", {"cancel": {}})
    assert [(row["path"], row["code"]) for row in logged(account)][-1] == ("/v1/quotes", "forbidden")


def test_a_secret_that_was_answered_is_not_in_the_log(account: Api) -> None:
    made = account.post("/api_keys", {"name": "sender", "role": "member"})
    assert made.json["secret"] not in str(logged(account))


def test_calls_without_a_known_key_are_nobodys(account: Api) -> None:
    Api("rf_test_nobody_knows_this_one", account.account).get("/balance")
    assert [row["status"] for row in logged(account) if row["status"] == 401] == []


def test_the_log_can_be_read_and_narrowed(account: Api) -> None:
    account.get("/account")
    account.get("/orders/ord_zzz")
    request_log.flush()
    number = ids.decode("acc", account.account or "")[0]
    refused = requests.newest(number, before=None, limit=10, outcome="refused")
    assert [(row.path, row.status) for row in refused] == [("/v1/orders/ord_zzz", 404)]
    listed = account.get("/requests?outcome=refused").json["data"]
    assert [(row["path"], row["status"], row["code"]) for row in listed] == [("/v1/orders/ord_zzz", 404, "not_found")]


def test_more_than_memory_allows_is_dropped_not_waited_for(account: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "_counted", {})
    monkeypatch.setattr(request_log, "MOST_COUNTED", 0)
    account.spend(1)
    assert [row for row in logged(account) if row["path"] == "/v1/usage"] == []


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("Ana", "[3 characters]"), ("", ""), (5, 5), (None, None), ("2027-03-22T13:00:00Z", "2027-03-22T13:00:00Z"),
        ({"kind": "text"}, {"kind": "text"}), ({"kind": "Ana Ruiz"}, {"kind": "[8 characters]"}),
        ({"quote": "quo_3v8rb7f5kq2x4"}, {"quote": "quo_3v8rb7f5kq2x4"}),
        ({"secret": "rf_test_3v8rb7f5kq2x43v8rb7f5kq2x43v8rb7_0h4m2xk"}, {"secret": "[48 characters]"}),
        ([1] * 25, [1] * 20 + ["… 5 more"]),
    ],
)  # fmt: skip
def test_what_may_be_kept_of_a_body(body: Any, kept: Any) -> None:
    assert redact(body) == kept


def test_what_no_database_takes_is_logged_without_it(account: Api) -> None:
    account.post("/messages/estimate", {"body": "Hi", "no\0such": 1})
    account.get("/orders/%00")
    rows = {row["path"]: row for row in logged(account)}
    assert rows["/v1/messages/estimate"]["sent"] == {"body": "[2 characters]", "[7 characters]": 1}
    assert "/v1/orders/\ufffd" in rows


def test_calls_are_forgotten_after_30_days(account: Api, owner: Owner) -> None:
    account.get("/account")
    account.get("/orders/ord_zzz")
    assert {row["path"] for row in logged(account)} >= {"/v1/account", "/v1/orders/ord_zzz"}
    (number,) = ids.decode("acc", account.account or "")
    old = "update refill_apirequest set at = now() - %s::interval where account_id = %s and path = %s"
    owner.execute(old, ["30 days 1 minute", number, "/v1/account"])
    owner.execute(old, ["29 days 23 hours", number, "/v1/orders/ord_zzz"])
    while log_service.forget_old():
        pass
    paths = {row["path"] for row in logged(account)}
    assert "/v1/account" not in paths
    assert "/v1/orders/ord_zzz" in paths


def test_nobodys_words_are_kept_of_any_example(account: Api) -> None:
    """Each body of the docs, with words of somebody's in every text that is not ours."""
    for name, body in REQUESTS.items():
        method, path = CALLS[name]
        if method != "post" or path in HOT:
            continue
        spoilt = json.loads(
            json.dumps(body, ensure_ascii=False).replace("Harbor", "Quetzal").replace("table", "Quetzal")
        )
        account.post(filled(path.removeprefix("/v1")), {**spoilt, "note_of_mine": "Quetzal quetzal@nest.example"})
    assert len(logged(account)) > 20
    assert "quetzal" not in str(logged(account)).lower()
