"""Inboxes and phone numbers (RULES §8)."""

from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.billing import Quote
from refill.api.shapes.parts import IdText, Listed, Nothing, Paging, listed, number_of, number_or_none
from refill.api.shapes.places import (
    AvailableNumber,
    AvailableNumbers,
    Inbox,
    InboxChange,
    InboxIn,
    Number,
    NumberChange,
    NumberIn,
)
from refill.domain.errors import CarrierSilent, Conflict, QuoteNeeded
from refill.domain.records import QuoteRequest
from refill.queries import places as found
from refill.queries import quotes as found_quotes
from refill.services import orders
from refill.services.money import quotes
from refill.services.places import inboxes, numbers

router = Router(tags=["Inboxes and numbers"])
Area = Annotated[str, Field(pattern="^[0-9]{0,3}$")]


@call(router, "GET", "/inboxes", "list_inboxes", gives=Listed[Inbox])
def list_inboxes(request: ApiRequest, paging: Query[Paging]) -> Listed[Inbox]:
    """The account's inboxes, with those whose removal can still be undone."""
    rows = found.inboxes(request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    return listed(Listed[Inbox], page_of(request, rows, paging.limit, lambda row: row.id), Inbox.of)


@call(router, "GET", "/inboxes/{inbox_id}", "get_inbox", gives=Inbox)
def get_inbox(request: ApiRequest, inbox_id: str) -> Inbox:
    """One inbox."""
    return _inbox(request, number_of("inb", inbox_id))


@call(router, "POST", "/inboxes", "create_inbox", gives=Inbox, status=201, refuses=(409,))
def create_inbox(request: ApiRequest, wanted: InboxIn) -> Inbox:
    """Make an inbox."""
    caller = request.caller
    made = inboxes.create(
        account_id=caller.account, actor=caller.actor, name=wanted.name, kind=wanted.kind,
        member_ids=[number_of("mem", member, "members") for member in wanted.members],
    )  # fmt: skip
    return _inbox(request, made)


@call(router, "PATCH", "/inboxes/{inbox_id}", "update_inbox", gives=Inbox, refuses=(409,))
def update_inbox(request: ApiRequest, inbox_id: str, wanted: InboxChange) -> Inbox:
    """Rename an inbox, or say anew who works in it."""
    caller, number = request.caller, number_of("inb", inbox_id)
    people = None if wanted.members is None else [number_of("mem", member, "members") for member in wanted.members]
    inboxes.edit(
        account_id=caller.account, actor=caller.actor, inbox_id=number, name=wanted.name, member_ids=people
    )  # fmt: skip
    return _inbox(request, number)


@call(router, "DELETE", "/inboxes/{inbox_id}", "remove_inbox", gives=Inbox, refuses=(409,))
def remove_inbox(request: ApiRequest, inbox_id: str, move_to: IdText | None = None) -> Inbox:
    """Remove an inbox. Its numbers go to `move_to`, or wait for another. It can be restored for 30 days."""
    caller, number = request.caller, number_of("inb", inbox_id)
    inboxes.remove(
        account_id=caller.account,
        actor=caller.actor,
        inbox_id=number,
        move_to=number_or_none("inb", move_to, "move_to"),
    )
    return _inbox(request, number)


@call(router, "POST", "/inboxes/{inbox_id}/restore", "restore_inbox", gives=Inbox, refuses=(409,))
def restore_inbox(request: ApiRequest, inbox_id: str, wanted: Nothing) -> Inbox:
    """Undo a removal."""
    caller, number = request.caller, number_of("inb", inbox_id)
    inboxes.take_back(account_id=caller.account, actor=caller.actor, inbox_id=number)
    return _inbox(request, number)


def _inbox(request: ApiRequest, number: int) -> Inbox:
    return Inbox.of(found.inbox(request.caller.account, number))


@call(router, "GET", "/numbers", "list_numbers", gives=Listed[Number])
def list_numbers(request: ApiRequest, paging: Query[Paging]) -> Listed[Number]:
    """The account's phone numbers, with those whose deletion can still be undone."""
    rows = found.numbers(request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    return listed(Listed[Number], page_of(request, rows, paging.limit, lambda row: row.id), Number.of)


@call(router, "GET", "/numbers/available", "list_available_numbers", gives=AvailableNumbers, refuses=(409,))
def list_available_numbers(
    request: ApiRequest, kind: Literal["local", "toll_free"] = "local", area: Area = ""
) -> AvailableNumbers:
    """Numbers that the carrier has now; `area` is an area code."""
    rows = numbers.offered(account_id=request.caller.account, kind=kind, area=area)
    if rows is None:
        raise CarrierSilent("The carrier did not answer. Try again in a minute.")
    return AvailableNumbers(data=[AvailableNumber.of(row) for row in rows])


@call(router, "GET", "/numbers/{number_id}", "get_number", gives=Number)
def get_number(request: ApiRequest, number_id: str) -> Number:
    """One phone number."""
    return _number(request, number_of("num", number_id))


@call(router, "POST", "/numbers", "create_number", gives=Number, status=201, refuses=(409,))
def create_number(request: ApiRequest, wanted: NumberIn) -> Number:
    """Get a number into a place that is free, in the plan or paid for.

    Where none is free it costs money, so it is refused (`quote_needed`) with the quote to confirm.
    """
    caller = request.caller
    asked = QuoteRequest(
        kind="add_number", phone=wanted.number, phone_kind=numbers.kind_of(wanted.number),
        inbox_id=number_or_none("inb", wanted.inbox, "inbox"),
    )  # fmt: skip
    made = quotes.create(account_id=caller.account, actor=caller.actor, request=asked)
    quote = found_quotes.get(caller.account, made)
    if quote.due_now_minor:
        shown = Quote.of(quote).model_dump(mode="json")
        raise QuoteNeeded("No place is free, so this number costs money. Confirm the quote.", quote=shown)
    order = orders.confirm(
        account_id=caller.account, quote_id=made, actor=caller.actor, key=request.idempotency_key or ""
    )
    number = found.number_of_order(caller.account, order)
    if number is None:
        raise Conflict("The carrier did not give this number. Choose another.")
    return _number(request, number)


@call(router, "PATCH", "/numbers/{number_id}", "update_number", gives=Number, refuses=(409,))
def update_number(request: ApiRequest, number_id: str, wanted: NumberChange) -> Number:
    """Name a number, or assign it to an inbox."""
    caller, number = request.caller, number_of("num", number_id)
    numbers.edit(
        account_id=caller.account, actor=caller.actor, number_id=number, name=wanted.name,
        inbox_id=number_or_none("inb", wanted.inbox, "inbox"),
        unassign="inbox" in wanted.model_fields_set and wanted.inbox is None,
    )  # fmt: skip
    return _number(request, number)


@call(router, "DELETE", "/numbers/{number_id}", "delete_number", gives=Number, refuses=(409,))
def delete_number(request: ApiRequest, number_id: str, keep_place: bool = False) -> Number:
    """Delete a number. Its paid place ends with the period, unless `keep_place`. It can be restored for 30 days."""
    caller, number = request.caller, number_of("num", number_id)
    typed = found.number(caller.account, number).e164
    numbers.delete(
        account_id=caller.account, actor=caller.actor, number_id=number, typed=typed, drop_place=not keep_place
    )
    return _number(request, number)


@call(router, "POST", "/numbers/{number_id}/restore", "restore_number", gives=Number, refuses=(409,))
def restore_number(request: ApiRequest, number_id: str, wanted: Nothing) -> Number:
    """Undo a deletion."""
    caller, number = request.caller, number_of("num", number_id)
    numbers.take_back(account_id=caller.account, actor=caller.actor, number_id=number)
    return _number(request, number)


def _number(request: ApiRequest, number: int) -> Number:
    return Number.of(found.number(request.caller.account, number))
