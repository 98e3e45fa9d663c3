"""Names of things in plain words."""

from __future__ import annotations

from refill.domain.roles import Right

KINDS = {
    "grant": "Credits added",
    "spend": "Used",
    "hold": "Set aside",
    "release": "Given back",
    "capture": "Used (was set aside)",
    "expire": "Ended",
    "revoke": "Taken back",
    "reverse": "Given back",
    "owe": "Owed",
    "settle": "Settled what was owed",
}
SOURCES = {
    "allowance": "plan credits", "promotion": "gift", "adjustment": "correction", "purchase": "bought credits",
    "recharge": "bought credits (auto-recharge)",
}  # fmt: skip
USAGE = {
    "text": "Text", "mms": "Picture message", "call": "Call", "transcript": "Transcript", "lookup": "Lookup",
    "other": "Other",
}  # fmt: skip
TEXT_STATES = {
    "accepted": "On its way", "waiting": "Waiting", "sent": "Sent", "delivered": "Delivered", "failed": "Not sent",
    "received": "Received",
}  # fmt: skip
# Why a text failed: our own words, and the codes of carriers.
TEXT_FAULTS = {
    "opted_out": "they said STOP", "21610": "they said STOP", "called_off": "it was given up",
    "conflict": "its number can no longer send", "not_found": "its number is gone",
    "never_sent": "the carrier never got it", "busy": "the carrier was busy for too long",
    "account_closed": "the account could not send", "given_up": "it was given up after the carrier did not answer",
    "recipient_opted_out": "they said STOP", "21211": "the number does not exist", "30003": "the phone is off",
    "30004": "the recipient blocks it", "30005": "the number is not in service", "30006": "a landline gets no texts",
    "30007": "the carrier took it for spam", "30008": "the carrier does not say why",
}  # fmt: skip
LEFT_OUT = {
    "invalid": "not a phone number", "duplicate": "twice in the list", "opted_out": "said STOP",
    "fields": "a field is empty", "too_long": "too long", "empty": "empty", "canceled": "cancelled",
}  # fmt: skip
CHANGED = {
    "plan": "the plan", "scheduled_change": "the scheduled change", "period": "the billing period",
    "overdue": "what is overdue", "card": "the card", "policies": "the terms", "add_ons": "seats or numbers",
    "numbers": "the phone numbers", "time_zone": "the time zone", "price": "the price", "tax": "the tax",
}  # fmt: skip
ASKED = {
    "credits": "asks for more credits",
    "plan": "asks for another plan",
    "role": "asks for another role",
    "change": "asks for help with something only admins may do",
}
FEATURES = {
    "shared_inbox": "Shared inbox", "broadcasts": "Broadcasts", "scheduling": "Scheduling", "reports": "Reports",
    "api": "API", "webhooks": "Webhooks", "budgets": "Budgets by inbox",
}  # fmt: skip
STATUS = {
    "active": ("Active", "good"), "past_due": ("Payment failed", "bad"), "suspended": ("Suspended", "bad"),
    "canceled": ("Cancelled", "warn"), "incomplete": ("Waiting for payment", "warn"), "trialing": ("Trial", "good"),
    "purged": ("Closed", "bad"),
}  # fmt: skip
DEEDS = {
    Right.SEE_USE: "see the balance",
    Right.SEE_MONEY: "see prices, invoices and cards",
    Right.CHANGE_BILLING: "change the plan, buy credits or change cards",
    Right.REMOVE: "remove an inbox or a number",
    Right.ADD: "add a number or a seat",
    Right.EDIT_INBOXES: "create and edit inboxes",
    Right.MANAGE_MEMBERS: "change members and roles",
    Right.SEND: "send texts",
    Right.STATEMENT: "see the statement",
    Right.DEVELOP: "make API keys and webhooks",
    Right.OWN: "hand over or close the account",
    Right.ASK: "ask an admin",
}
DECLINES = {
    "insufficient_funds": "The bank says that there is not enough money on this card.",
    "expired_card": "The card has expired.",
    "lost_card": "The bank does not accept this card any more.",
    "stolen_card": "The bank does not accept this card any more.",
}


_RECHARGE = {
    "above": "There was enough again", "account_closed": "The account was closed",
    "recharge_open": "One was on its way already", "no_card": "There was no card",
    "breaker_open": "Stopped: the card was declined", "day_cap": "The day’s limit was reached",
    "month_cap": "The month’s limit was reached", "gap_above_month_cap": "The shortage was above the month’s limit",
    "declined": "Declined, tried again later", "not_sent": "Not sent, tried again later",
    "needs_action": "The bank wants you to confirm it", "dropped": "Given up: not needed or not allowed any more",
}  # fmt: skip


def recharge_decision(reason: str, order_status: str) -> str:
    """Why auto-recharge bought, or did not; `order_status` is how its order stands now."""
    if reason == "fired":
        return {"succeeded": "Bought", "declined": "Tried to buy"}.get(order_status, "Buying")
    return _RECHARGE.get(reason, reason)


def movement(kind: str, source: str | None, usage: str | None, parts: int | None) -> str:
    """What a movement was, in a few words."""
    if kind in ("spend", "capture"):
        said = USAGE.get(usage or "", "Used")
        unit = "minutes" if usage == "call" else "parts"
        return f"{said}, {parts} {unit}" if parts and parts > 1 else said
    if kind == "grant":
        return {"allowance": "Plan credits", "promotion": "Gift", "adjustment": "Correction"}.get(
            source or "", "Bought credits"
        )
    if kind == "expire":
        return f"Ended: {SOURCES.get(source or '', 'credits')}"
    return KINDS.get(kind, kind)


def deed(right: Right) -> str:
    """A right as what somebody wanted to do."""
    return DEEDS[right]


def text_fault(code: str) -> str:
    """Why a text failed; a code that we have no words for stays itself."""
    return TEXT_FAULTS.get(code, f"code {code}" if code else "")


def declined(code: str) -> str:
    return DECLINES.get(code, "The bank declined the payment.")


# What a browser calls itself, the more particular name first: each of them says that it is several others too.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
           ("Mac OS X", "Mac"), ("Linux", "Linux"))  # fmt: skip


def browser(user_agent: str) -> str:
    """Firefox on Windows; of one that we do not know, its own words."""
    names = [next((name for sign, name in known if sign in user_agent), "") for known in (BROWSERS, SYSTEMS)]
    return " on ".join(filter(None, names)) or user_agent[:60] or "unknown"
