"""Plays a story on a test clock of its own, through the same services as everybody. Each deed may be met again after a
crash in the middle of it, and is then not done twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import count

from refill.domain import ids
from refill.domain.errors import InsufficientCredits
from refill.domain.records import Actor, QuoteRequest
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import Account, Charge, Membership, Order, Pack, Price, TestClock
from refill.services import accounts, credits, orders
from refill.services.chores import clocks, work
from refill.services.demo import talking
from refill.services.demo.cast import Person
from refill.services.demo.scenes import AddSeats, Buy, Change, Join, Offer, RunDry, Scene, Story, Texts
from refill.services.money import charging, quotes
from refill.services.team import people

ACTOR = Actor("demo")
CARD = "visa_ok"
PAUSE = timedelta(minutes=4)


def play(story: Story) -> None:
    """Play what has not been played, and leave the account's clock running at the real present."""
    account = _found(story) or _opened(story)
    test_clock = account.test_clock
    assert test_clock is not None
    if test_clock.running:
        return
    _mend(account, story)
    actor = _owner(account)
    reached, due = test_clock.instant, work.next_due(test_clock.pk)
    is_due, members = False, dict[Person, int]()
    for scene in story.scenes:
        if scene.at < reached:
            continue
        if scene.at > reached:
            # Where nothing is due on the way, looking for it again at each of a thousand steps takes half the time.
            is_due = due is not None and due <= scene.at
            clocks.advance(clock_id=test_clock.pk, to=scene.at, work=is_due)
            reached = scene.at
        _do(account.pk, actor, scene, members)
        if is_due or not isinstance(scene.deed, Texts):
            due = work.next_due(test_clock.pk)
    talking.talk(account, actor, credits.balance(account_id=account.pk).available, partial(_pause, test_clock.pk))
    clocks.let_run(clock_id=test_clock.pk)
    clocks.advance(clock_id=test_clock.pk, to=clock.now())


def _pause(clock_id: int) -> None:
    """Some minutes go by, but never beyond the real present."""
    instant = TestClock.objects.get(pk=clock_id).instant
    clocks.advance(clock_id=clock_id, to=max(instant, min(instant + PAUSE, clock.now())))


def _found(story: Story) -> Account | None:
    owned = Account.objects.select_related("test_clock").filter(
        memberships__user__email=story.customer.owner.email, memberships__role="owner", test_clock__isnull=False
    )
    return owned.order_by("id").first()


def _opened(story: Story) -> Account:
    owner = story.customer.owner
    clock_id = clocks.create(now=story.opens_at)
    made = accounts.create(
        actor=ACTOR, name=story.customer.name, timezone=story.customer.zone, currency="usd", owner_email=owner.email,
        owner_name=owner.name, livemode=False, price_id=_price(story.offer).pk, clock_id=clock_id, card=CARD,
    )  # fmt: skip
    return Account.objects.select_related("test_clock").get(pk=made.account_id)


def _mend(account: Account, story: Story) -> None:
    """What a crash left open: leases of the dead loader, charges that it was about to send, a first charge undone."""
    TestClock.objects.filter(accounts=account).update(advancing_until=None)
    undecided = Charge.objects.filter(account=account, state__in=Charge.UNDECIDED)
    undecided.update(leased_until=None)
    for charge_id in list(undecided.values_list("pk", flat=True)):
        charging.send(charge_id)
    if not account.subscriptions.exists():
        _order(account.pk, _owner(account), QuoteRequest(kind="change_plan", price_id=_price(story.offer).pk))


def _owner(account: Account) -> Actor:
    owner = Membership.objects.get(account=account, role="owner", removed_at=None)
    return Actor(ids.encode("usr", owner.user_id), Role.OWNER, owner.user_id)


def _price(offer: Offer) -> Price:
    offered = Price.objects.filter(plan__code=offer.code, mode__in=("both", "test"), withdrawn_at=None, currency="usd")
    return offered.filter(credits=offer.credits, interval=offer.interval).order_by("id")[0]


def _do(account_id: int, actor: Actor, scene: Scene, members: dict[Person, int]) -> None:
    """`members` remembers who was looked up: a story has thousands of scenes and a handful of people."""
    at, deed = scene.at, scene.deed
    if isinstance(deed, Texts | RunDry) and deed.sender not in members:
        members[deed.sender] = _member(account_id, deed.sender)
    if isinstance(deed, Texts):
        _send(account_id, at, deed, members[deed.sender])
    elif isinstance(deed, Join):
        _join(account_id, actor, deed.person)
    elif isinstance(deed, Buy):
        _buy(account_id, actor, at, deed)
    elif isinstance(deed, Change):
        _order_once(account_id, actor, at, QuoteRequest(kind="change_plan", price_id=_price(deed.to).pk))
    elif isinstance(deed, AddSeats):
        _order_once(account_id, actor, at, QuoteRequest(kind="add_seats", quantity=deed.quantity))
    else:
        _run_dry(account_id, at, deed, members[deed.sender])


def _join(account_id: int, actor: Actor, person: Person) -> None:
    if not Membership.objects.filter(account_id=account_id, user__email=person.email).exists():
        people.add_member(account_id=account_id, actor=actor, email=person.email, name=person.name, role=person.role)


def _buy(account_id: int, actor: Actor, at: datetime, deed: Buy) -> None:
    if deed.below is not None and credits.balance(account_id=account_id).available >= deed.below:
        return
    packs = Pack.objects.filter(credits=deed.pack_credits, mode__in=("both", "test"), withdrawn_at=None, currency="usd")
    _order_once(account_id, actor, at, QuoteRequest(kind="buy_credits", pack_id=packs.order_by("id")[0].pk))


def _order_once(account_id: int, actor: Actor, at: datetime, request: QuoteRequest) -> None:
    """The clock stands still while a scene is played, so that an order of this kind and instant is this one."""
    done = Order.objects.filter(account_id=account_id, kind=request.kind, created_at=at).exclude(status="declined")
    if not done.exists():
        _order(account_id, actor, request)


def _order(account_id: int, actor: Actor, request: QuoteRequest) -> None:
    quote_id = quotes.create(account_id=account_id, actor=actor, request=request)
    orders.confirm(account_id=account_id, quote_id=quote_id, actor=actor, key=f"demo-{quote_id}")


def _send(account_id: int, at: datetime, deed: Texts, sender: int) -> None:
    """As many as fit go out, in order; the others are refused."""
    for place, (kind, cost) in enumerate(deed.messages):
        _send_one(account_id, sender, f"demo-{at:%Y%m%d%H%M}-{deed.label}-{place}", kind, cost, deed.reference)


def _run_dry(account_id: int, at: datetime, deed: RunDry, sender: int) -> None:
    refused = 0
    for place in count():
        key, reference = f"demo-{at:%Y%m%d%H%M}-{deed.label}-{place}", f"broadcast {deed.label} {at:%Y-%m-%d}"
        refused += not _send_one(account_id, sender, key, "text", 1, reference)
        if refused == deed.too_many:
            return


def _send_one(account_id: int, sender: int, key: str, kind: str, cost: int, reference: str | None) -> bool:
    """Say whether there were credits for it."""
    fingerprint = int.from_bytes(sha256(f"{key} {kind} {cost}".encode()).digest()[:8]) >> 1
    try:
        credits.spend(
            account_id=account_id, credits=cost, key=key, fingerprint=fingerprint, kind=kind, reference=reference,
            member_id=sender, parts=cost if kind == "text" else None,
        )  # fmt: skip
    except InsufficientCredits:
        return False
    return True


def _member(account_id: int, person: Person) -> int:
    return Membership.objects.only("pk").get(account_id=account_id, user__email=person.email).pk
