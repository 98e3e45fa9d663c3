"""Entries and their traces, holds to look at, and grants of the operator."""

from ninja import Query, Router
from pydantic import Field

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.ledger import Entry, EntryKind, Grant, GrantIn, HoldOut, Why
from refill.api.shapes.parts import InstantIn, Listed, Paging, listed, number_of, number_or_none
from refill.domain import ids
from refill.domain.errors import Forbidden, Unknown
from refill.domain.roles import Right, Scope, scope_of
from refill.queries import holds
from refill.queries import ledger as found
from refill.services import credits

router = Router(tags=["Credits"])


class LedgerPaging(Paging):
    """Which entries; all filters must fit."""

    from_: InstantIn | None = Field(None, alias="from", description="Entries at or after this instant.")
    to: InstantIn | None = Field(None, description="Entries before this instant.")
    kind: EntryKind | None = None
    grant: str | None = Field(None, max_length=64)
    inbox: str | None = Field(None, max_length=64)
    number: str | None = Field(None, max_length=64)
    member: str | None = Field(None, max_length=64)


def demand_whole_statement(request: ApiRequest) -> None:
    """A key is nobody's own, so a role that sees only its own movements sees none by it (RULES §8)."""
    role = request.caller.role
    if role is not None and scope_of(role, Right.STATEMENT) is not Scope.ALL:
        raise Forbidden("A key with this role may not read the whole ledger.")


@call(router, "GET", "/ledger", "list_ledger", gives=Listed[Entry])
def list_ledger(request: ApiRequest, asked: Query[LedgerPaging]) -> Listed[Entry]:
    """Every movement of credits, the newest first. The sum of all `credits` is what is available."""
    demand_whole_statement(request)
    wanted = found.EntryFilter(
        starts_at=asked.from_, ends_at=asked.to, kind=asked.kind, grant_id=number_or_none("gra", asked.grant, "grant"),
        inbox_id=number_or_none("inb", asked.inbox, "inbox"), number_id=number_or_none("num", asked.number, "number"),
        member_id=number_or_none("mem", asked.member, "member"),
    )  # fmt: skip
    account_id = request.caller.account
    credits.balance(account_id=account_id)
    rows = found.entries(account_id, wanted, before=before_of(request, asked.cursor), limit=asked.limit + 1)
    page = page_of(request, rows, asked.limit, lambda row: row.seq)
    return listed(Listed[Entry], page, Entry.of)


@call(router, "GET", "/ledger/{entry_id}/why", "explain_entry", gives=Why)
def explain_entry(request: ApiRequest, entry_id: str) -> Why:
    """The trace of one movement: which grants, in which order, and what was undone since."""
    demand_whole_statement(request)
    try:
        account_id, seq = ids.decode("ent", entry_id, 2)
    except ids.UnknownId:
        raise Unknown("There is no such entry in this account.") from None
    if account_id != request.caller.account:
        raise Unknown("There is no such entry in this account.")
    return Why.of(found.trace(account_id, seq))


@call(router, "GET", "/holds", "list_holds", gives=Listed[HoldOut])
def list_holds(request: ApiRequest, paging: Query[Paging]) -> Listed[HoldOut]:
    """Holds, open and ended."""
    account_id = request.caller.account
    credits.balance(account_id=account_id)
    page = page_of(
        request,
        holds.newest(account_id, before=before_of(request, paging.cursor), limit=paging.limit + 1),
        paging.limit,
        lambda row: row.id,
    )
    return listed(Listed[HoldOut], page, HoldOut.of)


@call(router, "GET", "/holds/{hold_id}", "get_hold", gives=HoldOut)
def get_hold(request: ApiRequest, hold_id: str) -> HoldOut:
    """One hold and what became of it."""
    account_id, number = request.caller.account, number_of("hold", hold_id)
    credits.balance(account_id=account_id)
    return HoldOut.of(holds.get(account_id, number))


def _grant(request: ApiRequest, grant_id: int) -> Grant:
    return Grant.of(found.grant(request.caller.account, grant_id))


@call(router, "POST", "/grants", "create_grant", gives=Grant, status=201, refuses=(409,), shows=_grant)
def create_grant(request: ApiRequest, wanted: GrantIn) -> Grant:
    """Give credits: a promotion or an adjustment, with or without an end."""
    caller = request.caller
    made = credits.grant(
        account_id=caller.account, actor=caller.actor, credits=wanted.credits, source=wanted.source,
        starts_at=wanted.starts_at, ends_at=wanted.ends_at, reason=wanted.reason,
    )  # fmt: skip
    return _grant(request, made)
