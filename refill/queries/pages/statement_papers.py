"""The statement of a stretch of time as data, as CSV and as words to print: one reading, so the totals agree."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from refill.domain import ids
from refill.domain.cells import plain
from refill.domain.errors import Invalid
from refill.models import Account
from refill.queries.pages import use
from refill.queries.pages.movements import Filters, Movement, balance_before, each, last_seq, sums

MOST_ROWS, ROWS_AT_ONCE = 50_000, 500
COLUMNS = (
    "id", "at_utc", "kind", "credits", "held", "balance_after", "grant", "source", "usage", "parts", "reference",
    "member", "reason", "actor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """[starts_at, ends_at), the oldest movement first; closing = opening + added − used − ended − set_aside.
    `rows` are read while they are gone through, once.

    Of one that is narrowed to some movements (not `is_whole`) opening and closing say nothing, and are not shown.
    """

    account_id: int
    account_name: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    opening: int
    added: int
    used: int
    ended: int
    set_aside: int
    closing: int
    rows: Iterable[Movement]
    is_whole: bool = True


def statement(
    account_id: int, starts_at: datetime, ends_at: datetime, *, most: int = MOST_ROWS, narrowed: Filters | None = None
) -> Statement:
    """Raises Invalid where it begins after its end, or has more than `most` movements."""
    if starts_at >= ends_at:
        raise Invalid("A statement begins before it ends.", param="from")
    account = Account.objects.get(pk=account_id)
    first = use.first_from(account_id, starts_at)
    last = min(use.first_from(account_id, ends_at), last_seq(account_id) + 1)
    wanted = replace(narrowed or Filters(first, last), first=first, last=last)
    total = sums(account_id, wanted)
    if total.count > most:
        raise Invalid(f"{total.count:,} movements: at most {most:,} in one statement. Narrow the dates.", param="from")
    rows = each(account_id, wanted)
    opening = balance_before(account_id, first)
    return Statement(
        account_id, account.name, account.timezone, starts_at, ends_at, opening, total.added, total.used, total.ended,
        total.set_aside, opening + total.net, rows, wanted == Filters(first, last),
    )  # fmt: skip


def as_json(row: Statement) -> Iterator[str]:
    """The JSON file, and the API's answer, in pieces."""
    head = {
        "account": ids.encode("acc", row.account_id), "starts_at": _utc(row.starts_at), "ends_at": _utc(row.ends_at),
        **({"opening": row.opening} if row.is_whole else {}), "added": row.added, "used": row.used, "ended": row.ended,
        "set_aside": row.set_aside, **({"closing": row.closing} if row.is_whole else {}),
    }  # fmt: skip
    before = f'{_dumps(head)[:-1]},"movements":['
    rows = iter(row.rows)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield before + ",".join(_dumps(_told(one)) for one in some)
        before = ","
    yield f"{'' if before == ',' else before}]}}"


def _told(one: Movement) -> dict[str, Any]:
    return {
        "id": one.public_id, "at": _utc(one.at), "kind": one.kind, "credits": one.credits, "held": one.held,
        "balance_after": one.balance_after, "grant": ids.encode("gra", one.grant_id) if one.grant_id else None,
        "source": one.source, "usage": one.usage_kind, "parts": one.parts, "reference": one.reference,
        "member": ids.encode("mem", one.member_id) if one.member_id else None, "reason": one.reason,
        "actor": one.actor,
    }  # fmt: skip


def _dumps(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_csv(row: Statement) -> Iterator[str]:
    """Opening, each movement, closing, in pieces. Words of others never start a formula in a spreadsheet."""
    yield _lines([COLUMNS, ["", _utc(row.starts_at), "opening", "", "", row.opening]])
    rows = iter(row.rows)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield _lines(
            [
                one.public_id, _utc(one.at), one.kind, one.credits, one.held, one.balance_after,
                ids.encode("gra", one.grant_id) if one.grant_id else "", one.source or "", one.usage_kind or "",
                one.parts or "", plain(one.reference), ids.encode("mem", one.member_id) if one.member_id else "",
                plain(one.reason), plain(one.actor),
            ]
            for one in some
        )  # fmt: skip
    yield _lines([["", _utc(row.ends_at), "closing", "", "", row.closing]])


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def printed(row: Statement) -> dict[str, Any]:
    """The words of the PDF; it computes nothing."""
    zone = ZoneInfo(row.zone)
    day = row.ends_at.astimezone(zone)
    return {
        "title": "Statement of credits", "name": row.account_name, "year": day.year, "month": day.month,
        "day": day.day,
        "facts": [
            ["Account", row.account_name], ["From", _moment(row.starts_at, zone)], ["To", _moment(row.ends_at, zone)],
        ],
        "sums": [
            *([["Opening balance", f"{row.opening:,}"]] if row.is_whole else []),
            ["Added", f"+{row.added:,}"], ["Used", f"−{row.used:,}"],
            ["Ended", f"−{row.ended:,}"], *([["Set aside", f"−{row.set_aside:,}"]] if row.set_aside else []),
        ],
        "total": (
            ["Closing balance", f"{row.closing:,}"]
            if row.is_whole
            else ["Together, of the movements chosen", f"{row.closing - row.opening:+,}".replace("-", "−")]
        ),
        "rows": [
            [_moment(one.at, zone), _what(one), f"{one.credits:+,}".replace("-", "−"), f"{one.balance_after:,}"]
            for one in row.rows
        ],
    }  # fmt: skip


def _what(one: Movement) -> str:
    parts = [one.kind, one.usage_kind or one.source or "", one.reference or "", one.reason or ""]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
