"""What an account may take along: everything of its own, table by table, read a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from refill.domain import ids
from refill.domain.documents import document_name
from refill.models import (
    Account,
    AuditRow,
    Contact,
    CreditNote,
    Entry,
    Inbox,
    Invoice,
    Membership,
    Message,
    Number,
    OptOut,
)

AT_ONCE = 1_000
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns, and its rows, oldest first. Cells are texts, numbers, instants, JSON or nothing."""

    name: str
    head: tuple[str, ...]
    rows: Iterator[Row]


def tables(account_id: int) -> Iterator[Table]:
    """All tables of an account. Texts that came in at zero and are not shown yet are not in them (RULES §6.3)."""
    for name, (head, read) in _TABLES.items():
        yield Table(name, tuple(head.split()), read(account_id))


def _own(model: Any, account_id: int, *columns: str, order: str = "pk") -> Iterator[Row]:
    rows: Iterator[Row] = model.objects.filter(account_id=account_id).order_by(order).values_list(*columns).iterator(
        chunk_size=AT_ONCE
    )  # fmt: skip
    return rows


def _account(account_id: int) -> Iterator[Row]:
    row = Account.objects.get(pk=account_id)
    yield ids.encode("acc", row.pk), row.name, row.timezone, row.currency, row.status, row.created_at


def _members(account_id: int) -> Iterator[Row]:
    columns = ("pk", "user__name", "user__email", "role", "created_at", "removed_at")
    return ((ids.encode("mem", row[0]), *row[1:]) for row in _own(Membership, account_id, *columns))


def _contacts(account_id: int) -> Iterator[Row]:
    stopped = OptOut.objects.filter(account_id=account_id, lifted_at=None)
    since = dict(stopped.values_list("e164", "at"))
    return ((*row, since.get(row[0])) for row in _own(Contact, account_id, "e164", "name", "created_at"))


def _places(model: Any, prefix: str, *columns: str) -> Any:
    def read(account_id: int) -> Iterator[Row]:
        return ((ids.encode(prefix, row[0]), *row[1:]) for row in _own(model, account_id, "pk", *columns))

    return read


def _texts(account_id: int) -> Iterator[Row]:
    columns = (
        "pk", "created_at", "direction", "number__e164", "conversation__contact__e164", "body", "media", "state",
        "code", "parts", "charged", "member_id", "broadcast_id", "step",
    )  # fmt: skip
    for row in _own(Message, account_id, *columns):
        if row[-1] != Message.Step.HIDDEN:
            member, broadcast = row[11], row[12]
            yield (
                ids.encode("msg", row[0]), *row[1:11], ids.encode("mem", member) if member else None,
                ids.encode("bro", broadcast) if broadcast else None,
            )  # fmt: skip


def _statement(account_id: int) -> Iterator[Row]:
    columns = (
        "seq", "at", "kind", "credits", "held", "balance_after", "grant_id", "usage_kind", "reference", "parts",
        "message_id", "reason", "actor",
    )  # fmt: skip
    for row in _own(Entry, account_id, *columns, order="seq"):
        yield (
            ids.encode("ent", account_id, row[0]), *row[1:6], ids.encode("gra", row[6]) if row[6] else None, *row[7:10],
            ids.encode("msg", row[10]) if row[10] else None, *row[11:],
        )  # fmt: skip


def _documents(model: Any, prefix: str) -> Any:
    columns = ("pk", "series_id", "number", "finalized_at", "subtotal_minor", "tax_minor", "total_minor", "currency",
               "lines")  # fmt: skip

    def read(account_id: int) -> Iterator[Row]:
        for row in _own(model, account_id, *columns):
            yield (ids.encode(prefix, row[0]), document_name(row[1], row[2]), *row[3:])

    return read


def _audit(account_id: int) -> Iterator[Row]:
    return _own(AuditRow, account_id, "at", "actor", "action", "subject", "before", "after")


_DOCUMENT = "id name at_utc subtotal_minor tax_minor total_minor currency lines"
_TABLES: dict[str, tuple[str, Any]] = {
    "account": ("id name time_zone currency status since_utc", _account),
    "members": ("id name email role since_utc removed_utc", _members),
    "inboxes": ("id name since_utc removed_utc", _places(Inbox, "inb", "name", "created_at", "removed_at")),
    "numbers": ("id number name since_utc deleted_utc",
                _places(Number, "num", "e164", "name", "bought_at", "removed_at")),
    "contacts": ("number name since_utc stopped_utc", _contacts),
    "texts": ("id at_utc direction own_number their_number body media state code parts credits member broadcast",
              _texts),
    "statement": ("id at_utc kind credits held balance_after grant usage reference parts text reason actor",
                  _statement),
    "invoices": (_DOCUMENT, _documents(Invoice, "inv")),
    "credit_notes": (_DOCUMENT, _documents(CreditNote, "cn")),
    "audit": ("at_utc actor action subject before after", _audit),
}  # fmt: skip
