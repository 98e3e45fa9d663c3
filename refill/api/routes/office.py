"""Test clocks, events, policies."""

from typing import Any

from ninja import Body, Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.catalogue import Policies
from refill.api.shapes.office import AdvanceIn, Clock, ClockIn, Event, EventPaging
from refill.api.shapes.parts import Listed, listed, number_of
from refill.queries import clocks as found_clocks
from refill.queries import events
from refill.queries import policies as found_policies
from refill.services.chores import clocks
from refill.services.selling import policies

router = Router(tags=["Operation"])


@call(router, "POST", "/test_clocks", "create_test_clock", gives=Clock, status=201)
def create_test_clock(request: ApiRequest, wanted: ClockIn) -> Clock:
    """Make a clock that test accounts can live by."""
    return Clock.of(found_clocks.get(clocks.create(now=wanted.now, running=wanted.running)))


@call(router, "GET", "/test_clocks/{clock_id}", "get_test_clock", gives=Clock)
def get_test_clock(request: ApiRequest, clock_id: str) -> Clock:
    """A clock and its instant now."""
    return Clock.of(found_clocks.get(number_of("clk", clock_id)))


@call(router, "POST", "/test_clocks/{clock_id}/advance", "advance_test_clock", gives=Clock, refuses=(409,))
def advance_test_clock(request: ApiRequest, clock_id: str, wanted: AdvanceIn) -> Clock:
    """Move a clock on. Everything due on the way runs, in order, before it answers."""
    number = number_of("clk", clock_id)
    found_clocks.get(number)
    clocks.advance(clock_id=number, to=wanted.to, work=wanted.work)
    return Clock.of(found_clocks.get(number))


@call(router, "GET", "/events", "list_events", gives=Listed[Event])
def list_events(request: ApiRequest, paging: Query[EventPaging]) -> Listed[Event]:
    """What happened in the account."""
    rows = events.newest(
        request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1, kind=paging.kind
    )
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[Event], page, Event.of)


@call(router, "GET", "/policies", "get_policies", gives=Policies)
def get_policies(request: ApiRequest) -> Policies:
    """The newest version of all policies."""
    return Policies.of(found_policies.latest())


@call(router, "PUT", "/policies", "put_policies", gives=Policies)
def put_policies(request: ApiRequest, wanted: Body[dict[str, Any]]) -> Policies:
    """Make a new version. What is left out stays as it is; periods that have begun keep their version.

    Values by name, or what GET gave with some of its `values` changed.
    """
    is_version = "values" in wanted and wanted.keys() <= Policies.model_fields.keys()
    policies.put(actor=request.caller.actor, values=wanted["values"] if is_version else wanted)
    return Policies.of(found_policies.latest())
