"""POST /v1/usage: the ordinary spend."""

from __future__ import annotations

import json

import msgspec

from refill.domain import ids
from refill.domain.errors import Invalid
from refill.domain.records import KeyFacts
from refill.domain.roles import Right
from refill.lane.callers import Need, account_of
from refill.lane.keys import fingerprint_number, plain_key
from refill.lane.shapes import Taken, Usage, UsageMade
from refill.lane.together import Together
from refill.ledger.together import Wanted

PATH = "/v1/usage"
NEED = Need(Right.SEND, "send")
_decode = msgspec.json.Decoder(Usage).decode
_encode = msgspec.json.Encoder().encode


def read(facts: KeyFacts, named: str | None, key: str | None, body: bytes) -> Wanted | None:
    """The spend that is asked for; None where the plain path must say what is wrong with it."""
    account_id = account_of(facts, named)
    if account_id is None or key is None or b"\\u0000" in body:
        return None
    try:
        usage = _decode(body)
        return Wanted(
            account_id=account_id, credits=usage.credits, key=plain_key(key, ""), kind=usage.kind,
            fingerprint=fingerprint_number("POST", PATH, usage), reference=usage.reference,
            member_id=_number("mem", usage.member), inbox_id=_number("inb", usage.inbox),
            number_id=_number("num", usage.number), parts=usage.parts, livemode=facts.livemode,
            metadata=None if usage.metadata is None else json.dumps(usage.metadata),
        )  # fmt: skip
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Invalid, ids.UnknownId):
        return None


def _number(prefix: str, text: str | None) -> int | None:
    return None if text is None else ids.decode(prefix, text)[0]


async def spend(together: Together, wanted: Wanted) -> bytes | None:
    """Spend, and say so. None: the plain path must."""
    done = await together.spend(wanted)
    if done is None or done.seq is None:
        return None
    taken = [Taken(ids.encode("gra", done.grant_id), wanted.credits)]
    return _encode(UsageMade(ids.encode("use", wanted.account_id, done.seq), wanted.credits, done.balance, taken))
