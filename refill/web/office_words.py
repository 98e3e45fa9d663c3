"""An account's life in sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from refill.domain.calendars import wall_of
from refill.queries.office.life import Item
from refill.web import formats, wording

FAMILIES = {
    "money": "Money", "credits": "Credits", "roles": "People and roles", "mails": "Mails", "texts": "Texts",
    "chat": "Help", "office": "Office", "other": "Other",
}  # fmt: skip
ORDERS = {
    "change_plan": "plan change", "buy_credits": "credits bought", "add_number": "phone number", "add_seats": "seats",
    "renewal": "renewal", "recharge": "auto-recharge", "start": "start of the plan", "pay_overdue": "overdue payment",
    "reactivate": "coming back", "cancel": "cancellation", "remove_add_on": "removal",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page. `on`: the account's local day, by which a search leads here."""

    at: datetime
    on: date
    family: str
    words: str
    detail: str
    amount: str
    page: str
    key: str


def line(item: Item, currency: str, names: dict[str, str], zone: str) -> Line:
    """Say an item. `names` are the names behind the actors' labels."""
    words, detail, amount = _SAY[item.kind](item.facts, currency, names)
    on = wall_of(item.at, zone).date()
    return Line(item.at, on, FAMILIES[item.family], words, detail, amount, item.page, item.key)


_Said = tuple[str, str, str]
_Facts = dict[str, Any]


def _money(facts: _Facts) -> str:
    return formats.money(facts["amount_minor"], facts["currency"])


def _charge(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    said = f"Charge {facts['state']}: {ORDERS.get(facts['order'], facts['order'])}"
    detail = facts["card"] + (f", {facts['code']}" if facts["code"] else "")
    if facts["refunded_minor"]:
        detail += f", {formats.money(facts['refunded_minor'], facts['currency'])} given back"
    return said, detail, _money(facts)


def _invoice(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"Invoice {facts['name']}", facts["state"], _money(facts)


def _credit_note(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"Credit note {facts['name']}", "", _money(facts)


def _refund(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"Refund, {facts['why']}’s wish", _by(facts["actor"], names) + f" {facts['note']}", _money(facts)


def _dispute(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"Dispute, {facts['state']}", facts["reference"], _money(facts)


def _decision(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    said = "Auto-recharge fired" if facts["reason"] == "fired" else f"No auto-recharge: {facts['reason']}"
    below = f"{formats.number(facts['available'])} left, below {formats.number(facts['threshold'])}"
    return said.replace("_", " "), below, _money(facts) if facts["packs"] else ""


def _used(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    usage = wording.USAGE.get(facts["usage"], "Other").lower()
    return f"Used: {formats.number(facts['count'])} × {usage}", "all of the day", formats.signed(-facts["credits"])


def _moved(kind: str) -> Any:
    def say(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
        said = wording.movement(kind, facts["source"], None, None)
        detail = f"{formats.number(facts['after'])} after it"
        if facts["reason"]:
            detail += f". {facts['reason']}"
        if facts["actor"]:
            detail += f", {_by(facts['actor'], names)}"
        return said, detail, formats.signed(facts["credits"])

    return say


def _deed(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    thing, _, deed = facts["action"].partition(".")
    said = f"{thing} {deed}".replace("_", " ")
    change = [_short(facts[side]) for side in ("before", "after") if facts[side] is not None]
    return said[0].upper() + said[1:], f"{_by(facts['actor'], names)} {' → '.join(change)}".strip(), ""


def _request(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    said = wording.ASKED[facts["what"]].replace("asks", "Somebody asks", 1)
    return f"{said} {facts['role']}".strip(), f"{facts['state']}. {facts['note']}".strip(), ""


def _mail(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    detail = f"to {facts['to']}, {facts['state']}" + (f": {facts['fault']}" if facts["fault"] else "")
    return f"Mail “{facts['kind'].replace('_', ' ')}”", detail, ""


def _texts(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    way = "Texts out" if facts["direction"] == "out" else "Texts in"
    detail = f"{facts['state']}{', ' + facts['code'] if facts['code'] else ''}, all of the day"
    return f"{way}: {formats.number(facts['count'])}", detail, formats.signed(-facts["charged"])


def _said(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"{facts['who']} wrote{' (operator)' if facts['by_operator'] else ''}", facts["body"], ""


def _by(actor: str, names: dict[str, str]) -> str:
    return f"by {names.get(actor, actor)}" if actor else ""


def _short(value: Any) -> str:
    """A before or after in few words; long ones are cut."""
    if isinstance(value, dict):
        said = ", ".join(f"{name} {_short(each)}" for name, each in value.items() if each is not None)
    else:
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said if len(said) <= 160 else f"{said[:157]}…"


_SAY: dict[str, Any] = {
    "charge": _charge, "invoice": _invoice, "credit_note": _credit_note, "refund": _refund, "dispute": _dispute,
    "decision": _decision, "used": _used, "deed": _deed, "request": _request, "mail": _mail, "texts": _texts,
    "said": _said,
    **{kind: _moved(kind) for kind in ("grant", "expire", "revoke", "reverse", "owe", "settle")},
}  # fmt: skip
