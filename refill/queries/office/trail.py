"""Rows of the audit trail with the names of what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from refill.domain import ids
from refill.models import ApiKey, AuditRow, Broadcast, Inbox, Invitation, Membership, Number, Price, WebhookEndpoint

_NAMES: dict[str, tuple[Any, str]] = {
    "mem": (Membership, "user__name"), "ivt": (Invitation, "email"), "inb": (Inbox, "name"), "num": (Number, "e164"),
    "key": (ApiKey, "name"), "whe": (WebhookEndpoint, "url"), "bro": (Broadcast, "name"),
}  # fmt: skip
# Rows whose subject is a bare number.
_BARE = {"member": "mem", "broadcast": "bro", "webhook": "whe"}


def told(account_id: int, rows: Sequence[AuditRow]) -> list[tuple[AuditRow, dict[str, Any]]]:
    """Return the rows with their facts; `about` and `plan` are names, empty where there is none or it is gone."""
    names, plans = _names(account_id, rows), _plans(rows)
    return [
        (
            row,
            {
                "action": row.action, "actor": row.actor, "subject": row.subject, "before": row.before,
                "after": row.after, "about": names.get(_named(row), ""), "plan": plans.get(_price(row), ""),
            },
        )
        for row in rows
    ]  # fmt: skip


def _names(account_id: int, rows: Iterable[AuditRow]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    for prefix, number in map(_named, rows):
        if prefix in _NAMES:
            wanted.setdefault(prefix, set()).add(number)
    found = {}
    for prefix, numbers in wanted.items():
        model, name = _NAMES[prefix]
        kept = model.objects.filter(account_id=account_id, pk__in=numbers).values_list("pk", name)
        found.update({(prefix, pk): said for pk, said in kept})
    return found


def _plans(rows: Iterable[AuditRow]) -> dict[int, str]:
    """Growth 1,000; Growth 12,000 a year."""
    prices = Price.objects.filter(pk__in=filter(None, map(_price, rows)))
    kept = prices.values_list("pk", "plan__name", "credits", "interval")
    return {pk: f"{name} {credits:,}{' a year' if interval == 'year' else ''}" for pk, name, credits, interval in kept}


def _named(row: AuditRow) -> tuple[str, int]:
    if row.subject.isdecimal():
        return _BARE.get(row.action.partition(".")[0], ""), int(row.subject)
    prefix = row.subject.partition("_")[0]
    try:
        return prefix, ids.decode(prefix, row.subject)[0]
    except ValueError:
        return "", 0


def _price(row: AuditRow) -> int:
    if row.action == "subscription.change_undone":
        return int(row.before or 0)
    return int(row.after.get("price") or 0) if row.action.startswith("order.") and row.after else 0
