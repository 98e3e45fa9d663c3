"""Quotes, and the orders that they become (RULES §4)."""

from typing import Any

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.billing import ActionIn, Order, Quote, QuoteIn
from refill.api.shapes.parts import Listed, Nothing, Paging, listed, number_of, number_or_none
from refill.domain.errors import QuoteStale
from refill.domain.records import QuoteKind, QuoteRequest
from refill.queries import orders as found_orders
from refill.queries import quotes as found_quotes
from refill.queries import subscriptions
from refill.services import credits, orders
from refill.services.money import quotes
from refill.services.places import numbers

router = Router(tags=["Changes of plan and purchases"])


def show_order(account_id: int, order_id: int) -> Order:
    """The order, with the subscription and balance as they are now."""
    balance = credits.balance(account_id=account_id)
    return Order.of(found_orders.get(account_id, order_id), subscriptions.latest(account_id), balance)


def _request_of(wanted: QuoteIn) -> QuoteRequest:
    kind: QuoteKind = wanted.kinds()[0]  # type: ignore[assignment]
    change = getattr(wanted, kind)
    facts: dict[str, Any] = {}
    if "price" in type(change).model_fields:
        facts["price_id"] = number_of("price", change.price, f"{kind}.price")
    if "pack" in type(change).model_fields:
        facts["pack_id"] = number_of("pack", change.pack, f"{kind}.pack")
    if "kind" in type(change).model_fields:
        facts["add_on"] = change.kind
    if getattr(change, "number", None):
        facts["phone"], facts["phone_kind"] = change.number, numbers.kind_of(change.number)
        facts["inbox_id"] = number_or_none("inb", change.inbox, f"{kind}.inbox")
    for name in ("quantity", "new_period"):
        if name in type(change).model_fields:
            facts[name] = getattr(change, name)
    card = number_or_none("pm", wanted.payment_method, "payment_method")
    return QuoteRequest(kind=kind, payment_method_id=card, **facts)


@call(router, "POST", "/quotes", "create_quote", gives=Quote, status=201, refuses=(409,))
def create_quote(request: ApiRequest, wanted: QuoteIn) -> Quote:
    """Make a quote: what one change costs, and what it does to every grant.

    Nothing changes until it is confirmed. It stands for 30 minutes of the account's time.
    """
    caller = request.caller
    made = quotes.create(account_id=caller.account, actor=caller.actor, request=_request_of(wanted))
    return Quote.of(found_quotes.get(caller.account, made))


@call(router, "GET", "/quotes/{quote_id}", "get_quote", gives=Quote)
def get_quote(request: ApiRequest, quote_id: str) -> Quote:
    """A quote as it was shown."""
    return Quote.of(found_quotes.get(request.caller.account, number_of("quo", quote_id)))


@call(router, "POST", "/quotes/{quote_id}/confirm", "confirm_quote", gives=Order, status=201, refuses=(409,))
def confirm_quote(request: ApiRequest, quote_id: str, wanted: Nothing) -> Order:
    """Accept a quote: it is charged, and takes effect.

    The amount charged is the amount quoted. Where what it was computed from has changed it is refused as stale, with
    a fresh quote. Confirming again answers with the same order; after a decline a new key makes a new charge.
    """
    caller = request.caller
    key = request.idempotency_key or ""
    try:
        made = orders.confirm(
            account_id=caller.account, quote_id=number_of("quo", quote_id), actor=caller.actor, key=key
        )
    except QuoteStale as stale:
        fresh = Quote.of(found_quotes.get(caller.account, stale.facts["quote"]))
        raise QuoteStale(stale.detail, changed=stale.facts["changed"], quote=fresh.model_dump(mode="json")) from None
    return show_order(caller.account, made)


@call(router, "GET", "/orders", "list_orders", gives=Listed[Order])
def list_orders(request: ApiRequest, paging: Query[Paging]) -> Listed[Order]:
    """The account's orders: accepted quotes, and what the product does on consent (`renewal`, `recharge`)."""
    account_id = request.caller.account
    balance = credits.balance(account_id=account_id)
    subscription = subscriptions.latest(account_id)
    rows = found_orders.newest(account_id, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[Order], page, lambda row: Order.of(row, subscription, balance))


@call(router, "GET", "/orders/{order_id}", "get_order", gives=Order)
def get_order(request: ApiRequest, order_id: str) -> Order:
    """An order with its charges."""
    return show_order(request.caller.account, number_of("ord", order_id))


@call(router, "POST", "/orders/{order_id}/action", "act_on_order", gives=Order, refuses=(409,))
def act_on_order(request: ApiRequest, order_id: str, wanted: ActionIn) -> Order:
    """Play the customer's part of an order that needs action. Sandbox only."""
    caller, number = request.caller, number_of("ord", order_id)
    orders.act(account_id=caller.account, order_id=number, outcome=wanted.outcome)
    return show_order(caller.account, number)
