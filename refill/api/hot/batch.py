"""Many spends in one call."""

from __future__ import annotations

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
        results = [
            _result(account_id, item.key, status, seq)
            for item, (status, seq) in zip(items, outcome.results, strict=True)
        ]
        return write(BatchMade(outcome.balance, results), 201)

    return once(request, caller, key, wanted, act)


def _items(wanted: Batch) -> list[BatchItem]:
    """An item's fingerprint is that of the same spend made alone: keys of both share one namespace (RULES §2.4)."""
    return [
        BatchItem(
            key=plain_key(item.key, f"items[{at}].key"),
            fingerprint=fingerprint_number("POST", PATH, Usage(item.credits, item.kind, item.reference)),
            credits=item.credits,
            kind=item.kind,
            reference=item.reference,
        )
        for at, item in enumerate(wanted.items)
    ]


def _result(account_id: int, key: str, status: str, seq: int | None) -> BatchResult:
    code = _REFUSED.get(status)
    if code is not None or seq is None:
        return BatchResult(key, "refused", None, code)
    return BatchResult(key, "replayed" if status == "replayed" else "spent", ids.encode("use", account_id, seq), None)
