"""Keys of an account (RULES §8)."""

from ninja import Query, Router

from refill.api.callers import ApiRequest, forget
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.developing import ApiKey, ApiKeyIn, LoggedRequest, RequestPaging, RotateIn
from refill.api.shapes.parts import Listed, Paging, listed, number_of
from refill.domain.roles import Role
from refill.gateways import clock
from refill.queries import keys as found
from refill.queries import requests as found_requests
from refill.services.developers import keys

router = Router(tags=["Keys and webhooks"])


@call(router, "GET", "/api_keys", "list_api_keys", gives=Listed[ApiKey])
def list_api_keys(request: ApiRequest, paging: Query[Paging]) -> Listed[ApiKey]:
    """The account's keys, those that have ended too. Never their secrets."""
    account_id = request.caller.account
    rows = found.newest(account_id, now=clock.now(), before=before_of(request, paging.cursor), limit=paging.limit + 1)
    return listed(Listed[ApiKey], page_of(request, rows, paging.limit, lambda row: row.id), ApiKey.of)


@call(router, "POST", "/api_keys", "create_api_key", gives=ApiKey, status=201, refuses=(409,), secret=True)
def create_api_key(request: ApiRequest, wanted: ApiKeyIn) -> ApiKey:
    """Make a key. Its secret is in this answer alone.

    A key is never above its maker's role, and dead when the maker loses it. One that is made by a key belongs to
    whoever made that one, and has no more scopes. At most two of a name live at a time.
    """
    caller = request.caller
    made = keys.make(
        account_id=caller.account, actor=caller.actor, name=wanted.name, role=Role(wanted.role), scopes=wanted.scopes,
        expires_at=wanted.expires_at, by_key=None if caller.is_operator else caller.key_id,
    )  # fmt: skip
    return ApiKey.of(found.get(caller.account, made.id, now=clock.now()), made.secret)


@call(
    router, "POST", "/api_keys/{key_id}/rotate", "rotate_api_key", gives=ApiKey, status=201, refuses=(409,), secret=True
)
def rotate_api_key(request: ApiRequest, key_id: str, wanted: RotateIn) -> ApiKey:
    """Make a second key like this one, which lives on for `overlap_hours`."""
    caller = request.caller
    made = keys.rotate(
        account_id=caller.account, actor=caller.actor, key_id=number_of("key", key_id),
        overlap_hours=wanted.overlap_hours, by_key=None if caller.is_operator else caller.key_id,
    )  # fmt: skip
    forget()
    return ApiKey.of(found.get(caller.account, made.id, now=clock.now()), made.secret)


@call(router, "DELETE", "/api_keys/{key_id}", "revoke_api_key", gives=ApiKey)
def revoke_api_key(request: ApiRequest, key_id: str) -> ApiKey:
    """End a key at once."""
    caller, number = request.caller, number_of("key", key_id)
    keys.revoke(account_id=caller.account, actor=caller.actor, key_id=number)
    forget()
    return ApiKey.of(found.get(caller.account, number, now=clock.now()))


@call(router, "GET", "/requests", "list_requests", gives=Listed[LoggedRequest])
def list_requests(request: ApiRequest, asked: Query[RequestPaging]) -> Listed[LoggedRequest]:
    """Calls of the last 30 days, some seconds after they were answered.

    Spends, holds and balances that went well are counted, a row a minute; all else has a row of its own.
    """
    rows = found_requests.newest(
        request.caller.account, before=before_of(request, asked.cursor), limit=asked.limit + 1, outcome=asked.outcome
    )
    return listed(Listed[LoggedRequest], page_of(request, rows, asked.limit, lambda row: row.id), LoggedRequest.of)
