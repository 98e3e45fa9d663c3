"""Every page that names a thing, as the router has it, for twelve actors: another account's things and things that are
nowhere do not exist for anybody, and whoever may not look learns nothing of them (RULES §8; X1, X2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from refill.domain import ids
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role, may
from refill.gateways import clock
from refill.models import (
    ApiRequest,
    CreditNote,
    Entry,
    Invoice,
    Membership,
    Message,
    Order,
    PaymentMethod,
    User,
    WebhookEndpoint,
)
from refill.services import helping
from refill.services.developers import keys, webhooks
from refill.services.money import refunds
from refill.services.places import inboxes, numbers
from refill.services.team import invitations
from refill.web.policy import PAGES
from tests.texting import FINE
from tests.web import texting
from tests.web.accounts import OPERATOR, Team, buy, make_team, order, quote
from tests.web.conftest import session_of
from tests.web.test_access import ASKED, PRESSED

# What the parameters of addresses are ids of. The office is for who may see all accounts; links and mails hold secrets.
PREFIXES = {
    "quote": "quo", "order": "ord", "card": "pm", "invoice": "inv", "entry": "ent", "invitation": "ivt",
    "member": "mem", "inbox": "inb", "number": "num", "key": "key", "endpoint": "whe", "thread": "hlp",
    "call": "req", "conversation": "cnv", "broadcast": "bro", "message": "msg", "note": "cn",
}  # fmt: skip
FAR = 2**62


@dataclass(frozen=True)
class Actor:
    """`role` in the team whose things are asked for by others; none for who has no place there."""

    name: str
    client: Client
    role: Role | None = None
    late: bool = False


def pages_that_name_a_thing() -> dict[str, tuple[str, tuple[str, ...]]]:
    """(address, parameters) by name, from the router itself."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for pattern in patterns:
            here = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                found |= walk(pattern.url_patterns, here)
            elif pattern.name and "<" in here:
                found[pattern.name] = here
        return found

    known = walk(get_resolver("refill.web.urls").url_patterns, "")
    return {
        name: ("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address), tuple(re.findall(r"<(?:\w+:)?(\w+)>", address)))
        for name, address in known.items()
        if name in ASKED and PAGES[name].door in ("member", "user")
    }


PAGES_WITH_IDS = pages_that_name_a_thing()


@pytest.fixture(scope="module")
def world(database: str) -> tuple[Team, Team]:
    """Two teams, of which the second has one of everything."""
    mine, theirs = make_team(days=1), make_team(days=1, pack=0, name="Harbour Clinic")
    return mine, theirs


@pytest.fixture(scope="module")
def theirs(world: tuple[Team, Team]) -> Iterator[dict[str, str]]:
    """Ids of the second team's things: of each kind that an address names."""
    _, team = world
    account_id, owner = team.account_id, team.actor(Role.OWNER)
    order(team, QuoteRequest(kind="add_seats", quantity=3))
    pack = order_of(account_id, buy(team, 250))
    refunds.make(account_id=account_id, order_id=pack.pk, reason="operator", actor=OPERATOR)
    bought = order(team, QuoteRequest(kind="add_number", phone="+14155550177"))
    (invited,) = invitations.invite(account_id=account_id, actor=owner, emails=["x@y.example"], role=Role.MEMBER)
    number = team_number(account_id, bought)
    talks = texting.talk_with(team, number)
    key = keys.make(account_id=account_id, actor=owner, name="sender", role=Role.MEMBER)
    endpoint = webhooks.create(account_id=account_id, actor=owner, url="https://93.184.216.34/refill")
    thread = helping.start(user_id=owner.user_id or 0, account_id=account_id, channel="chat", body="Hello", context=[],
                           once="access")  # fmt: skip
    call = ApiRequest.objects.create(account_id=account_id, at=clock.now(), method="GET", path="/v1/account",
                                     status=200, milliseconds=1)  # fmt: skip
    yield {
        "quote": quote(team, QuoteRequest(kind="cancel")), "order": bought,
        "card": ids.encode("pm", newest(PaymentMethod, account_id)),
        "invoice": ids.encode("inv", newest(Invoice, account_id)),
        "note": ids.encode("cn", newest(CreditNote, account_id)),
        "entry": ids.encode("ent", account_id, Entry.objects.filter(account_id=account_id).latest("seq").seq),
        "invitation": ids.encode("ivt", invited), "member": ids.encode("mem", team.members[Role.MEMBER]),
        "inbox": ids.encode("inb", inboxes.create(account_id=account_id, actor=owner, name="Front desk")),
        "number": ids.encode("num", number), "key": ids.encode("key", key.id),
        "endpoint": ids.encode("whe", endpoint.id), "thread": ids.encode("hlp", thread),
        "call": ids.encode("req", call.pk), "conversation": talks[FINE],
        "message": ids.encode("msg", newest(Message, account_id)), "broadcast": texting.draft(team, number),
    }  # fmt: skip
    WebhookEndpoint.objects.filter(account_id=account_id).update(state="disabled")


def newest(kind: type[Model], account_id: int) -> int:
    return int(kind._default_manager.filter(account_id=account_id).latest("id").pk)


def order_of(account_id: int, order_id: str) -> Order:
    return Order.objects.get(account_id=account_id, pk=ids.decode("ord", order_id)[0])


def team_number(account_id: int, order_id: str) -> int:
    row = order_of(account_id, order_id).numbers.get()
    assert row.kind == numbers.kind_of(row.e164)
    return int(row.pk)


@pytest.fixture(scope="module")
def actors(world: tuple[Team, Team]) -> list[Actor]:
    """Twelve: a stranger, a user without an account, five roles, an Owner and a Member whose sign-in is old, a member
    who was removed, a member of a third account, and an operator."""
    mine, _ = world

    def signed_in(user: User, **how: int) -> Client:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user, **how)
        return client

    third = make_team(days=0, name="Third")
    gone = make_team(days=0, name="Gone")
    Membership.objects.filter(pk=gone.members[Role.ADMIN]).update(removed_at=Membership.objects.first().created_at)  # type: ignore[union-attr]
    nobody = User.objects.create_user(email="nobody@web.example", password=None, name="Nobody")
    operator = User.objects.create_user(email="op@web.example", password=None, name="Op", is_staff=True)
    return [
        Actor("stranger", Client()),
        Actor("user without an account", signed_in(nobody)),
        *(Actor(role.value, signed_in(mine.user(role)), role) for role in Role),
        Actor("owner, signed in long ago", signed_in(mine.user(Role.OWNER), hours_ago=20), Role.OWNER, late=True),
        Actor("manager, signed in long ago", signed_in(mine.user(Role.MANAGER), hours_ago=20), Role.MANAGER, late=True),
        Actor("removed admin", signed_in(gone.user(Role.ADMIN))),
        Actor("owner of a third account", signed_in(third.user(Role.OWNER)), Role.OWNER),
        Actor("operator without a membership", signed_in(operator)),
    ]


def expected(actor: Actor, name: str) -> str:
    line = PAGES[name]
    if actor.name == "stranger":
        return "/user/login/"
    if line.door == "user":
        return "404"
    if actor.role is None:
        return "/start"
    if line.right is not None and not may(actor.role, line.right):
        return "403"
    if line.fresh and actor.late:
        return "/user/reauthenticate/"
    return "404"


def answered(actor: Actor, name: str, address: str) -> str:
    answer = getattr(actor.client, ASKED[name][0].lower())(address, PRESSED.get(name))
    return answer.headers["Location"].partition("?")[0] if answer.status_code == 302 else str(answer.status_code)


def nowhere(prefix: str) -> str:
    return ids.encode(prefix, FAR, FAR) if prefix == "ent" else ids.encode(prefix, FAR)


def test_there_are_twelve_actors_and_an_example_of_all_that_addresses_name(
    actors: list[Actor], theirs: dict[str, str]
) -> None:
    assert len({actor.name for actor in actors}) == 12
    named = {parameter for _, parameters in PAGES_WITH_IDS.values() for parameter in parameters}
    assert named == set(PREFIXES) == set(theirs)
    assert {parameter: id_.partition("_")[0] for parameter, id_ in theirs.items()} == PREFIXES


def test_each_example_is_there_for_its_own(world: tuple[Team, Team], theirs: dict[str, str]) -> None:
    """So that the 404s below say something."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(world[1].user(Role.OWNER))
    looked = {name: client.get(address.format(**theirs)).status_code for name, (address, _) in PAGES_WITH_IDS.items()
              if ASKED[name][0] == "GET"}  # fmt: skip
    assert looked == dict.fromkeys(looked, 200)


@pytest.mark.parametrize("name", sorted(PAGES_WITH_IDS))
def test_anothers_things_and_things_that_are_nowhere_do_not_exist(
    name: str, actors: list[Actor], theirs: dict[str, str]
) -> None:
    address, parameters = PAGES_WITH_IDS[name]
    random = {parameter: nowhere(PREFIXES[parameter]) for parameter in parameters}
    asked = [("random", random), ("no id", dict.fromkeys(parameters, "none")), ("other's", theirs)]
    found = {
        (actor.name, whose): answered(actor, name, address.format(**named))
        for actor in actors
        for whose, named in asked
    }
    assert found == {(actor.name, whose): expected(actor, name) for actor in actors for whose, _ in asked}
