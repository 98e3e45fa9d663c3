"""Texts and broadcasts by the API, as the sending software sees them."""

from typing import Any

import pytest

from refill.domain import ids
from refill.models import Balance, Number
from tests.api.client import Api, open_account
from tests.api.keys import Owner, account_key
from tests.texting import FINE, LINES, STOPS


def _number(account: Api) -> str:
    (account_id,) = ids.decode("acc", account.account or "")
    now = Balance.objects.get(account_id=account_id).entry_at
    made = Number.objects.create(
        account_id=account_id, kind="local", e164=f"+1206{next(LINES)}", created_at=now, bought_at=now
    )
    return ids.encode("num", made.pk)


def _work(account: Api, to: str = "2027-03-22T13:10:00Z") -> None:
    answer = Api(account.key).post(f"/test_clocks/{account.clock}/advance", {"to": to})
    assert answer.status == 200, answer.json


@pytest.fixture
def number(account: Api) -> str:
    return _number(account)


def _text(number: str, **facts: Any) -> dict[str, Any]:
    return {"from": number, "to": FINE, "body": "Your table is ready."} | facts


def test_a_text_is_accepted_then_delivered_and_says_which_grant_paid(account: Api, number: str) -> None:
    made = account.post("/messages", _text(number))
    assert made.status == 201
    said = {"state": "accepted", "direction": "out", "to": FINE, "number": number, "credits": 1, "charged": 0}
    assert {name: made.json[name] for name in said} == said
    assert account.get("/balance").json["held"] == 1
    _work(account)
    found = account.get(f"/messages/{made.json['id']}").json
    assert (found["state"], found["charged"], len(found["paid_by"])) == ("delivered", 1, 1)
    entry = account.get("/ledger?kind=capture").json["data"][0]
    assert (entry["message"], entry["id"]) == (made.json["id"], found["paid_by"][0]["entry"])
    assert account.get(f"/ledger/{entry['id']}/why").json["entry"]["message"] == made.json["id"]
    kinds = [event["kind"] for event in account.get("/events").json["data"]]
    assert kinds[:2] == ["message.delivered", "message.sent"]


def test_a_key_below_admin_neither_reads_nor_sends_waiting_texts_of_personal_inboxes(
    owner: Owner, account: Api, number: str
) -> None:
    (member,) = account.get("/members").json["data"]
    personal = {"name": "Ola’s own", "kind": "personal", "members": [member["id"]]}
    inbox = account.post("/inboxes", personal).json["id"]
    second = _number(account)
    shared, own = [account.post("/messages", _text(each)).json["id"] for each in (number, second)]
    assert account.patch(f"/numbers/{second}", {"inbox": inbox}).status == 200
    keys = {role: account_key(owner, account, role) for role in ("manager", "observer", "admin")}
    for role, reader in keys.items():
        seen = [own, shared] if role == "admin" else [shared]
        assert [row["id"] for row in reader.get("/messages").json["data"]] == seen
        assert reader.get(f"/messages/{own}").status == (200 if own in seen else 404)
    account.spend(98)
    waits = account.post("/messages", _text(second, at_zero="wait")).json["id"]
    account.give(10)
    for deed, status in (("send", 200), ("cancel", 409)):
        assert keys["manager"].post(f"/messages/{waits}/{deed}").status == 404
        assert keys["admin"].post(f"/messages/{waits}/{deed}").status == status


def test_one_key_sends_once_and_other_words_under_it_are_refused(account: Api, number: str) -> None:
    first = account.post("/messages", _text(number), key="k1")
    again = account.post("/messages", _text(number), key="k1")
    assert (again.json["id"], again.headers["Idempotent-Replayed"]) == (first.json["id"], "true")
    assert account.post("/messages", _text(number, body="Other"), key="k1").code == "422 idempotency_mismatch"
    assert len(account.get("/messages").json["data"]) == 1


def test_without_credits_it_is_refused_or_waits(account: Api, number: str) -> None:
    account.spend(100)
    short = account.post("/messages", _text(number))
    assert (short.code, short.json["required"], short.json["available"]) == ("402 insufficient_credits", 1, 0)
    waits = account.post("/messages", _text(number, at_zero="wait")).json
    assert (waits["state"], waits["waiting_for"]) == ("waiting", "credits")
    assert account.post(f"/messages/{waits['id']}/send").code == "402 insufficient_credits"
    account.give(1)
    assert account.post(f"/messages/{waits['id']}/send").json["state"] == "accepted"
    assert account.post(f"/messages/{waits['id']}/cancel").code == "409 conflict"


def test_a_scheduled_text_waits_for_its_time(account: Api, number: str) -> None:
    made = account.post("/messages", _text(number, send_at="2027-03-23T13:00:00Z")).json
    assert (made["state"], made["waiting_for"], account.get("/balance").json["held"]) == ("waiting", "schedule", 0)
    assert account.post(f"/messages/{made['id']}/cancel").json["code"] == "called_off"


@pytest.mark.parametrize(
    ("facts", "code", "param"),
    [
        ({"to": "nobody"}, "422 invalid_request", "to"),
        ({"body": ""}, "422 invalid_request", "body"),
        ({"from": "num_nothing"}, "422 invalid_request", "from"),
        ({"from": "+12025550199"}, "404 not_found", "from"),
        ({"media": ["file:///etc/passwd"]}, "422 invalid_request", "media"),
        ({"send_at": "2020-01-01T00:00:00Z"}, "422 invalid_request", "send_at"),
    ],
)
def test_what_cannot_be_sent_says_where(
    account: Api, number: str, facts: dict[str, Any], code: str, param: str
) -> None:
    answer = account.post("/messages", _text(number, **facts))
    assert (answer.code, answer.json["param"]) == (code, param)
    assert account.get("/messages").json["data"] == []


def test_who_said_stop_is_refused_before_any_charge(account: Api, number: str) -> None:
    account.post("/messages", _text(number, to=STOPS))
    _work(account)
    assert account.post("/messages", _text(number, to=STOPS)).code == "409 recipient_opted_out"
    incoming = account.get("/messages?direction=in").json["data"][0]
    assert (incoming["body"], incoming["from"], incoming["charged"]) == ("STOP", STOPS, 0)


def test_another_accounts_texts_and_numbers_do_not_exist(account: Api, number: str, platform_key: str) -> None:
    made = account.post("/messages", _text(number)).json["id"]
    other = open_account(platform_key)
    assert other.get(f"/messages/{made}").code == "404 not_found"
    assert other.post(f"/messages/{made}/cancel").code == "404 not_found"
    assert other.post("/messages", _text(number)).code == "404 not_found"


def test_an_observer_reads_and_sends_nothing(account: Api, number: str, owner: Owner) -> None:
    key = account_key(owner, account, "observer")
    assert key.get("/messages").status == 200
    assert key.post("/messages", _text(number)).code == "403 forbidden"
    assert key.post("/broadcasts", _broadcast(number)).code == "403 forbidden"


def _broadcast(number: str, **facts: Any) -> dict[str, Any]:
    people = [{"to": FINE, "fields": {"name": "Ana"}}, {"to": FINE}, {"to": "12"}, {"to": "+12065550124"}]
    return {"name": "Friday", "from": number, "body": "Hello {{name|there}}.", "recipients": people} | facts


def test_a_broadcast_is_drafted_with_its_price_then_held_whole_and_sent(account: Api, number: str) -> None:
    estimate = account.post("/broadcasts/estimate", _broadcast(number)).json
    assert estimate == {
        "texts": 2, "parts": 2, "credits": 2, "left_out": {"duplicate": 1, "invalid": 1},
        "first_left_out": [
            {"line": 2, "to": FINE, "problem": "duplicate"}, {"line": 3, "to": "12", "problem": "invalid"},
        ],
    }  # fmt: skip
    made = account.post("/broadcasts", _broadcast(number)).json
    assert (made["state"], made["texts"], made["credits"], made["held"]) == ("draft", 2, 2, 0)
    sent = account.post(f"/broadcasts/{made['id']}/send", {"credits": 2}).json
    assert (sent["state"], sent["held"], account.get("/balance").json["held"]) == ("sending", 2, 2)
    assert account.post(f"/broadcasts/{made['id']}/send", {"credits": 2}).status == 200
    _work(account)
    done = account.get(f"/broadcasts/{made['id']}").json
    assert (done["state"], done["charged"], done["held"], done["states"]) == ("done", 2, 0, {"delivered": 2})
    texts = account.get(f"/messages?broadcast={made['id']}").json["data"]
    assert sorted(text["body"] for text in texts) == ["Hello Ana.", "Hello there."]
    assert account.get("/broadcasts").json["data"][0]["id"] == made["id"]
    assert account.post(f"/broadcasts/{made['id']}/cancel").code == "409 conflict"


def test_a_broadcast_that_cannot_be_held_whole_says_what_each_way_to_close_the_gap_costs(
    default_catalogue_alone: None, subscriber: Api, prices: dict[tuple[str, str, int], str], operator: Api
) -> None:
    upgraded = subscriber.post("/quotes", {"change_plan": {"price": prices["growth", "month", 1000]}}).json
    assert subscriber.post(f"/quotes/{upgraded['id']}/confirm").json["status"] == "succeeded"
    number = _number(subscriber)
    subscriber.spend(999)
    made = subscriber.post("/broadcasts", _broadcast(number)).json
    short = subscriber.post(f"/broadcasts/{made['id']}/send", {"credits": 2})
    assert (short.code, short.json["required"], short.json["available"]) == ("402 insufficient_credits", 2, 1)
    ways = {way["kind"]: way for way in short.json["ways"]}
    assert (ways["pack"]["due_now"], ways["pack"]["quantity"]) == ({"amount": 1250, "currency": "usd"}, 1)
    quote = subscriber.post("/quotes", {"change_plan": {"price": ways["upgrade"]["price"]}}).json
    assert quote["due_now"] == ways["upgrade"]["due_now"]
    assert ways["wait"]["due_now"]["amount"] == 0
    assert subscriber.get("/balance").json["held"] == 0


def test_a_plan_without_broadcasts_says_which_has_them(subscriber: Api) -> None:
    answer = subscriber.post("/broadcasts", _broadcast(_number(subscriber)))
    assert (answer.code, answer.json["feature"]) == ("403 feature_not_in_plan", "broadcasts")
    assert "Growth, Scale" in answer.json["detail"]


def test_cancelling_a_broadcast_releases_what_is_not_handed_over(account: Api, number: str) -> None:
    made = account.post("/broadcasts", _broadcast(number)).json
    account.post(f"/broadcasts/{made['id']}/send", {"credits": 30_000})
    back = account.post(f"/broadcasts/{made['id']}/cancel").json
    assert (back["state"], back["charged"], back["held"]) == ("canceled", 0, 0)
    assert account.get("/balance").json["available"] == 100
