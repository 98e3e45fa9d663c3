"""Broadcasts: draft, estimate, send, cancel (RULES §7.3)."""

from typing import Any

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.routes.messages import sender_of
from refill.api.shapes.messages import Broadcast, BroadcastEstimate, BroadcastIn, SendIn, WayOut
from refill.api.shapes.parts import Listed, Nothing, Paging, listed, number_of
from refill.domain.errors import InsufficientCredits
from refill.domain.recipients import Line
from refill.queries import broadcasts as found
from refill.services.messages import broadcasts
from refill.services.money import closing

router = Router(tags=["Texts"])
SHOWN_LEFT_OUT = 100


def _facts(request: ApiRequest, wanted: BroadcastIn) -> dict[str, Any]:
    caller = request.caller
    return {
        "account_id": caller.account, "actor": caller.actor, "name": wanted.name, "body": wanted.body,
        "media": wanted.media, "pace": wanted.pace, "number_id": sender_of(caller.account, wanted.from_),
        "lines": [Line(place, one.to, one.fields) for place, one in enumerate(wanted.recipients, start=1)],
    }  # fmt: skip


def _show(account_id: int, broadcast_id: int) -> Broadcast:
    left = found.left_out(account_id, broadcast_id, SHOWN_LEFT_OUT)
    return Broadcast.of(found.get(account_id, broadcast_id), left)


@call(router, "POST", "/broadcasts", "create_broadcast", gives=Broadcast, status=201, refuses=(404, 409))
def create_broadcast(request: ApiRequest, wanted: BroadcastIn) -> Broadcast:
    """Draft a broadcast. Each recipient is priced with their own words; nothing is held or sent yet."""
    return _show(request.caller.account, broadcasts.draft(**_facts(request, wanted)))


@call(router, "POST", "/broadcasts/estimate", "estimate_broadcast", gives=BroadcastEstimate, refuses=(404, 409))
def estimate_broadcast(request: ApiRequest, wanted: BroadcastIn) -> BroadcastEstimate:
    """What a broadcast would send and cost, and who is left out. Nothing is kept."""
    return BroadcastEstimate.of(broadcasts.estimate(**_facts(request, wanted)))


@call(router, "GET", "/broadcasts", "list_broadcasts", gives=Listed[Broadcast])
def list_broadcasts(request: ApiRequest, paging: Query[Paging]) -> Listed[Broadcast]:
    """Broadcasts, the newest first."""
    rows = found.newest(request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[Broadcast], page, Broadcast.of)


@call(router, "GET", "/broadcasts/{broadcast_id}", "get_broadcast", gives=Broadcast)
def get_broadcast(request: ApiRequest, broadcast_id: str) -> Broadcast:
    """A broadcast and how far it is. Its texts are in `GET /v1/messages?broadcast=`."""
    return _show(request.caller.account, number_of("bro", broadcast_id))


@call(router, "POST", "/broadcasts/{broadcast_id}/send", "send_broadcast", gives=Broadcast, refuses=(402, 409))
def send_broadcast(request: ApiRequest, broadcast_id: str, wanted: SendIn) -> Broadcast:
    """Hold all its credits and send it; or refuse it whole.

    Where credits are short, the refusal says how many, and in `ways` what each way to close the gap costs.
    """
    caller, number = request.caller, number_of("bro", broadcast_id)
    try:
        broadcasts.send(account_id=caller.account, broadcast_id=number, actor=caller.actor, credits=wanted.credits)
    except InsufficientCredits as short:
        if caller.sees_money:
            gap = short.facts["required"] - short.facts["available"]
            ways = closing.ways(account_id=caller.account, short=gap)
            short.facts["ways"] = [WayOut.of(way).model_dump(mode="json") for way in ways]
        raise
    return _show(caller.account, number)


@call(router, "POST", "/broadcasts/{broadcast_id}/cancel", "cancel_broadcast", gives=Broadcast, refuses=(409,))
def cancel_broadcast(request: ApiRequest, broadcast_id: str, wanted: Nothing) -> Broadcast:
    """Give up what is not handed over yet; its credits come back. What the carrier has goes on."""
    caller, number = request.caller, number_of("bro", broadcast_id)
    broadcasts.cancel(account_id=caller.account, broadcast_id=number, actor=caller.actor)
    return _show(caller.account, number)
