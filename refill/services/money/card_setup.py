"""Cards entered on the provider's page: the way there, and back (RULES §9.6)."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex

from django.conf import settings

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.domain.records import Actor
from refill.models import Account, CardSetup
from refill.services.entering import entered
from refill.services.money import cards, recharging
from refill.services.money.charging import gateway_of
from refill.services.money.recharge_facts import wake
from refill.services.recording import audit

# One page an account is enough: whoever asks again within this time is led to the same one.
SAME_PAGE_FOR = timedelta(minutes=30)


def is_elsewhere(account_id: int) -> bool:
    """Whether cards are entered on a provider's page; else the sandbox's is one of ours."""
    return gateway_of(Account.objects.get(pk=account_id)).name != "sandbox"


def begin(*, account_id: int, actor: Actor, quote_id: int | None = None, make_default: bool = False) -> str:
    """The address of the page on which a card is entered; afterwards it leads back to us. Nothing is charged by it.

    Raises ProviderUnavailable, Conflict where the account keeps as many cards as it may, TooMany where it had as
    many in a day.
    """
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        cards.check_room(account_id, balance.at)
        setup = CardSetup.objects.filter(account_id=account_id, finished_at=None).order_by("-id").first()
        # Where the provider failed, what it keeps under the key may be its failure: another key then, no money moves.
        if setup is None or not setup.url or setup.created_at < balance.at - SAME_PAGE_FOR:
            setup = CardSetup(account_id=account_id, key=f"refill_card_{token_hex(16)}", created_at=balance.at)
            setup.customer_reference = _customer_of(account_id)
        setup.actor, setup.quote_id, setup.make_default = actor.label, quote_id, make_default
        setup.save()
    if setup.url:
        return setup.url
    back = f"{settings.BASE_URL}/settings/cards"
    page = gateway_of(account).start_setup(
        ids.encode("acc", account_id), setup.key, setup.customer_reference,
        f"{back}/added?page={{CHECKOUT_SESSION_ID}}", back,
    )  # fmt: skip
    if page.reference:
        CardSetup.objects.filter(pk=setup.pk).update(
            customer_reference=page.customer_reference, reference=page.reference, url=page.url
        )
    return page.url


def finish(*, account_id: int, reference: str) -> tuple[int | None, int | None]:
    """The card that was entered on the page, kept once, and the quote to go back to; no card while there is none.

    Raises Unknown for a page that is not of this account, and ProviderUnavailable.
    """
    setup = CardSetup.objects.select_related("account").filter(account_id=account_id, reference=reference).first()
    if setup is None or not reference:
        raise Unknown("There is no such page of this account.")
    if setup.finished_at is not None:
        return setup.card_id, setup.quote_id
    gateway = gateway_of(setup.account)
    face = gateway.finish_setup(reference)
    if face is None:
        return None, setup.quote_id
    with entered(account_id) as balance:
        setup = CardSetup.objects.get(pk=setup.pk)
        if setup.finished_at is None:
            method = cards.keep(setup.account_id, face, gateway.name, setup.customer_reference, balance.at)
            if setup.make_default:
                cards.assign(method, {"is_default": True})
            setup.finished_at, setup.card_id = balance.at, method.pk
            setup.save()
            after = {"last4": method.last4, "brand": method.brand}
            audit(account_id, balance.at, setup.actor, "card.added", subject=str(method.pk), after=after)
            wake(account_id, balance.at, "card")
    assert setup.card_id is not None
    recharging.at_once(account_id)
    return setup.card_id, setup.quote_id


def _customer_of(account_id: int) -> str:
    """Who pays, by the provider's name, where it knows the account already."""
    known = CardSetup.objects.filter(account_id=account_id).exclude(customer_reference="").order_by("-id")
    return known.values_list("customer_reference", flat=True).first() or ""
