"""Accounts: made by the operator, read and changed by themselves."""

from ninja import Router

from refill.api.callers import ApiRequest, Caller
from refill.api.calls import call
from refill.api.routes.orders import show_order
from refill.api.shapes.office import Account, AccountChange, AccountIn
from refill.api.shapes.parts import number_or_none
from refill.domain.errors import Invalid, NoCard
from refill.queries import accounts as found
from refill.queries import orders, subscriptions
from refill.services import accounts, credits

router = Router(tags=["Accounts"])


def show_account(caller: Caller, account_id: int, order_id: int | None = None) -> Account:
    """The account as it is now; boundaries that have passed are worked off by reading the balance first."""
    balance = credits.balance(account_id=account_id)
    return Account.of(
        found.get(account_id), subscriptions.latest(account_id), balance, sees_money=caller.sees_money,
        order=None if order_id is None else show_order(account_id, order_id),
    )  # fmt: skip


def _made(request: ApiRequest, account_id: int) -> Account:
    return show_account(request.caller, account_id, orders.first(account_id))


@call(router, "POST", "/accounts", "create_account", gives=Account, status=201, refuses=(409,), shows=_made)
def create_account(request: ApiRequest, wanted: AccountIn) -> Account:
    """Make an account.

    With a price its first period begins now, or is the one that contains now when `anchor` lies in the past. It
    answers after the first charge is decided; not succeeded, the status is `incomplete` and there is no allowance.
    A price above zero needs a payment method. Without a price there is no subscription; grants and packs work.
    """
    caller = request.caller
    try:
        made = accounts.create(
            actor=caller.actor, name=wanted.name, timezone=wanted.timezone, currency=wanted.currency,
            owner_email=wanted.owner.email, owner_name=wanted.owner.name, livemode=caller.livemode,
            price_id=number_or_none("price", wanted.price, "price"), anchor=wanted.anchor,
            clock_id=number_or_none("clk", wanted.test_clock, "test_clock"), card=wanted.card, trial=wanted.trial,
        )  # fmt: skip
    except NoCard as fault:
        raise Invalid(fault.detail, param="payment_method") from None
    return show_account(caller, made.account_id, made.order_id)


@call(router, "GET", "/account", "get_account", gives=Account)
def get_account(request: ApiRequest) -> Account:
    """The account, with a summary of its subscription."""
    return show_account(request.caller, request.caller.account)


@call(router, "PATCH", "/account", "update_account", gives=Account, refuses=(409,))
def update_account(request: ApiRequest, wanted: AccountChange) -> Account:
    """Rename the account, or move it to another time zone.

    The wall clock of its boundaries stays, future boundaries move, the current period does not; once a period.
    """
    caller = request.caller
    accounts.update(account_id=caller.account, actor=caller.actor, name=wanted.name, timezone=wanted.timezone)
    return show_account(caller, caller.account)
