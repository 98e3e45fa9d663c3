"""One request, once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from refill.api.routes import ledger as routes_ledger
from refill.services import credits
from refill.services.developers import answers
from tests.api.client import Answer, Api
from tests.api.keys import Owner

Prices = dict[tuple[str, str, int], str]

GIFT = {"credits": 5, "source": "promotion", "reason": "a gift"}
KEYED = ["/usage", "/usage/batch", "/holds", "/grants", "/usage/use_1/reverse", "/holds/hold_1/capture",
         "/holds/hold_1/release", "/quotes/quo_1/confirm", "/orders/ord_1/action", "/messages/msg_1/send"]  # fmt: skip


@pytest.mark.parametrize("path", KEYED)
def test_where_credits_or_money_move_a_key_is_required(path: str, account: Api) -> None:
    answer = account.call("POST", path, {})
    assert (answer.code, answer.json["param"]) == ("422 idempotency_key_required", "Idempotency-Key")


def test_elsewhere_a_key_may_be_left_out(operator: Api) -> None:
    assert operator.call("POST", "/test_clocks", {"now": "2027-01-01T00:00:00Z"}).status == 201


@pytest.mark.parametrize("path", ["/usage", "/grants"])
def test_the_same_request_again_is_answered_again_and_done_once(path: str, account: Api) -> None:
    body = {"credits": 5, "kind": "text"} if path == "/usage" else GIFT
    first, again = account.post(path, body, key="k-1"), account.post(path, body, key="k-1")
    assert (again.status, again.json) == (first.status, first.json) == (201, first.json)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert account.available() == (95 if path == "/usage" else 105)


def test_a_hold_again_is_the_first_answer_even_after_it_ended(account: Api) -> None:
    first = account.post("/holds", {"credits": 10}, key="h-1")
    account.post(f"/holds/{first.json['id']}/release")
    again = account.post("/holds", {"credits": 10}, key="h-1")
    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    assert account.available() == 100


def test_a_batch_again_is_the_first_answer(account: Api) -> None:
    body = {"items": [{"key": "i-1", "credits": 5, "kind": "text"}]}
    first, again = account.post("/usage/batch", body, key="b-1"), account.post("/usage/batch", body, key="b-1")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert account.available() == 95


@pytest.mark.parametrize("path", ["/usage", "/grants", "/holds"])
def test_the_same_key_with_another_body_is_refused(path: str, account: Api) -> None:
    body = {"/usage": {"credits": 5, "kind": "text"}, "/grants": GIFT, "/holds": {"credits": 5}}[path]
    account.post(path, body, key="k-2")
    before = account.available()
    assert account.post(path, {**body, "credits": 6}, key="k-2").code == "422 idempotency_mismatch"
    assert account.available() == before


def test_a_body_spelled_otherwise_is_the_same_body(account: Api) -> None:
    first = account.post("/usage", raw=b'{"credits": 5, "kind": "text", "metadata": {"a": 1, "b": 2}}', key="k-3")
    again = account.post("/usage", raw=b'{"metadata":{"b":2,"a":1},"kind":"text","credits":5}', key="k-3")
    assert again.json == first.json
    other = account.post("/grants", raw=b'{"reason": "x", "credits": 1, "source": "promotion"}', key="k-4")
    same = account.post("/grants", raw=b'{"source":"promotion","credits":1,"reason":"x"}', key="k-4")
    assert same.json == other.json


def test_one_key_serves_one_address(account: Api) -> None:
    account.post("/grants", GIFT, key="k-5")
    assert account.post("/quotes", {"cancel": {}}, key="k-5").code == "422 idempotency_mismatch"
    account.spend(1, key="k-6")
    assert account.post("/holds", {"credits": 1}, key="k-6").code == "422 idempotency_mismatch"


def test_a_spend_and_a_batch_item_share_their_keys(account: Api) -> None:
    first = account.spend(5, key="k-7")
    items = [{"key": "k-7", "credits": 5, "kind": "text"}, {"key": "k-8", "credits": 1, "kind": "text"}]
    results = account.post("/usage/batch", {"items": items}).json["results"]
    assert [(row["status"], row["id"] == first.json["id"]) for row in results] == [("replayed", True), ("spent", False)]
    assert account.available() == 94


def test_keys_of_two_accounts_do_not_meet(account: Api, subscriber: Api) -> None:
    assert account.spend(5, key="k-9").status == 201
    assert "Idempotent-Replayed" not in subscriber.spend(6, key="k-9").headers


def test_a_quoted_key_is_the_key(account: Api) -> None:
    account.spend(5, key="k-10")
    assert account.spend(5, key='"k-10"').headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "caf\u00e9"])
def test_a_key_is_1_to_255_printable_characters(key: str, account: Api) -> None:
    answer = account.call("POST", "/usage", {"credits": 1, "kind": "text"}, key=key)
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "Idempotency-Key")
    assert account.spend(1, key="x" * 255).status == 201


def test_a_refusal_frees_its_key(account: Api) -> None:
    assert account.spend(101, key="k-11").code == "402 insufficient_credits"
    assert account.spend(1, key="k-11").status == 201
    bad = {**GIFT, "ends_at": "2001-01-01T00:00:00Z"}
    assert account.post("/grants", bad, key="k-12").code == "422 invalid_request"
    assert account.post("/grants", GIFT, key="k-12").status == 201


def test_a_fault_frees_its_key(account: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("refill.services.credits.grant", None)
        assert account.post("/grants", GIFT, key="k-13").code == "500 internal_error"
    assert account.post("/grants", GIFT, key="k-13").status == 201


def test_while_the_first_request_runs_the_second_is_told_so(account: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(answers, "keep", lambda **_: None)
        assert account.post("/grants", GIFT, key="k-14").status == 201
    assert account.post("/grants", GIFT, key="k-14").code == "409 idempotency_in_flight"
    assert account.available() == 105


def test_a_key_is_forgotten_after_30_days_and_serves_anew(account: Api, owner: Owner) -> None:
    first = account.post("/quotes", {"buy_credits": pack(account)}, key="k-30")
    age = "update refill_answer set created_at = now() - %s::interval where scope = %s and key = 'k-30'"
    owner.execute(age, ["29 days 23 hours", account.account])
    answers.forget_old()
    assert account.post("/quotes", {"buy_credits": pack(account)}, key="k-30").json == first.json
    owner.execute(age, ["30 days 1 minute", account.account])
    answers.forget_old()
    again = account.post("/quotes", {"buy_credits": pack(account)}, key="k-30")
    assert (again.status, again.json["id"] == first.json["id"]) == (201, False)


def test_a_spends_key_lives_as_long_as_the_ledger(account: Api) -> None:
    first = account.spend(5, key="k-31")
    account.advance("2029-03-22T13:00:00Z")
    answers.forget_old()
    again = account.spend(5, key="k-31")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")


def test_of_many_at_once_one_acts_and_the_others_get_its_answer_or_wait(account: Api) -> None:
    def ask(_: int) -> Answer:
        try:
            return account.post("/grants", GIFT, key="k-32")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(16)))
    done = [answer for answer in found if answer.status == 201]
    assert len({answer.json["id"] for answer in done}) == 1
    assert {answer.code for answer in found if answer.status != 201} <= {"409 idempotency_in_flight"}
    assert account.available() == 105


def test_a_claim_whose_process_died_is_taken_over(account: Api, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(answers, "keep", lambda **_: None)
        account.post("/quotes", {"buy_credits": pack(account)}, key="k-33")
    assert account.post("/quotes", {"buy_credits": pack(account)}, key="k-33").code == "409 idempotency_in_flight"
    owner.execute("update refill_answer set leased_until = now() - interval '1 second' where key = 'k-33'")
    assert account.post("/quotes", {"buy_credits": pack(account)}, key="k-33").status == 201


@pytest.mark.parametrize("kind", ["grant", "reverse", "refund", "account"])
def test_what_was_done_before_the_process_died_is_shown_and_not_done_again(
    kind: str,
    operator: Api,
    account: Api,
    subscriber: Api,
    prices: Prices,
    owner: Owner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who, path, body = deed(kind, operator, account, subscriber, prices)
    with monkeypatch.context() as dying:
        dying.setattr(answers, "keep", lambda **_: None)
        first = who.post(path, body, key="k-34")
    assert who.post(path, body, key="k-34").code == "409 idempotency_in_flight"
    owner.execute("update refill_answer set leased_until = now() - interval '1 second' where key = 'k-34'")
    again, once_more = (who.post(path, body, key="k-34") for _ in range(2))
    assert (again.status, again.json) == (first.status, first.json)
    assert once_more.headers["Idempotent-Replayed"] == "true"
    assert once_more.json == again.json


def test_a_request_that_took_so_long_that_another_did_its_deed_does_nothing(
    account: Api, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    give, quicker = credits.grant, []

    def slow(**facts: Any) -> int:
        monkeypatch.undo()
        owner.execute("update refill_answer set leased_until = now() - interval '1 second' where key = 'k-36'")
        quicker.append(account.post("/grants", GIFT, key="k-36"))
        return give(**facts)

    monkeypatch.setattr(credits, "grant", slow)
    assert account.post("/grants", GIFT, key="k-36").code == "409 idempotency_in_flight"
    assert account.post("/grants", GIFT, key="k-36").json == quicker[0].json
    assert account.available() == 105


def test_an_answer_that_fails_after_the_deed_is_given_later(account: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as failing:
        failing.setattr(routes_ledger.found, "grant", lambda *_: 1 / 0)
        assert account.post("/grants", GIFT, key="k-35").status == 500
    assert account.post("/grants", GIFT, key="k-35").status == 201
    assert account.available() == 105


def deed(kind: str, operator: Api, account: Api, subscriber: Api, prices: Prices) -> tuple[Api, str, dict[str, object]]:
    """Something that would be done twice: who asks for it, where, and with what."""
    if kind == "grant":
        return account, "/grants", GIFT
    if kind == "reverse":
        spent = account.post("/usage", {"credits": 9, "kind": "text"})
        return account, f"/usage/{spent.json['id']}/reverse", {"credits": 4, "reason": "late"}
    if kind == "account":
        owner = {"email": "twice@account.example", "name": "Ona"}
        body = {"name": "Twice", "timezone": "UTC", "currency": "usd", "owner": owner, "payment_method": "visa_ok"}
        return operator, "/accounts", {**body, "price": prices["growth", "month", 1000]}
    order = subscriber.confirm(subscriber.quote(buy_credits=pack(subscriber))).json
    amount = {"amount": 1, "currency": "usd"}
    return subscriber, "/refunds", {"order": order["id"], "reason": "operator", "amount": amount, "keep_credits": True}


def pack(account: Api) -> dict[str, object]:
    packs = account.get("/packs").json["data"]
    standard = {"amount": 4_000, "currency": "usd"}
    return {"pack": next(row["id"] for row in packs if row["price"] == standard), "quantity": 1}
