"""The audit trail in words: each deed has a line here, and some say what its before and after mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from refill.domain.payments import card_label
from refill.domain.roles import Role
from refill.web import formats, wording

WORDS = {
    "account.closed": "Account closed", "account.created": "Account opened", "account.exported": "All data downloaded",
    "account.purged": "Personal data deleted", "account.tried": "Tried again from a queue",
    "account.updated": "Account changed", "add_on.removal_undone": "Removal undone",
    "add_on.removed": "Removed from the renewal on", "auto_recharge.changed": "Auto-recharge set",
    "auto_recharge.stopped": "Auto-recharge stopped", "billing_details.changed": "Billing details changed",
    "broadcast.canceled": "Broadcast cancelled", "broadcast.sent": "Broadcast sent",
    "calendar.made": "Calendar address made", "calendar.revoked": "Calendar address ended", "card.added": "Card added",
    "card.changed": "Card’s use changed", "card.lost": "Card gone at the provider", "card.removed": "Card removed",
    "card.renewed": "Card renewed by its bank", "charge.asked_again": "Provider asked again",
    "charge.created": "Charge made", "charge.declined": "Declined",
    "charge.needs_action": "Waits for the customer’s bank", "charge.succeeded": "Paid",
    "charge.unknown": "Outcome unknown", "contact.forgotten": "Contact forgotten", "contact.named": "Contact named",
    "contact.opted_in": "A contact said START", "contact.opted_out": "A contact said STOP",
    "correction.asked": "Correction waits for a second operator", "correction.done": "Correction done",
    "correction.refused": "Correction refused", "dispute.lost": "Dispute lost", "dispute.opened": "Dispute opened",
    "dispute.won": "Dispute won", "help.closed": "Help thread closed", "inbox.changed": "Inbox changed",
    "inbox.created": "Inbox made", "inbox.handed_over": "Inbox handed over", "inbox.purged": "Inbox gone for good",
    "inbox.removed": "Inbox removed", "inbox.taken_back": "Inbox taken back",
    "invitation.changed": "Invitation changed", "invitation.revoked": "Invitation taken back",
    "invitation.sent": "Invitation sent", "invitation.sent_again": "Invitation sent again", "key.made": "API key made",
    "key.revoked": "API key revoked", "key.rotated": "API key rotated", "mail.again": "Mail tried again",
    "member.added": "Member added", "member.removed": "Member removed", "member.role_changed": "Role changed",
    "message.asked_again": "Carrier asked about a text", "message.called_off": "Text given up",
    "message.decided": "Text decided by a person", "message.sent_after_waiting": "Waiting text sent",
    "number.bought": "Number added", "number.changed": "Number changed", "number.deleted": "Number deleted",
    "number.not_given": "Number not given by the carrier", "number.released": "Number back at the carrier",
    "number.taken_back": "Number taken back", "operator.looked": "An operator looked at this account",
    "order.buy": "Credits bought", "order.cancel": "Plan cancelled", "order.extras": "Seats or numbers added",
    "order.fewer_extras": "Seats or numbers removed", "order.pay": "Overdue payment made",
    "order.recharge": "Credits bought by rule", "order.renew": "Plan renewed",
    "order.schedule": "Plan change scheduled", "order.start": "Plan begun", "order.upgrade": "Plan upgraded",
    "ownership.accepted": "Ownership taken over", "ownership.declined": "Ownership declined",
    "ownership.offered": "Ownership offered", "ownership.withdrawn": "Offer of ownership taken back",
    "period.looked_at": "Skipped period looked at",
    "provider_difference.closed": "Difference with the provider closed", "quote.created": "Offer shown",
    "refund.made": "Money given back", "request.answered": "Request answered", "request.asked": "Request made",
    "subscription.change_undone": "Scheduled change undone", "subscription.resumed": "Cancellation undone",
    "subscription.suspended": "Suspended for want of payment", "usage.reversed": "Usage given back",
    "webhook.changed": "Webhook changed", "webhook.disabled": "Webhook stopped", "webhook.made": "Webhook made",
    "webhook.removed": "Webhook removed", "webhook.replayed": "Webhook’s events sent again",
    "webhook.secret_rotated": "Webhook’s secret rotated",
}  # fmt: skip
EXTRAS = {"seat": ("seat", "seats"), "number": ("phone number", "phone numbers")}
CHARGES = {
    "created": "made", "sent": "on its way", "succeeded": "paid", "declined": "declined", "unknown": "unknown",
    "needs_action": "waits for the customer’s bank",
}  # fmt: skip
CARD_USES = {"default": "plan and packs", "recharge": "auto-recharge", "backup": "backup"}
ORDERS = {
    "change_plan": "plan change", "buy_credits": "credits bought", "add_number": "phone number", "add_seats": "seats",
    "renewal": "renewal", "recharge": "auto-recharge", "start": "start of the plan", "pay_overdue": "overdue payment",
    "reactivate": "coming back", "cancel": "cancellation", "remove_add_on": "removal",
}  # fmt: skip
OFFERS = ORDERS | {"buy_credits": "credits", "remove_add_on": "removing seats or numbers"}

_ROLES = {role.value: role.label for role in Role}
_Facts = dict[str, Any]


def words(action: str) -> str:
    """A deed in a few words."""
    return WORDS.get(action) or plain(action.replace(".", " ")).capitalize()


def detail(facts: _Facts, currency: str) -> str:
    """What it was about and what it changed, without who did it. `facts` are those of the line of time."""
    tell = _TELL.get(facts["action"])
    after = facts["after"] if isinstance(facts["after"], dict) else {}
    about = formats.phone(facts["about"]) if facts["about"].startswith("+") else facts["about"]
    return ", ".join(filter(None, [about, tell(facts, after, currency) if tell else ""]))


def plain(code: str) -> str:
    """A code of ours or a provider's as words."""
    return code.replace("_", " ")


def _role(value: Any) -> str:
    return _ROLES.get(value, str(value or ""))


def _moved(before: Any, after: Any) -> str:
    return f"{before} → {after}" if before not in (None, "", after) else str(after)


def _renamed(facts: _Facts, after: _Facts, currency: str) -> str:
    before = facts["before"] or {}
    said = [
        _moved(before.get(name), value) if isinstance(value, str) else f"other {name}"
        for name, value in after.items()
        if value != before.get(name)
    ]
    return ", ".join(said)


def _card(facts: _Facts, after: _Facts, currency: str) -> str:
    last4 = after.get("last4") or (facts["before"] or {}).get("last4", "")
    return card_label(after.get("brand", ""), last4).strip()


def _card_uses(facts: _Facts, after: _Facts, currency: str) -> str:
    uses = [words for name, words in CARD_USES.items() if after.get(name)]
    return f"for {formats.listed(uses)}" if uses else "for nothing any more"


def _recharge(facts: _Facts, after: _Facts, currency: str) -> str:
    return str(after.get("consent", "")).rstrip(".") if after.get("enabled") else "off"


def _sent(facts: _Facts, after: _Facts, currency: str) -> str:
    count = int(after.get("texts", 0))
    return f"{formats.number(count)} text{'' if count == 1 else 's'}, {formats.credits(int(after.get('credits', 0)))}"


def _order(facts: _Facts, after: _Facts, currency: str) -> str:
    said = [facts["plan"]] if facts["plan"] else []
    if after.get("kind") in EXTRAS:
        if count := int(after.get("quantity", 0)) or int(after.get("now", 0)):
            said.append(f"{formats.number(count)} {EXTRAS[after['kind']][count != 1]}")
    elif after.get("credits"):
        said.append(formats.credits(int(after["credits"])))
    return ", ".join(said)


def _extras(facts: _Facts, after: _Facts, currency: str) -> str:
    return f"{EXTRAS[facts['subject']][1]}: {_moved(facts['before'], facts['after'])}"


def _offer(facts: _Facts, after: _Facts, currency: str) -> str:
    kind = after.get("request", {}).get("kind", "")
    due = formats.money(int(after.get("due_now_minor", 0)), currency)
    return f"{OFFERS.get(kind, kind)}, {due} due"


def _money(facts: _Facts, after: _Facts, currency: str) -> str:
    said = [formats.money(int(after["amount_minor"]), currency)] if "amount_minor" in after else []
    said += [plain(after["decline_code"])] if after.get("decline_code") else []
    return ", ".join([*said, *filter(None, [after.get("note", "")])])


def _correction(facts: _Facts, after: _Facts, currency: str) -> str:
    if "credits" in after:
        return f"{formats.signed(int(after['credits']))} credits. {after.get('reason', '')}".strip()
    before = (facts["before"] or {}).get("available")
    return "" if before is None else f"{formats.number(before)} → {formats.credits(after['available'])}"


_TELL: dict[str, Callable[[_Facts, _Facts, str], str]] = {
    "account.created": lambda facts, after, currency: after.get("name", ""),
    "account.updated": _renamed, "inbox.changed": _renamed, "webhook.changed": _renamed,
    "number.changed": lambda facts, after, currency: after.get("name", ""),
    "add_on.removed": _extras, "add_on.removal_undone": _extras, "auto_recharge.changed": _recharge,
    "auto_recharge.stopped": lambda facts, after, currency: "until a new card or a person comes",
    "broadcast.sent": _sent,
    "broadcast.canceled": lambda facts, after, currency: f"{formats.credits(after['released'])} back",
    "card.added": _card, "card.removed": _card, "card.lost": _card, "card.renewed": _card, "card.changed": _card_uses,
    "correction.asked": _correction, "correction.done": _correction,
    "invitation.changed": lambda facts, after, currency: _moved(_role(facts["before"]), _role(facts["after"])),
    "invitation.sent": lambda facts, after, currency: _role(after.get("role")),
    "key.made": lambda facts, after, currency: _role(after.get("role")),
    "member.added": lambda facts, after, currency: _role(after.get("role")),
    "member.removed": lambda facts, after, currency: f"was {_role(facts['before']['role'])}",
    "member.role_changed": lambda facts, after, currency: _moved(_role(facts["before"]), _role(facts["after"])),
    "message.decided": lambda facts, after, currency: wording.TEXT_STATES.get(str(facts["after"]), "").lower(),
    "quote.created": _offer, "refund.made": _money, "dispute.opened": _money, "dispute.won": _money,
    "dispute.lost": _money,
    "request.answered": lambda facts, after, currency: str(facts["after"]),
    "subscription.change_undone": lambda facts, after, currency: facts["plan"],
    "usage.reversed": lambda facts, after, currency: formats.credits(after["credits"]),
    "webhook.made": lambda facts, after, currency: formats.listed(after.get("kinds", [])),
    **{
        f"order.{do}": _order
        for do in ("buy", "extras", "fewer_extras", "recharge", "renew", "schedule", "start", "upgrade")
    },
    **{f"charge.{state}": _money for state in ("created", "succeeded", "declined", "needs_action", "unknown")},
}  # fmt: skip
