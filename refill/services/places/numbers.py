"""Phone numbers: bought from the carrier once their place is settled, assigned, deleted and taken back (RULES §8).

Whether a number is still to be had is asked before anything is paid. Buying has three phases: the row with its key
(`number_orders`), the carrier's word, what follows. A carrier that will not give the number after all costs nothing:
the payment goes back in full.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import F, Q

from refill.domain import ids
from refill.domain.carriers import NumberKind, NumberWord, OfferedNumber
from refill.domain.errors import CarrierSilent, Conflict, Invalid, NothingToDo, Unknown
from refill.domain.payments import next_ask
from refill.domain.records import PRODUCT, Actor
from refill.domain.roles import Right
from refill.gateways import clock
from refill.gateways.carriers import Carrier, carrier_for
from refill.models import Account, Inbox, Number, Order
from refill.services.entering import entered
from refill.services.mail import mails
from refill.services.money import effects, refunds
from refill.services.money.notices.facts import actor_words
from refill.services.recording import audit, emit
from refill.services.team import members, seats
from refill.services.team.profiles import NAME_CHARACTERS

UNDO_DAYS = 30
LEASE_SECONDS = 60
TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")


def kind_of(phone: str) -> NumberKind:
    """Local or toll-free, by the digits after +1."""
    return "toll_free" if phone.startswith("+1") and phone[2:5] in TOLL_FREE else "local"


def offered(
    *, account_id: int, kind: NumberKind, country: str = "US", area: str = "", limit: int = 20
) -> tuple[OfferedNumber, ...] | None:
    """Numbers that the carrier has now and nobody here has; None where it did not say."""
    carrier = _carrier_of(account_id)
    found = carrier.available_numbers(country=country, kind=kind, area=area, limit=min(limit * 2, 100))
    if found is None:
        return None
    ours = Number.objects.filter(e164__in=[offer.number for offer in found], released_at=None)
    taken = set(ours.values_list("e164", flat=True))
    return tuple(offer for offer in found if offer.number not in taken)[:limit]


def demand_offered(account_id: int, phone: str) -> None:
    """Ask the carrier, before anything is paid, whether a number can still be had. Raises Conflict, CarrierSilent."""
    is_offered = _carrier_of(account_id).is_offered(phone, kind_of(phone))
    if is_offered is None:
        raise CarrierSilent("The carrier does not answer, so nothing was charged. Try again in a minute.")
    if not is_offered:
        raise Conflict("The carrier does not have this number any more; nothing was charged.", param="number")


def run(account_id: int, now: datetime) -> bool:
    """Do what is due for an account's numbers: buy those that are paid for, give back those whose time is over."""
    due = Number.objects.filter(account_id=account_id)
    buying = list(due.filter(next_ask_at__lte=now).order_by("pk").values_list("pk", flat=True))
    ending = list(due.filter(purge_at__lte=now, released_at=None).values_list("pk", flat=True))
    worked = [_buy(account_id, number_id) for number_id in buying]
    return any(worked + [_release(account_id, number_id) for number_id in ending])


def buy_waiting(account_id: int) -> None:
    """Buy at once what has just been settled, so that whoever confirmed it sees how it went."""
    waiting = Number.objects.filter(account_id=account_id, next_ask_at__isnull=False, asks=0)
    for number_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
        _buy(account_id, number_id)


def _buy(account_id: int, number_id: int) -> bool:
    real = clock.now()
    free = Number.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=real), pk=number_id, next_ask_at__isnull=False
    )
    if not free.update(leased_until=real + timedelta(seconds=LEASE_SECONDS), fence=F("fence") + 1):
        return False
    number = Number.objects.get(pk=number_id)
    if number.released_at is None:
        carrier = _carrier_of(account_id)
        word = carrier.ask_number(number.e164, number.carrier_key or "") if number.asks else None
        if word is None or word.code == "never_bought":
            word = carrier.buy_number(number.e164, number.carrier_key or "")
        _record(account_id, number, word, carrier.name)
        number.refresh_from_db()
    if number.released_at is not None:
        _give_back(account_id, number)
    return True


def _record(account_id: int, asked: Number, word: NumberWord, carrier: str) -> None:
    """Phase three: commit what the carrier said, once."""
    with entered(account_id) as balance:
        now = balance.at
        number = Number.objects.select_related("order").get(pk=asked.pk)
        if number.fence != asked.fence or number.bought_at is not None or number.released_at is not None:
            return
        number.leased_until = None
        subject = ids.encode("num", number.pk)
        if word.state == "unknown":
            number.asks += 1
            number.next_ask_at = next_ask(number.created_at, number.asks) or now + timedelta(days=1)
            number.next_ask_at = max(number.next_ask_at, now + timedelta(seconds=5))
        elif word.state == "bought":
            number.bought_at, number.next_ask_at = now, None
            number.carrier, number.reference = carrier, word.reference
            actor = number.order.actor if number.order else "refill"
            audit(account_id, now, actor, "number.bought", subject=subject, after={"number": number.e164})
        else:
            number.released_at = now
            audit(account_id, now, "refill", "number.not_given", subject=subject, after={"code": word.code})
        number.save()


def _give_back(account_id: int, number: Number) -> None:
    """The carrier did not give it: the place goes, then the money, whichever of the two had not gone yet."""
    order = Order.objects.get(account_id=account_id, pk=number.order_id or 0)
    if order.amount_minor:
        _refund(account_id, order)
    with entered(account_id) as balance:
        order.refresh_from_db()
        if not Number.objects.filter(pk=number.pk, next_ask_at__isnull=False).update(next_ask_at=None):
            return
        effects.change_extras(account_id, "number", -order.plan["quantity"], -order.plan.get("kept", 0))
        order.status = Order.Status.REFUNDED
        order.save(update_fields=["status"])
        emit(account_id, balance.at, "subscription.changed", order=order.pk, add_on="number")
        facts = {"number": number.e164, "total_minor": order.amount_minor, "currency": order.currency}
        mails.post(
            kind="number_not_given", account_id=account_id, at=balance.at, to=None, facts=facts,
            once=f"number {number.pk}",
        )  # fmt: skip


def _refund(account_id: int, order: Order) -> None:
    with suppress(Conflict):  # it went back before, and the process died after it
        refunds.make(
            account_id=account_id, order_id=order.pk, reason="operator", actor=PRODUCT,
            note="the carrier did not give the number",
        )  # fmt: skip


def edit(
    *, account_id: int, actor: Actor, number_id: int, name: str | None = None, inbox_id: int | None = None,
    unassign: bool = False,
) -> None:  # fmt: skip
    """Name a number, or assign it to another inbox. Raises Unknown, Invalid, Forbidden."""
    with entered(account_id) as balance:
        members.demand(account_id, actor, Right.EDIT_INBOXES)
        number = _kept(account_id, number_id)
        before = {"name": number.name, "inbox": number.inbox_id}
        if name is not None:
            plain = " ".join(name.split())
            if len(plain) > NAME_CHARACTERS or "\x00" in plain:
                raise Invalid(f"A name has at most {NAME_CHARACTERS} characters.", param="name")
            number.name = plain
        if inbox_id is not None or unassign:
            number.inbox = _inbox(account_id, inbox_id) if inbox_id is not None else None
        number.save(update_fields=["name", "inbox"])
        after = {"name": number.name, "inbox": number.inbox_id}
        audit(
            account_id, balance.at, actor, "number.changed", subject=ids.encode("num", number.pk), before=before,
            after=after,
        )  # fmt: skip


def delete(*, account_id: int, actor: Actor, number_id: int, typed: str, drop_place: bool = True) -> None:
    """Delete a number, typed to confirm: nothing comes in or goes out any more. For 30 days it can be taken back, then
    the carrier has it. Its paid place ends with the period, where one is paid for and `drop_place`.

    Raises Unknown, Forbidden (RULES §8), Invalid where another number was typed.
    """
    with entered(account_id) as balance:
        members.demand(account_id, actor, Right.REMOVE)
        number = _kept(account_id, number_id)
        if number.bought_at is None:
            raise Conflict("The carrier has not given this number yet. Try again in a minute.")
        if _digits(typed) not in (number.e164[1:], number.e164.removeprefix("+1")):
            raise Invalid("Type the number as it stands above, to confirm.", param="number")
        number.removed_at, number.purge_at = balance.at, balance.at + timedelta(days=UNDO_DAYS)
        number.save(update_fields=["removed_at", "purge_at"])
        places = seats.places_of(account_id, "number")
        dropped = drop_place and places.unused_paid > 0 and seats.drop(account_id, "number", balance.at, actor)
        subject = ids.encode("num", number.pk)
        after = {"undo_until": number.purge_at.isoformat(), "place_dropped": dropped}
        audit(account_id, balance.at, actor, "number.deleted", subject=subject, before=_told(number), after=after)
        emit(account_id, balance.at, "number.deleted", number=number.pk)
        facts = {
            "number": number.e164, "number_code": subject, "by": actor_words(actor), "deleted_at": balance.at,
            "undo_until_at": number.purge_at, "is_place_dropped": dropped, "resets_at": balance.resets_at,
        }  # fmt: skip
        mails.post(
            kind="number_deleted", account_id=account_id, at=balance.at, to=None, facts=facts,
            once=f"number_deleted {number.pk} {balance.at.isoformat()}",
        )  # fmt: skip


def take_back(*, account_id: int, actor: Actor, number_id: int) -> None:
    """Undo a deletion within its 30 days. A paid place that is still ending is kept with it, for free.

    Raises Unknown, Forbidden, Conflict where its place has gone: another one is needed first.
    """
    with entered(account_id) as balance:
        members.demand(account_id, actor, Right.REMOVE)
        number = _of(account_id, number_id)
        if number.removed_at is None:
            raise NothingToDo("This number is not deleted.")
        if number.released_at is not None or (number.purge_at is not None and number.purge_at <= balance.at):
            raise Conflict("The carrier has this number back. Look for another one.")
        places = seats.places_of(account_id, "number")
        if places.free < 1:
            if places.ending < 1:
                raise Conflict("No place is free for it any more. Add one for a further number first.")
            seats.take_back(account_id, "number", balance.at, actor, 1)
        number.removed_at, number.purge_at = None, None
        number.save(update_fields=["removed_at", "purge_at"])
        audit(account_id, balance.at, actor, "number.taken_back", subject=ids.encode("num", number.pk))


def close_all(account_id: int, now: datetime) -> None:
    """A purged account gives its numbers back: within the transaction that holds it."""
    kept = Number.objects.filter(account_id=account_id, released_at=None, bought_at__isnull=False)
    kept.update(removed_at=now, purge_at=now)


def _release(account_id: int, number_id: int) -> bool:
    """Its 30 days are over: the carrier has it back. Asked again until it says so."""
    real = clock.now()
    free = Number.objects.filter(Q(leased_until=None) | Q(leased_until__lt=real), pk=number_id, released_at=None)
    if not free.update(leased_until=real + timedelta(seconds=LEASE_SECONDS), fence=F("fence") + 1):
        return False
    number = Number.objects.get(pk=number_id)
    gone = _carrier_of(account_id).release_number(number.e164, number.reference)
    with entered(account_id) as balance:
        fresh = Number.objects.filter(pk=number_id, fence=number.fence, released_at=None, purge_at__lte=balance.at)
        if gone:
            done = fresh.update(released_at=balance.at, leased_until=None)
            if done:
                audit(account_id, balance.at, "refill", "number.released", subject=ids.encode("num", number_id))
            return bool(done)
        fresh.update(purge_at=balance.at + timedelta(hours=1), leased_until=None)
        return True


def _carrier_of(account_id: int) -> Carrier:
    return carrier_for(livemode=Account.objects.values_list("livemode", flat=True).get(pk=account_id))


def _of(account_id: int, number_id: int) -> Number:
    number = Number.objects.filter(account_id=account_id, pk=number_id).first()
    if number is None:
        raise Unknown("There is no such number in this account.")
    return number


def _kept(account_id: int, number_id: int) -> Number:
    number = _of(account_id, number_id)
    if number.removed_at is not None or number.released_at is not None:
        raise Unknown("This number was deleted.")
    return number


def _inbox(account_id: int, inbox_id: int) -> Inbox:
    inbox = Inbox.objects.filter(account_id=account_id, pk=inbox_id, removed_at=None).first()
    if inbox is None:
        raise Invalid("There is no such inbox in this account.", param="inbox")
    return inbox


def _digits(typed: str) -> str:
    return "".join(sign for sign in typed[:40] if sign.isascii() and sign.isdigit())


def _told(number: Number) -> dict[str, object]:
    return {"number": number.e164, "name": number.name, "inbox": number.inbox_id}
