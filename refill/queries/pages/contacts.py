"""Whom an account texts with, by name: those with whom the member who looks may see a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from refill.domain import ids
from refill.models import Contact, OptOut
from refill.queries.pages.conversations import visible
from refill.queries.pages.visits import Place

PER_PAGE = 50
LEAST_DIGITS = 3
_NAMELESS_LAST = Case(When(name="", then=Value(1)), default=Value(0))


@dataclass(frozen=True, slots=True)
class Person:
    """A contact in the list; `talk` and `last_at` are of the newest conversation with them."""

    e164: str
    name: str
    talk: str
    last_at: datetime
    has_stopped: bool


def people(place: Place, *, asked: str, page: int) -> tuple[Person, ...]:
    """Return one page of contacts and one more: by name, then those that have none, by number. `asked` is a part of a
    name, or at least three digits of a number. Who was forgotten is left out."""
    rows = Contact.objects.filter(account_id=place.account_id, e164__startswith="+")
    rows = rows.filter(pk__in=visible(place).order_by().values("contact_id"))
    if asked:
        rows = rows.filter(_fits(asked))
    found = list(rows.order_by(_NAMELESS_LAST, Lower("name"), "e164")[page * PER_PAGE : (page + 1) * PER_PAGE + 1])
    newest = _newest(place, found)
    stopped = set(_stopped(place.account_id, found).values_list("e164", flat=True))
    return tuple(
        Person(row.e164, row.name, ids.encode("cnv", newest[row.pk][0]), newest[row.pk][1], row.e164 in stopped)
        for row in found
    )


def _fits(asked: str) -> Q:
    digits = "".join(sign for sign in asked if sign in "0123456789")
    by_number = Q(e164__contains=digits) if len(digits) >= LEAST_DIGITS else Q(pk__in=())
    return Q(name__icontains=asked) | by_number


def _newest(place: Place, found: list[Contact]) -> dict[int, tuple[int, datetime]]:
    rows = visible(place).filter(contact_id__in=[row.pk for row in found])
    rows = rows.order_by("contact_id", "-last_at", "-pk").distinct("contact_id")
    return {who: (pk, at) for who, pk, at in rows.values_list("contact_id", "pk", "last_at")}


def _stopped(account_id: int, found: list[Contact]) -> QuerySet[OptOut]:
    return OptOut.objects.filter(account_id=account_id, e164__in=[row.e164 for row in found], lifted_at=None)
