"""Many spends in one call."""

from __future__ import annotations

import re
from collections.abc import Callable

from refill.api.access import TABLE
from refill.api.callers import ApiRequest, identify
from refill.api.hot.reading import decoder_of, read, write
from refill.api.hot.usage import PATH
from refill.api.idempotency import once, read_key
from refill.api.wire import Answer, Reply
from refill.domain import ids
from refill.domain.records import BatchItem
from refill.lane.keys import fingerprint_number, plain_key
from refill.lane.shapes import Batch, BatchMade, BatchResult, Usage
from refill.services import credits

_batch = decoder_of(Batch)
# Needs no unquoting; what else a key may be is said by plain_key.
_PLAIN = re.compile(r"[\x21\x23-\x7e][\x20-\x7e]{0,253}[\x21\x23-\x7e]")
_REFUSED = {"mismatch": "idempotency_mismatch", "insufficient": "insufficient_credits"}


def create_usage_batch(request: ApiRequest) -> Reply:
    """Spend for each item under its own key; the whole call has a key too, whose answer is kept."""
    request.caller = caller = identify(request, TABLE["create_usage_batch"], recent=True)
    account_id = caller.account
    key = read_key(request, "required")
    wanted = read(request, _batch)
    items = _items(wanted)

    def act() -> Answer:
        outcome = credits.spend_batch(account_id=account_id, items=items, mode=wanted.mode)
        name = ids.encoder("use", account_id)
        results = [
            BatchResult(item.key, "spent", name(seq), None) if status == "spent" and seq is not None
            else _other(name, item.key, status, seq)
            for item, (status, seq) in zip(items, outcome.results, strict=True)
        ]  # fmt: skip
        return write(BatchMade(outcome.balance, results), 201)

    return once(request, caller, key, wanted, act)


def _items(wanted: Batch) -> list[BatchItem]:
    """An item's fingerprint is that of the same spend made alone: keys of both share one namespace (RULES §2.4)."""
    marks: dict[tuple[int, str, str | None], int] = {}
    found = []
    for at, item in enumerate(wanted.items):
        content = item.credits, item.kind, item.reference
        mark = marks.get(content)
        if mark is None:
            mark = marks[content] = fingerprint_number("POST", PATH, Usage(*content))
        # The place is written out only for a key that is refused.
        key = item.key if _PLAIN.fullmatch(item.key) else plain_key(item.key, f"items[{at}].key")
        found.append(BatchItem(key, mark, *content))
    return found


def _other(name: Callable[[int], str], key: str, status: str, seq: int | None) -> BatchResult:
    code = _REFUSED.get(status)
    if code is not None or seq is None:
        return BatchResult(key, "refused", None, code)
    return BatchResult(key, "replayed", name(seq), None)
