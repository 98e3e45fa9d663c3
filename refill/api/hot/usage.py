"""Spending, and giving back."""

from __future__ import annotations

from refill.api.access import TABLE
from refill.api.callers import ApiRequest, identify
from refill.api.hot.reading import decoder_of, only_post, read, write
from refill.api.idempotency import once, read_key
from refill.api.shapes.parts import number_of
from refill.api.wire import Answer, Reply
from refill.domain import ids
from refill.domain.card_numbers import has_card_number
from refill.domain.errors import Invalid, Unknown
from refill.lane.keys import fingerprint_number
from refill.lane.shapes import Reverse, Reversed, Taken, Usage, UsageMade
from refill.queries import ledger, people, places
from refill.services import credits

PATH = "/v1/usage"
_usage = decoder_of(Usage)
_reverse = decoder_of(Reverse)


def create_usage(request: ApiRequest) -> Answer:
    """Spend credits (RULES §2.3, §2.4). The key lives in the ledger, so a replay costs one look there."""
    request.caller = caller = identify(request, TABLE["create_usage"], recent=True, ask_mode=False)
    account_id = caller.account
    key = read_key(request, "required")
    wanted = read(request, _usage)
    spent = credits.spend(
        account_id=account_id, credits=wanted.credits, key=key, kind=wanted.kind, reference=wanted.reference,
        fingerprint=fingerprint_number("POST", PATH, wanted), member_id=_member(account_id, wanted.member),
        inbox_id=_inbox(account_id, wanted.inbox), number_id=_number(account_id, wanted.number),
        parts=wanted.parts, metadata=wanted.metadata, livemode=caller.livemode,
    )  # fmt: skip
    made = UsageMade(
        ids.encode("use", account_id, spent.seq),
        spent.credits,
        spent.balance,
        [Taken(ids.encode("gra", grant), amount) for grant, amount in spent.taken],
    )
    return write(made, 201, replayed=spent.replayed)


def _member(account_id: int, text: str | None) -> int | None:
    if text is None:
        return None
    member_id = number_of("mem", text, "member")
    people.demand_member(account_id, member_id)
    return member_id


def _inbox(account_id: int, text: str | None) -> int | None:
    if text is None:
        return None
    inbox_id = number_of("inb", text, "inbox")
    places.demand_inbox(account_id, inbox_id)
    return inbox_id


def _number(account_id: int, text: str | None) -> int | None:
    if text is None:
        return None
    number_id = number_of("num", text, "number")
    places.demand_number(account_id, number_id)
    return number_id


def reverse_usage(request: ApiRequest, usage_id: str) -> Reply:
    """Give credits of a spend back (RULES §2.9)."""
    only_post(request)
    request.caller = caller = identify(request, TABLE["reverse_usage"])
    key = read_key(request, "required")
    wanted = read(request, _reverse)
    if has_card_number(wanted.reason):
        raise Invalid("This looks like a card number. Take it out.", param="reason")
    account_id, seq = _movement(usage_id)
    if account_id != caller.account:
        raise Unknown("There is no such usage in this account.")

    def act() -> Answer:
        back = credits.reverse(
            account_id=account_id, seq=seq, credits=wanted.credits, reason=wanted.reason, actor=caller.actor
        )
        return said(back.seq, back.credits, back.balance)

    def show(first: int) -> Answer:
        return said(first, ledger.given_back(account_id, first), credits.balance(account_id=account_id).available)

    def said(first: int, given: int, balance: int) -> Answer:
        return write(Reversed(ids.encode("ent", account_id, first), usage_id, given, balance), 200)

    return once(request, caller, key, wanted, act, show)


def _movement(usage_id: str) -> tuple[int, int]:
    try:
        account_id, seq = ids.decode("use", usage_id, 2)
    except ids.UnknownId:
        raise Unknown("There is no such usage in this account.") from None
    return account_id, seq
