"""Every page that names a thing, as the router has it, for twelve actors: another account's things and things that are
nowhere do not exist for anybody, and whoever may not look learns nothing of them (RULES §8; X1, X2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from refill.domain import ids
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role, may
from refill.models import Entry, Invoice, Membership, Order, PaymentMethod, User
from refill.services.places import inboxes, numbers
from refill.services.team import invitations
from refill.web.policy import PAGES
from tests.web.accounts import Team, make_team, order, quote
from tests.web.conftest import session_of
from tests.web.test_access import ASKED

# What the parameters of addresses are ids of. Those of files, mails, links and the office have no account of their own.
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
        if name in ASKED and PAGES[name].door == "member"
    }


PAGES_WITH_IDS = pages_that_name_a_thing()


@pytest.fixture(scope="module")
def world(database: str) -> tuple[Team, Team]:
    """Two teams, of which the second has one of everything."""
    mine, theirs = make_team(days=1), make_team(days=1, pack=0, name="Harbour Clinic")
    return mine, theirs


@pytest.fixture(scope="module")
def theirs(world: tuple[Team, Team]) -> dict[str, str]:
    """Ids of the second team's things, where it has them."""
    _, team = world
    account_id, owner = team.account_id, team.actor(Role.OWNER)
    order(team, QuoteRequest(kind="add_seats", quantity=3))
    phone = "+14155550177"
    bought = order(team, QuoteRequest(kind="add_number", phone=phone))
    (invited,) = invitations.invite(account_id=account_id, actor=owner, emails=["x@y.example"], role=Role.MEMBER)
    inbox = inboxes.create(account_id=account_id, actor=owner, name="Front desk")
    entry = Entry.objects.filter(account_id=account_id).latest("seq")
    number = team_number(account_id, bought)
    return {
        "quote": quote(team, QuoteRequest(kind="cancel")), "order": bought,
        "card": ids.encode("pm", PaymentMethod.objects.filter(account_id=account_id).latest("id").pk),
        "invoice": ids.encode("inv", Invoice.objects.filter(account_id=account_id).latest("id").pk),
        "entry": ids.encode("ent", account_id, entry.seq), "invitation": ids.encode("ivt", invited),
        "member": ids.encode("mem", team.members[Role.MEMBER]), "inbox": ids.encode("inb", inbox),
        "number": ids.encode("num", number),
    }  # fmt: skip


def team_number(account_id: int, order_id: str) -> int:
    row = Order.objects.get(account_id=account_id, pk=ids.decode("ord", order_id)[0]).numbers.get()
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
    if actor.role is None:
        return "/start"
    if line.right is not None and not may(actor.role, line.right):
        return "403"
    if line.fresh and actor.late:
        return "/user/reauthenticate/"
    return "404"


def answered(actor: Actor, name: str, address: str) -> str:
    answer = getattr(actor.client, ASKED[name][0].lower())(address)
    return answer.headers["Location"].partition("?")[0] if answer.status_code == 302 else str(answer.status_code)


def nowhere(prefix: str) -> str:
    return ids.encode(prefix, FAR, FAR) if prefix == "ent" else ids.encode(prefix, FAR)


def test_there_are_twelve_actors_and_every_parameter_is_an_id_that_this_test_knows(actors: list[Actor]) -> None:
    assert len({actor.name for actor in actors}) == 12
    named = {parameter for _, parameters in PAGES_WITH_IDS.values() for parameter in parameters}
    assert named - set(PREFIXES) == set()
    assert {"invitation", "member", "inbox", "number", "quote", "order", "invoice"} <= named


@pytest.mark.parametrize("name", sorted(PAGES_WITH_IDS))
def test_anothers_things_and_things_that_are_nowhere_do_not_exist(
    name: str, actors: list[Actor], theirs: dict[str, str]
) -> None:
    address, parameters = PAGES_WITH_IDS[name]
    random = {parameter: nowhere(PREFIXES[parameter]) for parameter in parameters}
    asked = [("random", random), ("no id", dict.fromkeys(parameters, "none"))]
    if all(parameter in theirs for parameter in parameters):
        asked.append(("other's", {parameter: theirs[parameter] for parameter in parameters}))
    found = {
        (actor.name, whose): answered(actor, name, address.format(**named))
        for actor in actors
        for whose, named in asked
    }
    assert found == {(actor.name, whose): expected(actor, name) for actor in actors for whose, _ in asked}
