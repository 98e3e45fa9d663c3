"""Broadcasts: drafted and priced line by line, held whole, made and handed over at their pace (RULES §7.3, §7.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Sum

from refill.domain.errors import BroadcastChanged, Conflict, Invalid, Unknown
from refill.domain.merging import FieldEmpty, merge
from refill.domain.money import say_count
from refill.domain.policies import Policy
from refill.domain.recipients import MOST_LINES, Line
from refill.domain.records import Actor
from refill.ledger import texts as ledger
from refill.models import Broadcast, Message, OptOut, Recipient
from refill.services import features, periods
from refill.services.entering import entered, read_balance
from refill.services.messages import telephone, text_outcomes, texts
from refill.services.recording import audit

MOST_A_MINUTE = 6_000
AT_ONCE = 1_000
SHOWN_LEFT_OUT = 100


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a broadcast would send and cost; `first_left_out` are (line, number as written, why)."""

    texts: int
    parts: int
    credits: int
    left_out: dict[str, int]
    first_left_out: tuple[tuple[int, str, str], ...]


def draft(**facts: Any) -> int:
    """Keep a broadcast with the price of each recipient, and why some are left out; return its id. Nothing is held.

    Takes what `build` takes, and raises what it raises.
    """
    broadcast, rows = build(**facts)
    with transaction.atomic():
        broadcast.save()
        for row in rows:
            row.broadcast = broadcast
        Recipient.objects.bulk_create(rows, batch_size=AT_ONCE)
    return broadcast.pk


def estimate(**facts: Any) -> Estimated:
    """What the draft would be; nothing is kept."""
    _, rows = build(**facts)
    good = [row for row in rows if not row.problem]
    bad = [row for row in rows if row.problem]
    return Estimated(
        len(good), sum(row.parts for row in good), sum(row.credits for row in good),
        dict(Counter(row.problem for row in bad)),
        tuple((row.line, row.written, row.problem) for row in bad[:SHOWN_LEFT_OUT]),
    )  # fmt: skip


def build(
    *, account_id: int, actor: Actor, name: str, number_id: int, body: str, lines: Sequence[Line],
    media: Sequence[str] = (), pace: int = 600, member_id: int | None = None,
) -> tuple[Broadcast, list[Recipient]]:  # fmt: skip
    """A broadcast and its recipients, priced, not stored.

    Raises Invalid, Unknown, Conflict (the number cannot send), FeatureNotInPlan.
    """
    features.demand(account_id, "broadcasts")
    if not 1 <= pace <= MOST_A_MINUTE:
        raise Invalid(f"The pace is 1 to {MOST_A_MINUTE:,} texts a minute.", param="pace")
    if not 1 <= len(lines) <= MOST_LINES:
        raise Invalid(f"A broadcast has 1 to {MOST_LINES:,} recipients.", param="recipients")
    if not name.strip() or len(name) > 200 or "\x00" in name:
        raise Invalid("Give it a name of at most 200 characters.", param="name")
    if not body and not media:
        raise Invalid("Write a text, or add a picture.", param="body")
    if len(body) > 5_000 or "\x00" in body:
        raise Invalid("The text is too long, or holds a character that cannot be sent.", param="body")
    texts.demand_media(media)
    number = texts.usable_number(account_id, number_id)
    version = periods.version_in_force(account_id)
    broadcast = Broadcast(
        account_id=account_id, name=name.strip(), number=number, member_id=member_id, actor=actor.label, body=body,
        media=list(media), pace=pace, created_at=read_balance(account_id).at, policy_id=version.pk,
    )  # fmt: skip
    policy = periods.policy_of(version)
    listed = _recipients(broadcast, lines, _stopped(account_id))
    return broadcast, [_priced(broadcast, row, country, policy) for row, country in listed]


def send(*, account_id: int, broadcast_id: int, actor: Actor, credits: int | None = None) -> None:
    """Hold all its credits and begin; pressed again it changes nothing. `credits` is the sum that was shown.

    Raises Unknown, Conflict (canceled, nobody to text), BroadcastChanged (dearer than shown), AccountClosed,
    InsufficientCredits: then nothing is held, and nobody is texted.
    """
    features.demand(account_id, "broadcasts")
    _price_anew(account_id, broadcast_id)
    with entered(account_id) as balance:
        broadcast = _get(account_id, broadcast_id)
        if broadcast.state in ("sending", "done"):
            return
        if broadcast.state != "draft":
            raise Conflict("This broadcast was canceled.")
        number = texts.usable_number(account_id, broadcast.number_id)
        texts.demand_open(balance)
        good = Recipient.objects.filter(account_id=account_id, broadcast=broadcast, problem="")
        good.filter(e164__in=_stopped(account_id)).update(problem="opted_out", credits=0)
        count, total = good.count(), good.aggregate(total=Sum("credits"))["total"] or 0
        if not count:
            raise Conflict("There is nobody to text: every recipient is left out.")
        if credits is not None and total > credits:
            raise BroadcastChanged(
                f"It costs {say_count(total, 'credit')} now, not {credits:,}. Look at it again.",
                shown=credits,
                credits=total,
            )
        row: dict[str, Any] = {"status": "held", "hold_id": None, "watched": None}
        if total:
            row = ledger.hold(
                account_id, credits=total, broadcast_id=broadcast_id, reference=broadcast.name[:255],
                member_id=broadcast.member_id, inbox_id=number.inbox_id, number_id=number.pk,
            )  # fmt: skip
        if row["status"] == "held":
            broadcast.state, broadcast.started_at, broadcast.hold_id = "sending", balance.at, row["hold_id"]
            broadcast.texts, broadcast.credits = count, total
            broadcast.save()
            audit(
                account_id, balance.at, actor, "broadcast.sent", subject=str(broadcast_id),
                after={"texts": count, "credits": total},
            )  # fmt: skip
            texts.wake()
    texts.after_hold(account_id, row, total, refuse=True)


def cancel(*, account_id: int, broadcast_id: int, actor: Actor) -> int:
    """Give up what is not handed over yet; return the credits that came back. What is under way goes on.

    Raises Unknown, Conflict (it is done).
    """
    with entered(account_id) as balance:
        broadcast = _get(account_id, broadcast_id)
        if broadcast.state == "canceled":
            return 0
        if broadcast.state == "done":
            raise Conflict("This broadcast is done.")
        unmade = Recipient.objects.filter(account_id=account_id, broadcast=broadcast, problem="", is_made=False)
        back = unmade.aggregate(total=Sum("credits"))["total"] or 0
        unmade.update(problem="canceled", credits=0)
        back += text_outcomes.call_off_queued(account_id, broadcast_id, balance.at)
        if broadcast.state == "sending" and back:
            ledger.release(account_id, [(broadcast.hold_id or 0, back)], "the broadcast was canceled")
        else:
            back = 0
        broadcast.state, broadcast.made_at = "canceled", broadcast.made_at or balance.at
        broadcast.save()
        text_outcomes.finish(account_id, broadcast_id, balance.at)
        audit(account_id, balance.at, actor, "broadcast.canceled", subject=str(broadcast_id), after={"released": back})
        return back


def _recipients(
    broadcast: Broadcast, lines: Sequence[Line], stopped: set[str]
) -> Iterator[tuple[Recipient, str | None]]:
    """Each line with its number in E.164, or why it is left out; and the number's country."""
    sender = broadcast.number.e164
    region = telephone.region_of(sender)
    seen: set[str] = set()
    for line in lines:
        phone = telephone.read(line.written, region)
        number, problem = phone.e164 if phone else None, ""
        if number is None or number == sender:
            problem = "invalid"
        elif number in seen:
            problem = "duplicate"
        elif number in stopped:
            problem = "opted_out"
        seen.add(number or "")
        row = Recipient(
            account_id=broadcast.account_id, line=line.line, written=line.written[:64],
            e164=number or "", fields=dict(line.fields), problem=problem,
        )  # fmt: skip
        yield row, phone.country if phone else None


def _priced(broadcast: Broadcast, row: Recipient, country: str | None, policy: Policy) -> Recipient:
    """The recipient with what its own words cost (RULES §7.3)."""
    row.parts = row.credits = 0
    if row.problem:
        return row
    try:
        weight = texts.weighed(policy, merge(broadcast.body or "", row.fields), broadcast.media, country)
    except FieldEmpty:
        row.problem = "fields"
    except Invalid as refusal:
        row.problem = "too_long" if "parts" in refusal.facts else "empty"
    else:
        row.parts, row.credits = weight.measure.parts, weight.credits
    return row


def _price_anew(account_id: int, broadcast_id: int) -> None:
    """The rules changed since it was drafted: what is shown next is what is charged."""
    broadcast = _get(account_id, broadcast_id)
    version = periods.version_in_force(account_id)
    if broadcast.state != "draft" or broadcast.policy_id == version.pk:
        return
    policy = periods.policy_of(version)
    rows = Recipient.objects.filter(account_id=account_id, broadcast=broadcast, problem="").order_by("line")
    priced = [_priced(broadcast, row, telephone.region_of(row.e164), policy) for row in rows]
    with entered(account_id):
        # Unless somebody else was quicker, and perhaps holds the credits by now.
        mine = Broadcast.objects.filter(pk=broadcast_id, state="draft", policy_id=broadcast.policy_id)
        if mine.update(policy_id=version.pk):
            Recipient.objects.bulk_update(priced, ["parts", "credits", "problem"], batch_size=AT_ONCE)


def _stopped(account_id: int) -> set[str]:
    return set(OptOut.objects.filter(account_id=account_id, lifted_at=None).values_list("e164", flat=True))


def _get(account_id: int, broadcast_id: int) -> Broadcast:
    found = Broadcast.objects.filter(account_id=account_id, pk=broadcast_id).first()
    if found is None:
        raise Unknown("There is no such broadcast in this account.")
    return found


def undecided(account_id: int, broadcast_id: int) -> int:
    """How many of its texts are neither taken nor given up."""
    return Message.objects.filter(account_id=account_id, broadcast_id=broadcast_id, step__in=Message.HOLDING).count()
