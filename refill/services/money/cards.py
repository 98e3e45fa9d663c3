"""Cards of an account: kept by the provider, named here (RULES §9.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from refill.domain.errors import Conflict, Invalid, Unknown
from refill.domain.payments import CardFace
from refill.domain.records import Actor
from refill.gateways import clock
from refill.gateways.cards import card_gateway
from refill.gateways.sandbox_cards import CARDS, face
from refill.models import Account, Charge, PaymentMethod
from refill.services.entering import entered
from refill.services.money import recharging
from refill.services.money.card_testing import demand_few_cards
from refill.services.money.recharge_facts import wake
from refill.services.recording import audit

MOST_CARDS = 20
FORGOTTEN_TOGETHER = 100


def seen(card: str) -> CardFace:
    """What a person sees of a sandbox card that no account keeps yet."""
    return face(card)


def keep_sandbox(account: Account, card: str, now: datetime) -> PaymentMethod:
    """Keep a sandbox card within the transaction that holds the account; the first one becomes the default."""
    if card not in CARDS:
        raise Invalid(f"Choose one of {', '.join(CARDS)}.", param="sandbox")
    if account.livemode:
        raise Invalid("Live accounts add cards on the provider's page.", param="sandbox")
    check_room(account.pk, now)
    return _add(account.pk, face(card), "sandbox", "", now)


def keep(account_id: int, seen: CardFace, gateway: str, customer_reference: str, now: datetime) -> PaymentMethod:
    """Keep a card of the provider's within the transaction that holds the account. The same card entered again takes
    the place of the one known, with all that it was for."""
    known = PaymentMethod.objects.filter(account_id=account_id, removed_at=None, gateway=gateway)
    same = known.filter(fingerprint=seen.fingerprint).exclude(fingerprint="").first()
    if same is None:
        return _add(account_id, seen, gateway, customer_reference, now)
    parts = {"is_default": same.is_default, "is_recharge": same.is_recharge, "is_backup": same.is_backup}
    same.removed_at, same.is_default, same.is_recharge, same.is_backup = now, False, False, False
    same.save()
    method = _add(account_id, seen, gateway, customer_reference, now)
    for part, value in parts.items():
        setattr(method, part, value or getattr(method, part))
    method.save()
    return method


def check_room(account_id: int, now: datetime) -> None:
    """Raises Conflict where the account keeps as many cards as it may, TooMany where it had as many in a day."""
    if PaymentMethod.objects.filter(account_id=account_id, removed_at=None).count() >= MOST_CARDS:
        raise Conflict(f"An account keeps at most {MOST_CARDS} cards; remove one first.")
    demand_few_cards(account_id, now)


def _add(account_id: int, seen: CardFace, gateway: str, customer_reference: str, now: datetime) -> PaymentMethod:
    """The first card becomes the default."""
    known = PaymentMethod.objects.filter(account_id=account_id, removed_at=None)
    return PaymentMethod.objects.create(
        account_id=account_id, gateway=gateway, reference=seen.reference, customer_reference=customer_reference,
        fingerprint=seen.fingerprint, brand=seen.brand, last4=seen.last4, exp_month=seen.exp_month,
        exp_year=seen.exp_year, created_at=now, is_default=not known.filter(is_default=True).exists(),
    )  # fmt: skip


def add_sandbox(*, account_id: int, actor: Actor, card: str) -> int:
    """Add a sandbox card (test mode only); return its id. Raises Invalid for a card that there is not."""
    with entered(account_id) as balance:
        method = keep_sandbox(Account.objects.get(pk=account_id), card, balance.at)
        audit(account_id, balance.at, actor, "card.added", subject=str(method.pk), after={"last4": method.last4})
        wake(account_id, balance.at, "card")
    recharging.at_once(account_id)
    return method.pk


def update(
    *, account_id: int, actor: Actor, card_id: int, default: bool | None = None, recharge: bool | None = None,
    backup: bool | None = None,
) -> None:  # fmt: skip
    """Say what a card is for. One card at most has each part; there is always a default while there are cards.

    Raises Conflict where the default would be none, Invalid for a card that would be its own backup.
    """
    with entered(account_id) as balance:
        method = _card(account_id, card_id)
        if default is False and method.is_default:
            raise Conflict("Make another card the default instead.")
        before = {"default": method.is_default, "recharge": method.is_recharge, "backup": method.is_backup}
        assign(method, {"is_default": default, "is_recharge": recharge, "is_backup": backup})
        if method.is_recharge and method.is_backup:
            raise Invalid("The backup is another card than the first.", param="backup" if backup else "recharge")
        after = {"default": method.is_default, "recharge": method.is_recharge, "backup": method.is_backup}
        audit(account_id, balance.at, actor, "card.changed", subject=str(card_id), before=before, after=after)
        wake(account_id, balance.at, "card")
    recharging.at_once(account_id)


def assign(method: PaymentMethod, parts: Mapping[str, bool | None]) -> None:
    """Give a card a part or take it, None leaves it; whichever card had it before has it no more. The account is
    locked."""
    others = PaymentMethod.objects.filter(account_id=method.account_id).exclude(pk=method.pk)
    for part, value in parts.items():
        if value:
            others.filter(**{part: True}).update(**{part: False})
        if value is not None:
            setattr(method, part, value)
    method.save()


def remove(*, account_id: int, actor: Actor, card_id: int) -> None:
    """Remove a card. Raises Conflict while a charge on it is undecided; another card becomes the default."""
    with entered(account_id) as balance:
        method = _card(account_id, card_id)
        undecided = Charge.objects.filter(account_id=account_id, state__in=Charge.UNDECIDED, payment_method=method)
        if undecided.exists():
            raise Conflict("A charge on this card is being decided; remove it after.")
        put_away(method, balance.at)
        audit(account_id, balance.at, actor, "card.removed", subject=str(card_id), before={"last4": method.last4})
        wake(account_id, balance.at, "card")
    recharging.at_once(account_id)


def put_away(method: PaymentMethod, now: datetime) -> PaymentMethod | None:
    """A card is not used any more; return the one that is the default then. The account is locked."""
    was_default = method.is_default
    method.removed_at, method.is_default, method.is_recharge, method.is_backup = now, False, False, False
    method.save()
    others = PaymentMethod.objects.filter(account_id=method.account_id, removed_at=None)
    heir = others.order_by("-is_default", "id").first()
    if was_default and heir is not None:
        heir.is_default = True
        heir.save()
    return heir


def forget_removed() -> None:
    """Let the provider forget cards that were removed here, those that it was not told of before."""
    gateway = card_gateway()
    waiting = PaymentMethod.objects.filter(gateway=gateway.name, removed_at__isnull=False, forgotten_at=None)
    undecided = Charge.objects.filter(state__in=Charge.UNDECIDED).values("payment_method")
    for method in waiting.exclude(pk__in=undecided)[:FORGOTTEN_TOGETHER]:
        if gateway.forget(method.reference):
            PaymentMethod.objects.filter(pk=method.pk).update(forgotten_at=clock.now())


def _card(account_id: int, card_id: int) -> PaymentMethod:
    method = PaymentMethod.objects.filter(account_id=account_id, pk=card_id, removed_at=None).first()
    if method is None:
        raise Unknown("There is no such card.", param="payment_method")
    return method
