"""Setting credits aside, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable

from refill.api.access import TABLE
from refill.api.callers import ApiRequest, identify
from refill.api.hot.reading import decoder_of, only_post, read, write
from refill.api.idempotency import once, read_key
from refill.api.shapes.parts import number_of
from refill.api.wire import Answer, Reply
from refill.domain import ids
from refill.domain.records import HoldEnd
from refill.lane.keys import fingerprint_number
from refill.lane.shapes import Capture, Hold, HoldEnded, HoldMade, Nothing
from refill.queries import holds
from refill.services import credits

_hold = decoder_of(Hold)
_capture = decoder_of(Capture)
_nothing = decoder_of(Nothing)


def create_hold(request: ApiRequest) -> Answer:
    """Set credits aside (RULES §2.3, §2.4)."""
    request.caller = caller = identify(request, TABLE["create_hold"], recent=True)
    key = read_key(request, "required")
    wanted = read(request, _hold)
    held = credits.hold(
        account_id=caller.account, credits=wanted.credits, key=key, reference=wanted.reference,
        fingerprint=fingerprint_number("POST", "/v1/holds", wanted), expires_in_seconds=wanted.expires_in,
    )  # fmt: skip
    found = holds.get(caller.account, held.hold_id)
    # As it was when it was made: a replay gives the first answer again, whatever became of the hold.
    made = HoldMade(
        id=ids.encode("hold", found.id), state="open", credits=found.credits, captured=0, expires_at=found.expires_at,
        reference=found.reference, created_at=found.created_at, balance=held.balance,
    )  # fmt: skip
    return write(made, 201, replayed=held.replayed)


def capture_hold(request: ApiRequest, hold_id: str) -> Reply:
    """Use what is held, or a part of it; the rest is released (RULES §2.8)."""
    only_post(request)
    request.caller = caller = identify(request, TABLE["capture_hold"], recent=True)
    key = read_key(request, "required")
    wanted = read(request, _capture)
    number = number_of("hold", hold_id)
    return _end(
        request,
        key,
        wanted,
        lambda: credits.capture(account_id=caller.account, hold_id=number, credits=wanted.credits),
    )


def release_hold(request: ApiRequest, hold_id: str) -> Reply:
    """Give back what is held (RULES §2.8)."""
    only_post(request)
    request.caller = caller = identify(request, TABLE["release_hold"], recent=True)
    key = read_key(request, "required")
    wanted = read(request, _nothing)
    number = number_of("hold", hold_id)
    return _end(request, key, wanted, lambda: credits.release(account_id=caller.account, hold_id=number))


def _end(request: ApiRequest, key: str | None, wanted: object, end: Callable[[], HoldEnd]) -> Reply:
    def act() -> Answer:
        ended = end()
        usage = None if ended.seq is None else ids.encode("use", request.caller.account, ended.seq)
        hold = ids.encode("hold", ended.hold_id)
        return write(HoldEnded(hold, ended.state, ended.captured, usage, ended.balance), 200)

    return once(request, request.caller, key, wanted, act)
