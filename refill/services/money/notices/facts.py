"""Facts that several mails say, read in the transaction of the deed."""

from __future__ import annotations

from typing import Any

from refill.domain import ids
from refill.domain.documents import document_name
from refill.domain.quotes.lines import extras_after, recurring
from refill.domain.records import Actor
from refill.models import Charge, Invoice, Order, PaymentMethod, Period, User
from refill.services import periods
from refill.services.invoicing import taxes
from refill.services.money.situations import add_ons_of, price_facts


def card_words(card: PaymentMethod | None) -> str:
    """Visa ending 4242."""
    return card.label if card else ""


def actor_words(actor: Actor) -> str:
    """The name of who did it; else which hand of the product or operator it was."""
    if actor.user_id is not None:
        return str(User.objects.values_list("name", flat=True).get(pk=actor.user_id))
    return "an API key" if actor.label.startswith("key_") else "the operator"


def last_charge(order: Order) -> Charge | None:
    """The order's newest charge, with its card."""
    charges = Charge.objects.select_related("payment_method").filter(account_id=order.account_id, order=order)
    return charges.order_by("-pk").first()


def what_of(order: Order) -> str:
    """What the order is about, in a few words: the quote's title, else its first line."""
    if order.quote is not None:
        return str(order.quote.offer["title"])
    return str(order.lines[0]["description"]) if order.lines else ""


def money_of(order: Order) -> dict[str, Any]:
    """The order's sum as it was quoted and charged, and where its page is."""
    return {
        "what": what_of(order), "lines": order.lines, "tax_lines": order.tax_lines, "total_minor": order.amount_minor,
        "currency": order.currency, "order_code": ids.encode("ord", order.pk),
    }  # fmt: skip


def invoice_of(order: Order) -> dict[str, Any]:
    """The order's invoice by name and page; none where it has none."""
    invoice = Invoice.objects.filter(account_id=order.account_id, order=order).order_by("-pk").first()
    if invoice is None:
        return {"invoice": "", "invoice_code": ""}
    return {
        "invoice": document_name(invoice.series_id, invoice.number),
        "invoice_code": ids.encode("inv", invoice.pk),
    }


def coming(account_id: int) -> dict[str, Any]:
    """The next charge as the renewal will compute it, tax included; nothing where none is coming."""
    subscription, current = periods.live_subscription(account_id), periods.current_period(account_id)
    if subscription is None or current is None or subscription.cancel_at is not None:
        return {}
    if subscription.status not in ("active", "past_due"):
        return {}
    following = Period.objects.select_related("price__plan", "policy").filter(
        account_id=account_id, subscription=subscription, index=current.index + 1
    )
    upcoming = following.first()
    price = upcoming.price if upcoming else subscription.price
    old, new = price_facts(subscription.price), price_facts(price)
    add_ons = [(add_on.kind, extras_after(add_on, old, new)) for add_on in add_ons_of(account_id, old)]
    policy = periods.policy_of((upcoming or current).policy)
    tax = taxes.tax_of(account_id, policy, current.ends_at)
    found = recurring(new, add_ons, policy, tax, current.ends_at)
    if found is None:
        return {}
    return {"next_minor": found.amount_minor, "next_at": found.next_at, "next_interval": found.interval}
