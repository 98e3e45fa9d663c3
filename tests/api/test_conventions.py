"""The conventions of the API, each a sentence."""

import re
from typing import Any

import pytest
from django.test import Client

from refill.api import callers
from refill.lane import limits
from tests.api.client import Api, open_account
from tests.api.keys import Owner, account_key, live_platform_key, revoke


def test_every_answer_has_a_request_id(account: Api) -> None:
    for answer in (account.get("/balance"), account.spend(1), account.get("/nowhere"), account.spend(10**6)):
        assert re.fullmatch(r"req_[0-9a-z]{13}", answer.headers["Request-Id"])


def test_a_sane_request_id_is_taken_over_and_another_is_not(account: Api) -> None:
    assert account.get("/balance", headers={"Request-Id": "trace-0001"}).headers["Request-Id"] == "trace-0001"
    assert account.get("/balance", headers={"Request-Id": "a b"}).headers["Request-Id"].startswith("req_")


def test_a_problem_carries_the_request_id_of_its_answer(account: Api) -> None:
    answer = account.get("/nowhere", headers={"Request-Id": "trace-0002"})
    assert answer.json["request_id"] == "trace-0002"


def test_a_refusal_is_problem_json_with_a_page_that_exists(account: Api) -> None:
    answer = account.spend(101)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json == {
        "type": "http://127.0.0.1:8000/problems/insufficient_credits",
        "title": "Not enough credits",
        "status": 402,
        "code": "insufficient_credits",
        "detail": "101 credits are needed and 100 are there.",
        "param": None,
        "request_id": answer.headers["Request-Id"],
        "required": 101,
        "available": 100,
        "top_up_url": answer.json["top_up_url"],
        "auto_recharge": {"enabled": False},
    }
    assert Client().get("/problems/insufficient_credits").status_code == 200


def test_a_call_without_a_key_is_refused(account: Api) -> None:
    for written in (None, "", "Basic abc", "Bearer", "Bearer rf_test_wrong"):
        answer = account.get("/balance", headers={"Authorization": written})  # type: ignore[dict-item]
        assert answer.code == "401 unauthenticated"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_asked_for_before_anything_is_said_about_the_body() -> None:
    assert Api("rf_test_wrong").post("/grants", raw=b"{").code == "401 unauthenticated"
    assert Api("rf_test_wrong").post("/usage", raw=b"{").code == "401 unauthenticated"


def test_a_platform_key_names_its_account(operator: Api) -> None:
    answer = operator.get("/balance")
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "Refill-Account")


def test_an_account_that_is_not_there_is_404(operator: Api, account: Api) -> None:
    for named in ("acc_zzzzzzzzzzzzz", "nonsense", "", account.account[:-1]):  # type: ignore[index]
        assert operator.get("/balance", headers={"Refill-Account": named}).code == "404 not_found"


def test_an_account_key_acts_for_its_account_alone(account: Api, owner: Owner, platform_key: str) -> None:
    key = account_key(owner, account, "admin")
    assert key.get("/account").json["id"] == account.account
    other = open_account(platform_key)
    assert key.get("/account", headers={"Refill-Account": other.account or ""}).code == "404 not_found"


def test_live_and_test_never_mix(account: Api, owner: Owner, operator: Api) -> None:
    live = live_platform_key(owner)
    assert live.get("/account", headers={"Refill-Account": account.account or ""}).code == "404 not_found"
    body = {"name": "Live", "timezone": "UTC", "currency": "usd", "owner": {"email": "l@l.example", "name": "L"}}
    made = live.post("/accounts", body)
    assert (made.status, made.json["livemode"]) == (201, True)
    assert operator.get("/account", headers={"Refill-Account": made.json["id"]}).code == "404 not_found"


def test_test_clocks_are_for_test_keys(owner: Owner) -> None:
    assert live_platform_key(owner).post("/test_clocks", {"now": "2027-01-01T00:00:00Z"}).code == "403 forbidden"


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("observer", "POST", "/usage"),
        ("observer", "POST", "/holds"),
        ("member", "GET", "/invoices"),
        ("manager", "POST", "/quotes"),
        ("member", "GET", "/ledger"),
        ("manager", "GET", "/plans"),
        ("owner", "POST", "/grants"),
        ("owner", "POST", "/accounts"),
        ("owner", "GET", "/policies"),
    ],
)
def test_a_role_without_the_right_is_403(role: str, method: str, path: str, account: Api, owner: Owner) -> None:
    key = account_key(owner, account, role)
    assert key.call(method, path, {}, key="a-key").code == "403 forbidden"


def test_a_key_reaches_as_far_as_its_scopes(account: Api, owner: Owner) -> None:
    key = account_key(owner, account, "admin", ["read"])
    assert key.get("/balance").status == 200
    assert key.spend(1).code == "403 scope_missing"


def test_prices_are_hidden_from_roles_that_may_not_see_them(subscriber: Api, owner: Owner) -> None:
    seen = account_key(owner, subscriber, "member").get("/subscription").json
    assert (seen["plan_name"], seen["next_charge"]) == ("Starter", None)
    assert subscriber.get("/subscription").json["next_charge"]["amount"] == {"amount": 3000, "currency": "usd"}


def test_a_revoked_key_is_refused_by_the_next_ordinary_call(account: Api, owner: Owner) -> None:
    key = account_key(owner, account, "admin", ["read", "send"])
    assert key.get("/account").status == 200
    revoke(owner, key)
    assert key.get("/account").code == "401 unauthenticated"


def test_a_hot_call_forgets_a_revoked_key_after_two_seconds(
    account: Api, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = account_key(owner, account, "member")
    assert key.spend(1).status == 201
    revoke(owner, key)
    now = callers.time.monotonic()
    monkeypatch.setattr(callers.time, "monotonic", lambda: now + callers.RECENT_SECONDS + 1)
    assert key.spend(1).code == "401 unauthenticated"
    assert account.available() == 99


def test_a_hot_call_forgets_a_key_at_once_where_the_process_is_told(account: Api, owner: Owner) -> None:
    key = account_key(owner, account, "admin")
    assert key.get("/balance").status == 200
    revoke(owner, key)
    callers.forget()
    assert key.get("/balance").code == "401 unauthenticated"


def test_account_keys_are_told_their_rate_and_platform_keys_have_none(account: Api, owner: Owner) -> None:
    answer = account_key(owner, account, "owner").get("/balance")
    assert answer.headers["RateLimit-Policy"] == '"calls";q=6000;w=60'
    assert re.fullmatch(r'"calls";r=5999;t=\d+', answer.headers["RateLimit"])
    assert "RateLimit" not in account.get("/balance").headers


def test_too_many_calls_are_429_with_the_time_to_wait(
    account: Api, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CALLS", 1)
    key = account_key(owner, account, "manager")
    assert key.get("/balance").status == 200
    answer = key.get("/balance")
    assert answer.code == "429 rate_limited"
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_an_address_that_is_not_there_is_404(operator: Api) -> None:
    for path in ("/nowhere", "/", "/usage/", "/balance/x/y"):
        assert operator.get(path).code == "404 no_such_call"


def test_a_method_that_is_not_taken_is_405_with_those_that_are(account: Api) -> None:
    expected = {"/usage": "POST", "/holds": "GET, POST", "/account": "GET, PATCH", "/balance": "GET"}
    for path, allowed in expected.items():
        answer = account.delete(path)
        assert (answer.code, answer.headers["Allow"]) == ("405 method_not_allowed", allowed)
    answer = account.get("/usage/use_x/reverse")
    assert (answer.code, answer.headers["Allow"]) == ("405 method_not_allowed", "POST")


def test_lists_come_newest_first_in_pages_that_join(account: Api) -> None:
    for _ in range(4):
        account.spend(1)
    first = account.get("/ledger?limit=2").json
    second = account.get(f"/ledger?limit=2&cursor={first['next_cursor']}").json
    third = account.get(f"/ledger?limit=2&cursor={second['next_cursor']}").json
    assert [row["seq"] for page in (first, second, third) for row in page["data"]] == [5, 4, 3, 2, 1]
    assert (first["has_more"], second["has_more"], third["has_more"]) == (True, True, False)
    assert third["next_cursor"] is None


def test_a_cursor_is_good_for_its_list_and_account_alone(account: Api, platform_key: str) -> None:
    other = open_account(platform_key)
    for one in (account, other):
        for _ in range(3):
            one.give(1)
            one.post("/holds", {"credits": 1})
    cursor = account.get("/ledger?limit=1").json["next_cursor"]
    assert account.get(f"/ledger?limit=1&kind=hold&cursor={cursor}").status == 200
    tampered = [cursor[:-1] + ("0" if cursor[-1] != "0" else "1"), ("0" if cursor[0] != "0" else "1") + cursor[1:]]
    tampered += [cursor.upper(), cursor + "0", cursor[:13], "", "%00", "%ff", "\u00e9" * 21, "x" * 64, "x" * 65]
    refused = [account.get(f"/ledger?cursor={one}") for one in tampered]
    refused += [account.get(f"/holds?cursor={cursor}"), other.get(f"/ledger?cursor={cursor}")]
    assert {(answer.code, answer.json["param"]) for answer in refused} == {("422 invalid_request", "cursor")}


@pytest.mark.parametrize(
    ("query", "param"),
    [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("cursor=zzz", "cursor"), ("kind=x", "kind"),
     ("from=yesterday", "from"), ("to=2027-02-30T00:00:00Z", "to"), ("grant=acc_1", "grant")],
)  # fmt: skip
def test_a_bad_query_is_422_and_named(query: str, param: str, account: Api) -> None:
    answer = account.get(f"/ledger?{query}")
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", param)


def test_times_are_utc_and_money_is_minor_units_with_a_currency(subscriber: Api) -> None:
    seen = subscriber.get("/subscription").json
    assert seen["current_period"]["starts_at"] == "2027-03-22T13:00:00Z"
    assert seen["next_charge"] == {"at": "2027-04-22T13:00:00Z", "amount": {"amount": 3000, "currency": "usd"}}


def test_sessions_and_pages_take_no_part_in_a_call(account: Api, django_assert_num_queries: Any) -> None:
    account.spend(1)
    with django_assert_num_queries(1):
        answer = account.spend(1)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_fault_of_ours_is_a_problem_that_says_nothing_but_its_request_id(
    account: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("secret inner words")

    monkeypatch.setattr("refill.services.credits.spend", fail)
    answer = account.spend(1)
    assert answer.code == "500 internal_error"
    assert "secret" not in str(answer.json)
