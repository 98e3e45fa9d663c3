"""Webhooks out, against real servers: signed, tried again, bounded, and none waits for another."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from refill.domain import ids
from refill.gateways import clock, webhooks
from refill.models import AuditRow, Mail
from refill.services.developers import delivering
from refill.services.mail.letters import letter_of
from refill.worker.courier import Courier
from tests.api.client import Api
from tests.api.receiving import Endpoint, answered, deliver, endpoint, raw_server

Owner = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch, owner: Owner) -> Iterator[None]:
    """This machine may be reached; and nothing is left due that could reach the next test's server."""
    monkeypatch.setattr(django_settings, "WEBHOOKS_TO_LOOPBACK", True)
    yield
    owner.execute("update refill_webhookendpoint set state = 'disabled'")


def listen(account: Api, at: Endpoint | str, **wanted: Any) -> dict[str, Any]:
    url = at if isinstance(at, str) else at.url
    made = account.post("/webhook_endpoints", {"url": url, **wanted})
    assert made.status == 201, made.json
    return dict(made.json)


def state_of(account: Api, made: dict[str, Any]) -> list[tuple[str, str, int]]:
    rows = account.get(f"/webhook_endpoints/{made['id']}/deliveries").json["data"]
    return [(row["kind"], row["state"], row["tries"]) for row in rows]


def make_due(owner: Owner) -> None:
    """As if the waits had passed."""
    owner.execute("update refill_delivery set due_at = now() where state = 'pending'")
    owner.execute("update refill_webhookendpoint set paused_until = null")


def test_an_event_reaches_the_endpoint_signed(account: Api) -> None:
    with endpoint() as server:
        made = listen(account, server)
        account.give(7)
        deliver()
        (got,) = server.got
        message = Webhook(made["secret"]).verify(got.body, got.headers)
        (event,) = account.get("/events?kind=credits.refilled&limit=1").json["data"]
        assert message == {
            "type": "credits.refilled", "timestamp": event["at"], "id": event["id"], "account": account.account,
            "data": event["data"],
        }  # fmt: skip
        assert got.headers["webhook-id"] == event["id"]
        assert got.headers["content-type"] == "application/json"
        assert state_of(account, made) == [("credits.refilled", "delivered", 1)]


def test_a_signature_by_another_secret_does_not_verify(account: Api, subscriber: Api) -> None:
    with endpoint() as server, endpoint() as other:
        listen(account, server)
        theirs = listen(subscriber, other)
        account.give(1)
        deliver()
        with pytest.raises(WebhookVerificationError):
            Webhook(theirs["secret"]).verify(server.got[0].body, server.got[0].headers)
        assert other.got == []


@pytest.mark.parametrize(
    ("kinds", "heard"),
    [(["*"], 1), (["credits.*"], 1), (["credits.refilled"], 1), (["credits.low", "order.*"], 0), (["account.*"], 0)],
)
def test_an_endpoint_hears_what_it_asked_for(kinds: list[str], heard: int, account: Api) -> None:
    with endpoint() as server:
        listen(account, server, kinds=kinds)
        account.give(1)
        deliver()
        assert len(server.got) == heard


def test_what_fails_is_tried_again_under_the_same_id_and_body(account: Api, owner: Owner) -> None:
    with endpoint((500, {}, b"not today")) as server:
        made = listen(account, server)
        account.give(1)
        deliver()
        assert state_of(account, made) == [("credits.refilled", "pending", 1)]
        deliver()
        assert len(server.got) == 1
        make_due(owner)
        deliver()
        first, second = server.got
        assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
        (row,) = account.get(f"/webhook_endpoints/{made['id']}/deliveries").json["data"]
        assert [(one["status"], one["words"]) for one in row["attempts"]] == [(200, "thanks"), (500, "not today")]


def test_after_ten_tries_it_has_failed_and_a_replay_begins_anew(account: Api, owner: Owner) -> None:
    with endpoint(*[(503, {}, b"")] * 10) as server:
        made = listen(account, server)
        account.give(1)
        for _ in range(10):
            make_due(owner)
            deliver()
        assert state_of(account, made) == [("credits.refilled", "failed", 10)]
        (row,) = account.get(f"/webhook_endpoints/{made['id']}/deliveries?state=failed").json["data"]
        again = account.post(f"/webhook_endpoints/{made['id']}/deliveries/{row['event']}/replay")
        assert (again.json["state"], again.json["tries"]) == ("pending", 0)
        make_due(owner)
        deliver()
        assert state_of(account, made) == [("credits.refilled", "delivered", 1)]
        assert server.got[-1].headers["webhook-id"] == row["event"]


def test_all_that_failed_since_an_instant_is_replayed(account: Api, owner: Owner) -> None:
    with endpoint() as server:
        made = listen(account, server)
        account.give(1)
        account.give(2)
        owner.execute("update refill_delivery set state = 'failed' where state = 'pending'")
        since = (clock.now() - timedelta(hours=1)).isoformat()
        assert account.post(f"/webhook_endpoints/{made['id']}/replay", {"since": since}).json == {"deliveries": 2}
        deliver()
        assert len(server.got) == 2


def test_an_endpoint_that_fails_for_three_days_is_disabled(account: Api, owner: Owner) -> None:
    with endpoint((500, {}, b""), (500, {}, b"")) as server:
        made = listen(account, server)
        account.give(1)
        deliver()
        owner.execute("update refill_delivery set tries = 9 where state = 'pending'")
        owner.execute("update refill_webhookendpoint set failing_since = now() - interval '3 days'")
        make_due(owner)
        deliver()
        shown = account.get(f"/webhook_endpoints/{made['id']}").json
        assert (shown["enabled"], shown["reason"]) == (False, "failing")
        account.give(1)
        enabled = account.patch(f"/webhook_endpoints/{made['id']}", {"enabled": True}).json
        assert (enabled["enabled"], enabled["reason"], enabled["failing_since"]) == (True, None, None)


def test_410_disables_at_once_and_drops_what_is_due(account: Api) -> None:
    with endpoint((410, {}, b"")) as server:
        made = listen(account, server)
        account.give(1)
        deliver()
        shown = account.get(f"/webhook_endpoints/{made['id']}").json
        assert (shown["enabled"], shown["reason"]) == (False, "gone")
        account.give(1)
        deliver()
        assert len(server.got) == 1
        assert state_of(account, made) == [("credits.refilled", "dropped", 1)]
        assert account.post(f"/webhook_endpoints/{made['id']}/test").code == "409 conflict"
        assert AuditRow.objects.filter(subject=made["id"], action="webhook.disabled").count() == 1
        (mail,) = Mail.objects.filter(account_id=ids.decode("acc", account.account or "")[0], kind="webhook_disabled")
        letter = letter_of(mail)
        assert letter.subject == "Webhooks to 127.0.0.1 have stopped"
        assert server.url in letter.text


def test_rotating_the_secret_signs_with_both_until_the_old_one_ends(account: Api, owner: Owner) -> None:
    with endpoint() as server:
        made = listen(account, server)
        rotated = account.post(f"/webhook_endpoints/{made['id']}/rotate", {"overlap_hours": 1})
        account.give(1)
        deliver()
        for secret in (made["secret"], rotated.json["secret"]):
            Webhook(secret).verify(server.got[0].body, server.got[0].headers)
        owner.execute("update refill_webhookendpoint set old_secret_until = now()")
        account.give(1)
        deliver()
        Webhook(rotated.json["secret"]).verify(server.got[1].body, server.got[1].headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(server.got[1].body, server.got[1].headers)


def test_secrets_do_not_lie_in_the_database(account: Api, owner: Owner) -> None:
    with endpoint() as server:
        made = listen(account, server)
        row = owner.execute("select secret from refill_webhookendpoint order by id desc limit 1").fetchone()
        assert row is not None
        assert bytes(row[0]).startswith(b"gAAAA")
        assert "secret" not in account.get(f"/webhook_endpoints/{made['id']}").json


def test_a_test_event_goes_to_the_one_endpoint_whatever_it_asked_for(account: Api) -> None:
    with endpoint() as server, endpoint() as other:
        made = listen(account, server, kinds=["order.*"])
        listen(account, other)
        sent = account.post(f"/webhook_endpoints/{made['id']}/test", {"kind": "credits.low"})
        deliver()
        assert sent.json["data"] == {"test": True, "endpoint": made["id"]}
        assert [json.loads(got.body)["type"] for got in server.got] == ["credits.low"]
        assert other.got == []
        account.post("/events/test", {"kind": "credits.low"})
        deliver()
        assert (len(server.got), len(other.got)) == (2, 1)


def test_redirects_are_not_followed(account: Api) -> None:
    with endpoint() as inner, endpoint((302, {}, b"")) as server:
        server.replies = [(302, {"Location": inner.url}, b"")]
        made = listen(account, server)
        account.give(1)
        deliver()
        assert inner.got == []
        (row,) = account.get(f"/webhook_endpoints/{made['id']}/deliveries").json["data"]
        assert row["attempts"][0]["status"] == 302
        assert row["attempts"][0]["words"].startswith("Redirects are not followed.")


def test_a_dead_endpoint_does_not_delay_anothers(account: Api, subscriber: Api) -> None:
    with endpoint() as dead, endpoint() as server:
        dead.gate = threading.Event()
        listen(account, dead)
        listen(subscriber, server)
        for _ in range(6):
            account.give(1)
        subscriber.give(1)
        courier = Courier(places=8)
        while not server.got:
            courier.turn()
            courier.rest()
        assert len(dead.got) <= delivering.AT_ONCE
        assert not dead.gate.is_set()
        dead.gate.set()
        while courier.turn():
            courier.rest()
        courier.end()


def test_an_endpoint_that_fails_gets_one_try_at_a_time_and_is_left_alone_for_a_while(account: Api) -> None:
    with endpoint(*[(500, {}, b"")] * 9) as server:
        made = listen(account, server)
        for _ in range(9):
            account.give(1)
        deliver()
        assert len(server.got) <= 2 * delivering.AT_ONCE
        assert ("credits.refilled", "pending", 0) in state_of(account, made)


def test_a_courier_that_dies_loses_nothing(account: Api, owner: Owner) -> None:
    with endpoint() as server:
        made = listen(account, server)
        account.give(1)
        (parcel,) = delivering.claim(8)
        assert delivering.claim(8) == []
        owner.execute("update refill_delivery set leased_until = now() - interval '1 second' where state = 'pending'")
        deliver()
        assert len(server.got) == 1
        assert delivering.settle(parcel, answered(500)) is False
        assert state_of(account, made) == [("credits.refilled", "delivered", 1)]


def test_answers_that_drip_are_cut_off(account: Api) -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(65_536)
        over = threading.Event()
        while not over.wait(0.05):
            connection.sendall(b"H")

    with raw_server(drip) as url:
        back = webhooks.post(url, headers={}, body=b"{}", seconds=1)
        assert (back.status, back.words) == (None, "No whole answer within 1 seconds.")
        assert back.milliseconds < 5_000


def test_answers_that_do_not_end_are_read_a_little(account: Api) -> None:
    def pour(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with raw_server(pour) as url:
        back = webhooks.post(url, headers={}, body=b"{}", seconds=5)
        assert (back.status, back.words) == (200, "x" * 1_000)


@pytest.mark.parametrize("noise", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000])
def test_what_is_no_answer_is_said_so(noise: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(noise)

    with raw_server(answer) as url:
        back = webhooks.post(url, headers={}, body=b"{}", seconds=5)
        assert back.status is None
        assert back.words


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    back = webhooks.post(f"http://127.0.0.1:{port}/", headers={}, body=b"{}")
    assert back.status is None
    assert "refused" in back.words
