"""Hot calls as granian brings them, past Django's handler: the same answers to the byte."""

import io
from typing import Any

import pytest
from django.test import Client

from refill.wsgi import application
from tests.api.client import Api

Shown = tuple[int, dict[str, str], bytes]


def both(account: Api, method: str, path: str, body: bytes, **headers: str) -> tuple[Shown, Shown]:
    """The call through Django's handler, then straight."""
    sent = {
        "HTTP_AUTHORIZATION": f"Bearer {account.key}", "HTTP_REFILL_ACCOUNT": account.account or "",
        "HTTP_REQUEST_ID": "a-request-1", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        **headers,
    }  # fmt: skip
    answer = Client().generic(method, f"/v1{path}", body, content_type="application/json", **sent)
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": f"/v1{path}".partition("?")[0], "QUERY_STRING": path.partition("?")[2],
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.input": io.BytesIO(body), **sent,
    }  # fmt: skip

    def start(status: str, headers: list[tuple[str, str]], fault: Any = None) -> Any:
        said.extend((status, headers))

    content = b"".join(application(environ, start))
    straight = int(said[0].split()[0]), dict(said[1]), content
    return (answer.status_code, dict(answer.headers), answer.content), straight


SPEND = b'{"credits":2,"kind":"text","reference":"a text"}'


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/usage", SPEND, 201),
        ("POST", "/usage", b'{"credits":500,"kind":"text"}', 402),
        ("POST", "/usage", b'{"credits":0,"kind":"text"}', 422),
        ("POST", "/usage", b'{"credits":', 400),
        ("POST", "/usage", b"", 422),
        ("PUT", "/usage", SPEND, 405),
        ("POST", "/holds", b'{"credits":3}', 201),
        ("POST", "/usage/batch", b'{"items":[{"key":"b1","credits":1,"kind":"mms"}]}', 201),
        ("GET", "/balance", b"", 200),
        ("GET", "/balance?expand=grants", b"", 200),
        ("GET", "/balance?expand=others", b"", 422),
    ],
)
def test_both_ways_give_the_same_answer(account: Api, method: str, path: str, body: bytes, status: int) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "the key"}
    both(account, method, path, body, **key)
    django, straight = both(account, method, path, body, **key)
    assert django == straight
    assert django[0] == status
    assert (django[1].get("Idempotent-Replayed") == "true") is (status == 201)


@pytest.mark.parametrize(
    "headers",
    [{}, {"HTTP_AUTHORIZATION": "Bearer nobody"}, {"HTTP_REFILL_ACCOUNT": "acc_nobody"}, {"HTTP_REQUEST_ID": ""}],
)
def test_both_ways_refuse_alike(account: Api, headers: dict[str, str]) -> None:
    django, straight = both(account, "POST", "/usage", SPEND, **headers)
    assert django[0] == straight[0] >= 400
    own = django[1]["Request-Id"], straight[1]["Request-Id"]
    assert django[2].replace(own[0].encode(), own[1].encode()) == straight[2]
    assert {**django[1], "Request-Id": own[1]} == straight[1]


def test_a_first_spend_straight_is_what_its_replay_gives(account: Api) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "another"}
    made = Api.post(account, "/usage", {"credits": 2, "kind": "text", "reference": "a text"}, key="another")
    django, straight = both(account, "POST", "/usage", SPEND, **key)
    assert django == straight
    assert made.json["id"] in straight[2].decode()
