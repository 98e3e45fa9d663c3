"""What is called again without a key, as nobody knows whether it was done: the same end, and nothing done twice."""

from typing import Any

import pytest

from refill.gateways import addresses
from refill.models import AuditRow, Event, Mail
from tests.api.client import Api, open_account


@pytest.fixture
def growth(platform_key: str, prices: dict[tuple[str, str, int], str], monkeypatch: pytest.MonkeyPatch) -> Api:
    """Three seats, two numbers; the host of an endpoint is looked up nowhere."""
    monkeypatch.setattr(addresses, "look_up", lambda host, port: "192.0.2.1")
    return open_account(platform_key, price=prices["growth", "month", 1000], payment_method={"sandbox": "visa_ok"})


def kept(api: Api) -> tuple[int, ...]:
    """What was written down and told so far, in all accounts."""
    return AuditRow.objects.count(), Event.objects.count(), Mail.objects.count()


def made(api: Api, path: str, body: dict[str, Any]) -> str:
    answer = api.post(path, body)
    assert answer.status == 201, answer.json
    return f"{path}/{answer.json.get('id') or answer.json['data'][0]['id']}"


GONE = {
    "member": (404, lambda api: made(api, "/members", {"email": "again@team.example", "name": "Bo", "role": "member"})),
    "invitation": (409, lambda api: made(api, "/invitations", {"email": "later@team.example", "role": "member"})),
    "endpoint": (404, lambda api: made(api, "/webhook_endpoints", {"url": "https://hooks.example/in"})),
    "key": (200, lambda api: made(api, "/api_keys", {"name": "CI", "role": "member", "scopes": []})),
    "card": (404, lambda api: made(api, "/payment_methods", {"sandbox": "visa_ok"})),
    "inbox": (404, lambda api: made(api, "/inboxes", {"name": "Sales"})),
}  # fmt: skip


@pytest.mark.parametrize("name", GONE)
def test_a_second_delete_changes_nothing(name: str, growth: Api) -> None:
    status, make = GONE[name]
    path = make(growth)
    assert growth.delete(path).status == 200
    before = kept(growth)
    assert growth.delete(path).status == status
    assert kept(growth) == before


def test_a_second_undo_changes_nothing(growth: Api, prices: dict[tuple[str, str, int], str]) -> None:
    quote = growth.post("/quotes", {"change_plan": {"price": prices["starter", "month", 1000]}}).json
    assert growth.post(f"/quotes/{quote['id']}/confirm").status == 201
    assert growth.delete("/subscription/scheduled_change").status == 200
    before = kept(growth)
    assert growth.delete("/subscription/scheduled_change").status == 409
    assert kept(growth) == before


PUT_AGAIN = {
    "/billing_details": {"name": "Northwind GmbH", "country": "DE", "line1": "Am Markt 1", "city": "Bonn"},
    "/policies": {"upgrade": "prorate"},
}
PATCH_AGAIN = {"/account": {"name": "Northwind again"}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [*(("PUT", *each) for each in PUT_AGAIN.items()), *(("PATCH", *each) for each in PATCH_AGAIN.items())],
)
def test_a_second_put_or_patch_of_the_same_changes_nothing(method: str, path: str, body: Any, growth: Api) -> None:
    first = growth.call(method, path, body)
    assert first.status == 200, first.json
    before = kept(growth)
    again = growth.call(method, path, body)
    assert (again.status, again.json) == (200, first.json)
    assert kept(growth) == before
