"""/metrics: for this machine or with the token, figures read from the rows."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from refill.api import request_log
from tests.api.client import Api
from tests.api.keys import Owner
from tests.api.test_webhooks import listen

TOKEN = "a token for the metrics"
HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}


def figures() -> dict[tuple[str, str], float]:
    """By name and label."""
    answer = Client().get("/metrics", **HERE)  # type: ignore[arg-type]
    assert answer["Content-Type"].startswith("text/plain; version=")
    return {
        (row.name, next(iter(row.labels.values()), "")): row.value
        for family in text_string_to_metric_families(answer.content.decode())
        for row in family.samples
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200), ({"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8000"}, 200), ({"HTTP_HOST": "localhost"}, 200),
        ({"REMOTE_ADDR": "203.0.113.9"}, 403), ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, 403), ({"HTTP_HOST": "refill.example"}, 403),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"}, 403),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": TOKEN}, 403),
    ],
)  # fmt: skip
def test_metrics_are_for_this_machine_or_the_token(
    change: dict[str, Any], status: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "METRICS_TOKEN", TOKEN)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])
    assert Client().get("/metrics", **HERE | change).status_code == status


def test_without_a_token_no_bearer_opens_them(database: str) -> None:
    asked = HERE | {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer "}
    assert Client().get("/metrics", **asked).status_code == 403  # type: ignore[arg-type]


def test_they_say_what_is_due_and_since_when(account: Api, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WEBHOOKS_TO_LOOPBACK", True)
    owner.execute("update refill_webhookendpoint set state = 'disabled'")
    owner.execute("update refill_delivery set state = 'failed' where state = 'pending'")
    listen(account, "http://127.0.0.1:9/hook")
    account.give(1)
    account.give(1)
    owner.execute("update refill_delivery set due_at = now() - interval '90 seconds' where state = 'pending'")
    account.get("/orders/ord_zzz")
    request_log.flush()
    found = figures()
    assert found["refill_due", "delivery"] == 2
    assert 90 <= found["refill_due_oldest_seconds", "delivery"] < 150
    assert found["refill_calls_5m", "4xx"] >= 1
    assert {label for name, label in found if name == "refill_due"} == {
        "boundary", "charge", "delivery", "mail", "message", "provider_event",
    }  # fmt: skip
    owner.execute("update refill_webhookendpoint set failures = 1 where state = 'enabled'")
    assert figures()["refill_failing_endpoints", ""] == 1
    owner.execute("update refill_webhookendpoint set state = 'disabled'")
