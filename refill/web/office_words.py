"""An account's life in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from refill.domain.calendars import wall_of
from refill.queries.office.life import Item
from refill.web import formats, office_deeds, wording
from refill.web.office_deeds import CHARGES, ORDERS, plain

FAMILIES = {
    "money": "Money", "credits": "Credits", "roles": "People and roles", "mails": "Mails", "texts": "Texts",
    "chat": "Help", "office": "Office", "other": "Other",
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
    said = f"Charge {CHARGES[facts['state']]}: {ORDERS.get(facts['order'], facts['order'])}"
    refunded = facts["refunded_minor"]
    back = f"{formats.money(refunded, facts['currency'])} given back" if refunded else ""
    return said, _joined(facts["card"], plain(facts["code"]), back), _money(facts)


def _invoice(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"Invoice {facts['name']}", facts["state"], _money(facts)


def _credit_note(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"Credit note {facts['name']}", "", _money(facts)


def _refund(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    why = "at the customer’s wish" if facts["why"] == "customer" else "by the operator"
    return f"Refund {why}", _joined(facts["note"], by(facts["actor"], names)), _money(facts)


def _dispute(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"Dispute, {facts['state']}", facts["reference"], _money(facts)


def _decision(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    why = wording.recharge_decision(facts["reason"], "")
    below = f"{formats.number(facts['available'])} left, below {formats.number(facts['threshold'])}"
    return f"Auto-recharge: {why[0].lower()}{why[1:]}", below, _money(facts) if facts["packs"] else ""


def _used(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    usage = wording.USAGE.get(facts["usage"], "Other").lower()
    return f"Used: {formats.number(facts['count'])} × {usage}", "all of the day", formats.signed(-facts["credits"])


def _moved(kind: str) -> Any:
    def say(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
        said = wording.movement(kind, facts["source"], None, None)
        reason = facts["reason"] or ""
        reason = "" if reason.lower() in said.lower() else reason
        after = f"{formats.number(facts['after'])} after it"
        return said, _joined(reason, by(facts["actor"] or "", names), after), formats.signed(facts["credits"])

    return say


def _deed(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return (
        office_deeds.words(facts["action"]),
        _joined(office_deeds.detail(facts, currency), by(facts["actor"], names)),
        "",
    )


def _request(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    said = f"{facts['who']} {wording.ASKED[facts['what']]}"
    wanted = f": {facts['role'].capitalize()}" if facts["role"] else ""
    return said + wanted, _joined(facts["note"], "no answer yet" if facts["state"] == "open" else facts["state"]), ""


def _mail(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    detail = f"to {facts['to']}, {facts['state']}" + (f": {facts['fault']}" if facts["fault"] else "")
    return f"Mail “{facts['kind'].replace('_', ' ')}”", detail, ""


def _texts(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    way = "Texts out" if facts["direction"] == "out" else "Texts in"
    state = wording.TEXT_STATES[facts["state"]].lower()
    fault = wording.text_fault(facts["code"])
    detail = _joined(f"{state}: {fault}" if fault else state, "all of the day")
    return f"{way}: {formats.number(facts['count'])}", detail, formats.signed(-facts["charged"])


def _said(facts: _Facts, currency: str, names: dict[str, str]) -> _Said:
    return f"{facts['who']} wrote{' (operator)' if facts['by_operator'] else ''}", facts["body"], ""


_THEMSELVES = {"refill": "", "recipient": "by text"}


def by(actor: str, names: dict[str, str]) -> str:
    """Who did it: by Maya Lindqvist; of what Refill does by itself nothing."""
    if actor in _THEMSELVES:
        return _THEMSELVES[actor]
    return f"by {names.get(actor, actor)}" if actor else ""


def _joined(*said: str) -> str:
    return ", ".join(filter(None, said))


_SAY: dict[str, Any] = {
    "charge": _charge, "invoice": _invoice, "credit_note": _credit_note, "refund": _refund, "dispute": _dispute,
    "decision": _decision, "used": _used, "deed": _deed, "request": _request, "mail": _mail, "texts": _texts,
    "said": _said,
    **{kind: _moved(kind) for kind in ("grant", "expire", "revoke", "reverse", "owe", "settle")},
}  # fmt: skip
