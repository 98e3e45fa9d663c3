"""One box for everything that somebody may quote: ids, mail addresses, numbers, invoices, provider references."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.models import Account, Charge, HelpThread, Invoice, Membership, Number, User
from refill.queries.ledger import trace
from refill.queries.office.belonging import BESIDE_ACCOUNTS, owners_of

MOST = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, and the page that it leads to: an account (on a local day of its life), a charge, a usage, a
    thread, the catalogue, the policies, or (of a login without an account) nothing."""

    what: str
    words: str
    detail: str
    page: str
    key: str
    on: date | None = None


def search(text: str) -> tuple[Hit, ...]:
    """Return what the text may mean, at most some dozens; nothing for too short a text."""
    plain = " ".join(text.replace("\x00", "").split())[:200]
    if len(plain) < 2:
        return ()
    prefix, _, rest = plain.partition("_")
    if rest and prefix in ids.PREFIXES:
        return _by_id(prefix, plain)
    found = [*_by_provider(plain), *_by_document(plain), *_by_phone(plain), *_by_user(plain), *_by_account(plain)]
    return tuple(dict.fromkeys(found))


def _by_id(prefix: str, text: str) -> tuple[Hit, ...]:
    """What the id names where it has a page of its own, and the account's life at that moment."""
    try:
        numbers = ids.decode(prefix, text, 2 if prefix in ("ent", "use") else 1)
    except ids.UnknownId:
        return ()
    number = numbers[0]
    if prefix == "usr":
        return _users(User.objects.filter(pk=number))
    if prefix in BESIDE_ACCOUNTS:
        return (Hit("Of all accounts", text, "", BESIDE_ACCOUNTS[prefix], text),)
    named: tuple[Hit, ...] = ()
    if prefix == "chg":
        named = _charges(Charge.objects.filter(pk=number), "Charge")
    elif prefix == "ord":
        named = _charges(Charge.objects.filter(order_id=number), "Charge of the order")
    elif prefix == "hlp":
        named = tuple(
            Hit("Conversation", row.user.name, row.channel, "thread", text)
            for row in HelpThread.objects.select_related("user").filter(pk=number)
        )
    elif prefix in ("use", "ent"):
        named = _usage(*numbers)
    owners = owners_of(prefix, numbers, text, MOST)
    return (*named, *(Hit(o.what, o.name, o.status, "account", o.public_id, o.on) for o in owners))


def _usage(account_id: int, seq: int) -> tuple[Hit, ...]:
    """The usage that a movement is part of, or gives back."""
    try:
        entry = trace(account_id, seq).entry
    except Unknown:
        return ()
    code = ids.encode("use", account_id, entry.usage_seq) if entry.usage_seq else ""
    return (Hit("Usage", code, entry.usage_kind or "", "usage", code),) if code else ()


def _by_provider(text: str) -> tuple[Hit, ...]:
    return _charges(Charge.objects.filter(Q(provider_reference=text) | Q(provider_key=text)), "Charge")


def _by_document(text: str) -> tuple[Hit, ...]:
    found = re.fullmatch(r"([A-Za-z]{1,12})-0*(\d{1,18})", text)
    if found is None:
        return ()
    rows = Invoice.objects.filter(series_id=found.group(1).upper(), number=int(found.group(2)))
    return _charges(Charge.objects.filter(order_id__in=rows.values("order_id")), f"Invoice {text.upper()}")


def _by_phone(text: str) -> tuple[Hit, ...]:
    digits = re.sub(r"[\s().\-+]", "", text)
    if not re.fullmatch(r"\d{7,15}", digits):
        return ()
    rows = Number.objects.select_related("account").filter(e164__endswith=digits).order_by("-id")[:MOST]
    return tuple(
        Hit("Number", row.e164, row.account.name, "account", ids.encode("acc", row.account_id)) for row in rows
    )


def _by_user(text: str) -> tuple[Hit, ...]:
    if "@" in text:
        return _users(User.objects.filter(email__istartswith=text))
    return _users(User.objects.filter(Q(name__icontains=text) | Q(email__istartswith=text)))


def _by_account(text: str) -> tuple[Hit, ...]:
    return _accounts(Account.objects.filter(name__icontains=text), "Account")


def _accounts(rows: Any, what: str) -> tuple[Hit, ...]:
    return tuple(
        Hit(what, row.name, row.status, "account", ids.encode("acc", row.pk)) for row in rows.order_by("-id")[:MOST]
    )


def _users(rows: Any) -> tuple[Hit, ...]:
    found: list[Hit] = []
    for user in rows.order_by("-id")[:MOST]:
        places = Membership.objects.select_related("account").filter(user=user).order_by("-removed_at", "-id")[:MOST]
        said = f"{user.name}, {user.email}"
        found += [
            Hit(
                f"{place.role.capitalize()}{' until then' if place.removed_at else ''} of {place.account.name}", said,
                place.account.status, "account", ids.encode("acc", place.account_id),
            )
            for place in places
        ] or [Hit("Login without an account", said, "", "", "")]  # fmt: skip
    return tuple(found)


def _charges(rows: Any, what: str) -> tuple[Hit, ...]:
    found = rows.select_related("account").order_by("-id")[:MOST]
    return tuple(
        Hit(what, ids.encode("chg", row.pk), f"{row.state}, {row.account.name}", "charge", ids.encode("chg", row.pk))
        for row in found
    )
