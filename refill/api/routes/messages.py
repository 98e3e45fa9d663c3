"""Texts: send, look, and what one would cost (RULES §7)."""

from typing import Any, Literal

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.messages import Message, MessageIn
from refill.api.shapes.office import Estimate, EstimateIn, Offending
from refill.api.shapes.parts import IdText, Listed, Nothing, Paging, listed, number_of, number_or_none
from refill.domain.errors import Invalid
from refill.domain.segments import BrokenText
from refill.domain.texts import weigh
from refill.lane.keys import fingerprint_number
from refill.queries import policies as found_policies
from refill.queries import texts as found
from refill.services.messages import telephone, texts

router = Router(tags=["Texts"])


class MessagePaging(Paging):
    """Which texts; all filters must fit."""

    direction: Literal["in", "out"] | None = None
    state: Literal["accepted", "waiting", "sent", "delivered", "failed", "received"] | None = None
    broadcast: IdText | None = None
    number: IdText | None = None


def sender_of(account_id: int, named: str) -> int:
    """The number behind `from`: an id of a number or inbox, or the number itself. Raises Invalid, Unknown."""
    if named.startswith("inb_"):
        return found.sender(account_id, inbox_id=number_of("inb", named, "from"))
    if named.startswith("+"):
        return found.sender(account_id, e164=named)
    return found.sender(account_id, number_id=number_of("num", named, "from"))


@call(router, "POST", "/messages/estimate", "estimate_message", gives=Estimate)
def estimate_message(request: ApiRequest, wanted: EstimateIn) -> Estimate:
    """What a text would cost. The cost shown is the cost charged."""
    policy = found_policies.in_force(request.caller.account)
    try:
        weight = weigh(policy, wanted.body, wanted.media, telephone.region_of(wanted.to) if wanted.to else None)
    except BrokenText as broken:
        raise Invalid(f"The text holds half of a character, at {broken.index}.", param="body") from None
    measured = weight.measure
    return Estimate(
        encoding=measured.encoding, parts=measured.parts, characters=measured.characters, units=measured.units,
        credits=weight.credits,
        offending=[
            Offending(index=one.index, character=one.character, suggestion=one.suggestion)
            for one in measured.offending
        ],
    )  # fmt: skip


@call(router, "POST", "/messages", "send_message", gives=Message, status=201, refuses=(402, 404, 409))
def send_message(request: ApiRequest, wanted: MessageIn) -> Message:
    """Send a text.

    It is accepted with its credits held; they are captured when the carrier takes it, and come back where it does not.
    Without credits it is refused, or waits with `at_zero: wait`: for half an hour it goes by itself once there are
    credits, later only on `POST …/{id}/send`. An opted-out recipient is refused before anything is charged.
    """
    caller = request.caller
    made = texts.send(
        account_id=caller.account, number_id=sender_of(caller.account, wanted.from_), to=wanted.to, body=wanted.body,
        media=wanted.media, at_zero=wanted.at_zero, send_at=wanted.send_at, key=request.idempotency_key,
        fingerprint=fingerprint_number("POST", request.path_info, wanted.model_dump(mode="json", by_alias=True)),
    )  # fmt: skip
    return _show(caller.account, made)


@call(router, "GET", "/messages", "list_messages", gives=Listed[Message])
def list_messages(request: ApiRequest, asked: Query[MessagePaging]) -> Listed[Message]:
    """Texts out and in, the newest first. What came in at zero and is hidden is not among them.

    Those of personal inboxes are their member's: of keys, only an Owner's or Admin's read them.
    """
    facts: dict[str, Any] = {
        "direction": asked.direction, "state": asked.state,
        "broadcast_id": number_or_none("bro", asked.broadcast, "broadcast"),
        "number_id": number_or_none("num", asked.number, "number"),
        "personal": found.sees_personal(request.caller.role),
    }  # fmt: skip
    rows = found.newest(request.caller.account, before=before_of(request, asked.cursor), limit=asked.limit + 1, **facts)
    page = page_of(request, rows, asked.limit, lambda row: row.id)
    return listed(Listed[Message], page, Message.of)


@call(router, "GET", "/messages/{message_id}", "get_message", gives=Message)
def get_message(request: ApiRequest, message_id: str) -> Message:
    """A text, and which grants paid for it."""
    return _show(request.caller.account, _seen(request, message_id))


@call(router, "POST", "/messages/{message_id}/send", "send_waiting_message", gives=Message, refuses=(402, 409))
def send_waiting_message(request: ApiRequest, message_id: str, wanted: Nothing) -> Message:
    """Send a text that waits for credits, or for its time, now."""
    caller, number = request.caller, _seen(request, message_id)
    texts.send_waiting(account_id=caller.account, message_id=number, actor=caller.actor)
    return _show(caller.account, number)


@call(router, "POST", "/messages/{message_id}/cancel", "cancel_message", gives=Message, refuses=(409,))
def cancel_message(request: ApiRequest, message_id: str, wanted: Nothing) -> Message:
    """Give up a text that waits. It costs nothing."""
    caller, number = request.caller, _seen(request, message_id)
    texts.call_off(account_id=caller.account, message_id=number, actor=caller.actor)
    return _show(caller.account, number)


def _seen(request: ApiRequest, message_id: str) -> int:
    """The number of a text that the key may read. Raises Unknown."""
    caller, number = request.caller, number_of("msg", message_id)
    return found.get(caller.account, number, personal=found.sees_personal(caller.role)).id


def _show(account_id: int, message_id: int) -> Message:
    return Message.of(found.get(account_id, message_id), account_id, found.paid_by(account_id, message_id))
