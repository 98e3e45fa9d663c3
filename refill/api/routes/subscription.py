"""What the account is on, its periods and the boundaries to come."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.billing import Boundary, CalendarAddress, Period, Subscription
from refill.api.shapes.parts import Listed, Nothing, Paging, listed
from refill.domain import ids
from refill.domain.errors import Unknown
from refill.domain.icalendar import Entry, write
from refill.queries import accounts
from refill.queries import subscriptions as found
from refill.services import credits
from refill.services.developers import calendar_addresses
from refill.services.money import subscriptions

router = Router(tags=["Subscription"])


class HowMany(BaseModel):
    """How far ahead."""

    count: int = Field(12, ge=1, le=100, description="How many boundaries, 1 to 100.")


def _show(request: ApiRequest) -> Subscription:
    account_id = request.caller.account
    credits.balance(account_id=account_id)
    row = found.latest(account_id)
    if row is None:
        raise Unknown("This account has no subscription.")
    return Subscription.of(row, sees_money=request.caller.sees_money)


@call(router, "GET", "/subscription", "get_subscription", gives=Subscription)
def get_subscription(request: ApiRequest) -> Subscription:
    """The subscription that is, or was last."""
    return _show(request)


@call(router, "GET", "/subscription/periods", "list_periods", gives=Listed[Period])
def list_periods(request: ApiRequest, paging: Query[Paging]) -> Listed[Period]:
    """All periods that have begun, the newest first; they tile."""
    account_id = request.caller.account
    credits.balance(account_id=account_id)
    page = page_of(
        request,
        found.periods(account_id, before=before_of(request, paging.cursor), limit=paging.limit + 1),
        paging.limit,
        lambda row: row.id,
    )
    return listed(Listed[Period], page, Period.of)


@call(
    router, "DELETE", "/subscription/scheduled_change", "undo_scheduled_change", gives=Subscription, refuses=(409,)
)  # fmt: skip
def undo_scheduled_change(request: ApiRequest) -> Subscription:
    """Keep the present plan instead of the scheduled one. Free."""
    subscriptions.undo_scheduled_change(account_id=request.caller.account, actor=request.caller.actor)
    return _show(request)


@call(router, "POST", "/subscription/resume", "resume_subscription", gives=Subscription, refuses=(409,))
def resume_subscription(request: ApiRequest, wanted: Nothing) -> Subscription:
    """Lift a cancellation that has not taken effect. Free."""
    subscriptions.resume(account_id=request.caller.account, actor=request.caller.actor)
    return _show(request)


@call(router, "GET", "/subscription/calendar", "get_calendar", gives=Listed[Boundary])
def get_calendar(request: ApiRequest, ahead: Query[HowMany]) -> Listed[Boundary]:
    """The next boundaries, the soonest first."""
    account_id = request.caller.account
    credits.balance(account_id=account_id)
    return Listed[Boundary](data=[Boundary.of(row) for row in found.calendar(account_id, ahead.count)])


@call(
    router, "POST", "/subscription/calendar/address", "create_calendar_address", gives=CalendarAddress, status=201,
    secret=True,
)  # fmt: skip
def create_calendar_address(request: ApiRequest, wanted: Nothing) -> CalendarAddress:
    """Make a secret address of these boundaries, for calendar programs. One made before is dead.

    Whoever has it reads the dates, without a key, until it is revoked.
    """
    secret = calendar_addresses.make(account_id=request.caller.account, actor=request.caller.actor)
    return CalendarAddress(url=f"{settings.BASE_URL}/v1/calendars/{secret}.ics")


@call(router, "DELETE", "/subscription/calendar/address", "revoke_calendar_address", gives=CalendarAddress)
def revoke_calendar_address(request: ApiRequest) -> CalendarAddress:
    """End the secret address at once."""
    calendar_addresses.revoke(account_id=request.caller.account, actor=request.caller.actor)
    return CalendarAddress(url=None)


def _said(name: str, row: found.BoundaryRow) -> str:
    return f"{name}: the plan ends" if row.price_id is None else f"{name}: {row.credits:,} credits"


def show_calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """GET /v1/calendars/{secret}.ics: no key; the address is the secret. Raises Unknown."""
    account_id = calendar_addresses.account_of(secret[:100])
    name, at = accounts.get(account_id).name, credits.balance(account_id=account_id).at
    entries = [
        Entry(f"{ids.encode('acc', account_id)}-{row.at:%Y%m%d}", row.at, _said(name, row))
        for row in found.calendar(account_id, 12)
    ]
    return HttpResponse(write(f"{name}: resets", entries, at), content_type="text/calendar; charset=utf-8")
