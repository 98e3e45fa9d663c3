"""Webhooks out, by Standard Webhooks: endpoints, deliveries, test events, replay."""

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.billing import Removed
from refill.api.shapes.office import Event
from refill.api.shapes.parts import Listed, Nothing, Paging, listed, number_of
from refill.api.shapes.webhooks import (
    Delivery,
    DeliveryPaging,
    Endpoint,
    EndpointChange,
    EndpointIn,
    Replayed,
    ReplayIn,
    RotateSecretIn,
    TestIn,
)
from refill.gateways import clock
from refill.queries import events as found_events
from refill.queries import webhooks as found
from refill.services.developers import webhooks

router = Router(tags=["Keys and webhooks"])
_ONE = "/webhook_endpoints/{endpoint_id}"


def _show(request: ApiRequest, endpoint_id: int, secret: str | None = None) -> Endpoint:
    return Endpoint.of(found.get(request.caller.account, endpoint_id, now=clock.now()), secret)


@call(router, "GET", "/webhook_endpoints", "list_webhook_endpoints", gives=Listed[Endpoint])
def list_webhook_endpoints(request: ApiRequest, paging: Query[Paging]) -> Listed[Endpoint]:
    """The addresses that hear of the account's events."""
    rows = found.newest(
        request.caller.account, now=clock.now(), before=before_of(request, paging.cursor), limit=paging.limit + 1
    )
    return listed(Listed[Endpoint], page_of(request, rows, paging.limit, lambda row: row.id), Endpoint.of)


@call(
    router, "POST", "/webhook_endpoints", "create_webhook_endpoint", gives=Endpoint, status=201, refuses=(409,),
    secret=True,
)  # fmt: skip
def create_webhook_endpoint(request: ApiRequest, wanted: EndpointIn) -> Endpoint:
    """Let an address hear of events. Its secret is in this answer alone.

    Each event is sent by POST, signed by the Standard Webhooks specification, until a 2xx comes back: ten tries in
    three days. Answer within 15 seconds, and take the same `webhook-id` twice as once.
    """
    caller = request.caller
    made = webhooks.create(
        account_id=caller.account, actor=caller.actor, url=wanted.url, kinds=wanted.kinds,
        description=wanted.description,
    )  # fmt: skip
    return _show(request, made.id, made.secret)


@call(router, "GET", _ONE, "get_webhook_endpoint", gives=Endpoint)
def get_webhook_endpoint(request: ApiRequest, endpoint_id: str) -> Endpoint:
    """One endpoint, with how it is doing."""
    return _show(request, number_of("whe", endpoint_id))


@call(router, "PATCH", _ONE, "update_webhook_endpoint", gives=Endpoint)
def update_webhook_endpoint(request: ApiRequest, endpoint_id: str, wanted: EndpointChange) -> Endpoint:
    """Change the address, what it hears of, or whether it hears anything."""
    caller, number = request.caller, number_of("whe", endpoint_id)
    webhooks.update(
        account_id=caller.account, actor=caller.actor, endpoint_id=number, url=wanted.url, kinds=wanted.kinds,
        description=wanted.description, enabled=wanted.enabled,
    )  # fmt: skip
    return _show(request, number)


@call(router, "DELETE", _ONE, "remove_webhook_endpoint", gives=Removed)
def remove_webhook_endpoint(request: ApiRequest, endpoint_id: str) -> Removed:
    """Give an endpoint up. What was still due there is dropped."""
    caller = request.caller
    webhooks.remove(account_id=caller.account, actor=caller.actor, endpoint_id=number_of("whe", endpoint_id))
    return Removed(id=endpoint_id)


@call(router, "POST", _ONE + "/rotate", "rotate_webhook_secret", gives=Endpoint, secret=True)
def rotate_webhook_secret(request: ApiRequest, endpoint_id: str, wanted: RotateSecretIn) -> Endpoint:
    """Make a new secret. Deliveries bear both signatures for `overlap_hours`."""
    caller, number = request.caller, number_of("whe", endpoint_id)
    secret = webhooks.rotate_secret(
        account_id=caller.account, actor=caller.actor, endpoint_id=number, overlap_hours=wanted.overlap_hours
    )
    return _show(request, number, secret)


@call(router, "POST", _ONE + "/test", "test_webhook_endpoint", gives=Event, status=201, refuses=(409,))
def test_webhook_endpoint(request: ApiRequest, endpoint_id: str, wanted: TestIn) -> Event:
    """Send this endpoint an event with `"test": true`, whatever it asked for."""
    account_id = request.caller.account
    made = webhooks.send_test(account_id=account_id, kind=wanted.kind, endpoint_id=number_of("whe", endpoint_id))
    return Event.of(found_events.get(account_id, made))


@call(router, "GET", _ONE + "/deliveries", "list_deliveries", gives=Listed[Delivery])
def list_deliveries(request: ApiRequest, endpoint_id: str, asked: Query[DeliveryPaging]) -> Listed[Delivery]:
    """What became of each event at this endpoint, kept for 30 days after it ended."""
    rows = found.deliveries(
        request.caller.account, number_of("whe", endpoint_id), state=asked.state,
        before=before_of(request, asked.cursor), limit=asked.limit + 1,
    )  # fmt: skip
    return listed(Listed[Delivery], page_of(request, rows, asked.limit, lambda row: row.id), Delivery.of)


@call(router, "POST", _ONE + "/deliveries/{event_id}/replay", "replay_delivery", gives=Delivery, refuses=(409,))
def replay_delivery(request: ApiRequest, endpoint_id: str, event_id: str, wanted: Nothing) -> Delivery:
    """Deliver one event anew, with the same webhook-id."""
    caller, endpoint, event = request.caller, number_of("whe", endpoint_id), number_of("evt", event_id)
    webhooks.replay(account_id=caller.account, actor=caller.actor, endpoint_id=endpoint, event_id=event)
    return Delivery.of(found.delivery(caller.account, endpoint, event))


@call(router, "POST", _ONE + "/replay", "replay_failed_deliveries", gives=Replayed, refuses=(409,))
def replay_failed_deliveries(request: ApiRequest, endpoint_id: str, wanted: ReplayIn) -> Replayed:
    """Deliver anew what has failed or was dropped since an instant, at most 10,000."""
    caller = request.caller
    count = webhooks.replay_failed(
        account_id=caller.account, actor=caller.actor, endpoint_id=number_of("whe", endpoint_id), since=wanted.since
    )
    return Replayed(deliveries=count)


@call(router, "POST", "/events/test", "create_test_event", gives=Event, status=201)
def create_test_event(request: ApiRequest, wanted: TestIn) -> Event:
    """Make an event with `"test": true` for all endpoints."""
    account_id = request.caller.account
    return Event.of(found_events.get(account_id, webhooks.send_test(account_id=account_id, kind=wanted.kind)))
