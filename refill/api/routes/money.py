"""Cards."""

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.billing import Card, CardChange, CardIn, Removed, SetupPage
from refill.api.shapes.parts import Listed, Nothing, Paging, listed, number_of
from refill.domain.errors import Invalid
from refill.gateways import clock
from refill.queries import cards as found_cards
from refill.services.money import card_setup, cards

router = Router(tags=["Cards and invoices"])


@call(router, "GET", "/payment_methods", "list_payment_methods", gives=Listed[Card])
def list_payment_methods(request: ApiRequest, paging: Query[Paging]) -> Listed[Card]:
    """The account's cards."""
    rows = found_cards.newest(request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[Card], page, Card.of)


@call(router, "POST", "/payment_methods", "create_payment_method", gives=Card, status=201, refuses=(409,))
def create_payment_method(request: ApiRequest, wanted: CardIn) -> Card:
    """Add a sandbox card; the first one becomes the default. In live mode the provider's page adds cards.

    A platform key that names no account gets a card for an account to be: its id is the `payment_method` of
    `POST /accounts`, any number of times.
    """
    caller = request.caller
    if caller.livemode:
        raise Invalid("Sandbox cards are for test mode.", param="sandbox")
    if caller.account_id is None:
        return Card.to_be(wanted.sandbox, cards.seen(wanted.sandbox), clock.now())
    made = cards.add_sandbox(account_id=caller.account, actor=caller.actor, card=wanted.sandbox)
    return Card.of(found_cards.get(caller.account, made))


@call(
    router, "POST", "/payment_methods/setup", "setup_payment_method", gives=SetupPage, status=201, refuses=(409, 503)
)  # fmt: skip
def setup_payment_method(request: ApiRequest, wanted: Nothing) -> SetupPage:
    """The page on which a card is entered: the provider's in live mode, the sandbox's in test mode.

    Send the customer there. Nothing is charged by it, and no card number ever reaches this API. Asked for again within
    half an hour it is the same page.
    """
    caller = request.caller
    return SetupPage(url=card_setup.begin(account_id=caller.account, actor=caller.actor))


@call(
    router, "PATCH", "/payment_methods/{card_id}", "update_payment_method", gives=Card, refuses=(409,)
)  # fmt: skip
def update_payment_method(request: ApiRequest, card_id: str, wanted: CardChange) -> Card:
    """Say what a card is for: the default, recharges, or the backup of recharges."""
    caller, number = request.caller, number_of("pm", card_id)
    cards.update(
        account_id=caller.account, actor=caller.actor, card_id=number, default=wanted.default,
        recharge=wanted.recharge, backup=wanted.backup,
    )  # fmt: skip
    return Card.of(found_cards.get(caller.account, number))


@call(
    router, "DELETE", "/payment_methods/{card_id}", "remove_payment_method", gives=Removed, refuses=(409,)
)  # fmt: skip
def remove_payment_method(request: ApiRequest, card_id: str) -> Removed:
    """Remove a card. Not while a charge on it is undecided."""
    caller = request.caller
    cards.remove(account_id=caller.account, actor=caller.actor, card_id=number_of("pm", card_id))
    return Removed(id=card_id)
