"""What an account used, one by one, as the office gives it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from refill.domain import ids
from refill.domain.calendars import day_start
from refill.models import Entry
from refill.queries.pages.movements import Filters, Movement, movement_group, movements
from refill.queries.pages.use import first_from

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Usage:
    """One spend or capture: an entry for each grant that it drew on, what of it was given back, and whether it paid for
    a text, whose credits the product alone gives back."""

    rows: tuple[Movement, ...]
    given_back: int
    is_of_a_text: bool

    @property
    def head(self) -> Movement:
        return self.rows[0]

    @property
    def used(self) -> int:
        return sum(row.used for row in self.rows)

    @property
    def left(self) -> int:
        """What can still be given back."""
        return self.used - self.given_back

    @property
    def public_id(self) -> str:
        return ids.encode("use", self.head.account_id, self.head.seq)


def usage(account_id: int, seq: int) -> Usage | None:
    """Return the usage that begins with this entry, or nothing."""
    rows = movement_group(account_id, seq)
    if not rows or rows[0].kind not in ("spend", "capture") or rows[0].first_seq != seq:
        return None
    own = Entry.objects.filter(account_id=account_id)
    back = own.filter(kind="reverse", corrects_seq__in=[row.seq for row in rows]).aggregate(sum=Sum("credits"))["sum"]
    return Usage(rows, back or 0, own.filter(seq=seq, message_id__isnull=False).exists())


def usages(
    account_id: int, zone: str, day: date, kind: str, before: int | None
) -> tuple[tuple[Movement, ...], int | None]:
    """Return what was used on a local day, newest first, and where the next page begins."""
    starts_at = day_start(day, zone)
    ends_at = day_start(day + timedelta(days=1), zone)
    first, last = first_from(account_id, starts_at), first_from(account_id, ends_at)
    filters = Filters(first, last, family="used", usage=kind)
    found = movements(account_id, filters, before=before, limit=PER_PAGE + 1)
    return found[:PER_PAGE], found[PER_PAGE - 1].seq if len(found) > PER_PAGE else None
