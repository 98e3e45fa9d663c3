"""Whatever id somebody quotes, the office finds the account's life at that moment; a prefix without a line fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.carriers import IncomingText
from refill.domain.recipients import Line
from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import (
    ApiRequest,
    AuditRow,
    Charge,
    Conversation,
    CreditNote,
    Dispute,
    Event,
    Invoice,
    Number,
    Pack,
    PaymentMethod,
    Period,
    Plan,
    PolicyVersion,
    Quote,
    Refund,
    Subscription,
    TaxRate,
    WebhookEndpoint,
)
from refill.queries.office.search import search
from refill.services import credits, helping
from refill.services.developers import keys
from refill.services.messages import broadcasts, incoming
from refill.services.money import refunds
from refill.services.office import corrections
from refill.services.places import inboxes
from refill.services.team import invitations
from tests.web.accounts import OPERATOR, Team, buy, make_operator, make_team, price_id
from tests.web.looking import faults

HERE, REAL = date(2027, 2, 23), "today"
# Each prefix: where it leads, and on which day of the account's time; REAL is today, None no day.
LEADS: dict[str, tuple[str, date | str | None]] = {
    "acc": ("account", None), "usr": ("account", None), "clk": ("account", None),
    "mem": ("account", date(2027, 2, 22)), "sub": ("account", date(2027, 2, 22)), "per": ("account", date(2027, 2, 22)),
    "quo": ("account", HERE), "ord": ("account", HERE), "chg": ("account", HERE), "inv": ("account", HERE),
    "gra": ("account", HERE), "ent": ("account", HERE), "use": ("account", HERE), "hold": ("account", HERE),
    "evt": ("account", HERE), "aud": ("account", HERE), "pm": ("account", date(2027, 2, 22)), "msg": ("account", HERE),
    "cnv": ("account", HERE), "num": ("account", HERE), "inb": ("account", HERE), "bro": ("account", HERE),
    "cn": ("account", HERE), "ref": ("account", HERE), "dis": ("account", HERE), "ivt": ("account", REAL),
    "key": ("account", REAL), "whe": ("account", REAL), "hlp": ("account", REAL), "cor": ("account", REAL),
    "req": ("account", REAL), "plan": ("catalogue", None), "price": ("catalogue", None), "pack": ("catalogue", None),
    "tax": ("catalogue", None), "pol": ("policy", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def lived(database: str) -> SimpleNamespace:
    """An account in which everything that has an id exists, and those ids."""
    team = make_team(name="Quince Physio", days=1, pack=0)
    return SimpleNamespace(team=team, codes=_codes(team))


def _codes(team: Team) -> dict[str, str]:
    account_id, owner, operator = team.account_id, team.actor(Role.OWNER), make_operator()
    at = credits.balance(account_id=account_id).at
    spent = credits.spend(account_id=account_id, credits=3, key="a", fingerprint=1, kind="other")
    held = credits.hold(account_id=account_id, credits=2, key="b", fingerprint=1)
    given = credits.grant(account_id=account_id, actor=OPERATOR, credits=5, source="promotion", reason="a gift")
    (order,) = ids.decode("ord", buy(team, 250))
    refunds.make(account_id=account_id, order_id=order, reason="operator", amount_minor=100, actor=OPERATOR)
    charge = Charge.objects.get(order_id=order)
    dispute = Dispute.objects.create(
        account_id=account_id, charge=charge, reference=f"dp_{charge.pk}", amount_minor=100, currency="usd", grants=[],
        opened_at=at,
    )  # fmt: skip
    inbox = inboxes.create(account_id=account_id, actor=owner, name="Front desk")
    number = Number.objects.create(
        account_id=account_id, kind="local", e164=f"+1206{7_000_000 + account_id % 1_000_000}", created_at=at,
        bought_at=at,
    )  # fmt: skip
    heard = IncomingText("q1", "+12065550123", number.e164, "Hello")
    message = incoming.receive(account_id=account_id, number_id=number.pk, text=heard)
    broadcast = broadcasts.draft(
        account_id=account_id, actor=owner, name="Friday", number_id=number.pk, body="Hi",
        lines=[Line(0, "+12065550124")], pace=60,
    )  # fmt: skip
    (invited,) = invitations.invite(
        account_id=account_id, actor=owner, emails=[f"i{account_id}@web.example"], role=Role.OBSERVER
    )
    key = keys.make(account_id=account_id, actor=owner, name="Sender", role=Role.MEMBER).id
    endpoint = WebhookEndpoint.objects.create(
        account_id=account_id, url="https://hooks.example", kinds=["*"], secret=b"x", created_at=clock.now()
    )
    thread = helping.start(
        user_id=team.user(Role.OWNER).pk, account_id=account_id, channel="chat", body="Hi", context=[], once="q" * 32
    )
    wanted = corrections.Wanted(account_id=account_id, credits=1, reason="a test")
    correction = corrections.ask(
        wanted=wanted, operator=Actor("operator of the test", None, operator.pk), once=f"c{account_id}"
    )
    call = ApiRequest.objects.create(
        account_id=account_id, at=clock.now(), method="GET", path="/v1/balance", status=200, milliseconds=1
    )
    tax = TaxRate.objects.create(
        country="XX", name="VAT", rate_basis_points=100, inclusive=False, reverse_charge=False, starts_at=at,
        created_at=at, actor="test",
    )  # fmt: skip
    rows = {"account_id": account_id}
    one = {
        "usr": team.user(Role.ADMIN).pk, "mem": team.members[Role.OWNER], "clk": team.clock_id, "acc": account_id,
        "sub": Subscription.objects.get(**rows).pk, "per": Period.objects.get(**rows, state="current").pk,
        "quo": Quote.objects.filter(**rows).latest("id").pk, "ord": order, "chg": charge.pk,
        "inv": Invoice.objects.get(order_id=order).pk, "gra": given, "hold": held.hold_id,
        "evt": Event.objects.filter(**rows, kind="credits.purchased").latest("id").pk,
        "aud": AuditRow.objects.filter(**rows, action="refund.made").latest("id").pk,
        "pm": PaymentMethod.objects.filter(**rows).latest("id").pk, "msg": message,
        "cnv": Conversation.objects.get(**rows).pk, "num": number.pk, "inb": inbox, "bro": broadcast,
        "cn": CreditNote.objects.get(**rows).pk, "ref": Refund.objects.get(**rows).pk, "dis": dispute.pk,
        "ivt": invited, "key": key, "whe": endpoint.pk, "hlp": thread, "cor": correction, "req": call.pk, "tax": tax.pk,
        "plan": Plan.objects.latest("id").pk, "price": price_id("growth", 1_000), "pack": Pack.objects.latest("id").pk,
        "pol": PolicyVersion.objects.latest("id").pk,
    }  # fmt: skip
    codes = {prefix: ids.encode(prefix, number) for prefix, number in one.items()}
    return codes | {prefix: ids.encode(prefix, account_id, spent.seq) for prefix in ("ent", "use")}


def test_every_prefix_has_a_line() -> None:
    assert LEADS.keys() == ids.PREFIXES


@pytest.mark.parametrize("prefix", sorted(ids.PREFIXES))
def test_an_id_leads_to_the_accounts_life_at_that_moment(prefix: str, lived: SimpleNamespace) -> None:
    page, on = LEADS[prefix]
    hits = [hit for hit in search(lived.codes[prefix]) if hit.page == page]
    account = ids.encode("acc", lived.team.account_id)
    day = clock.now().date() if on == REAL else on
    if page == "account":
        # Today, in New York, may be yesterday here.
        days = {day} if on != REAL else {day, date.fromordinal(day.toordinal() - 1)}  # type: ignore[union-attr]
        assert [(hit.key, hit.on in days) for hit in hits] == [(account, True)]
    else:
        assert [hit.key for hit in hits] == [lived.codes[prefix]]
    strangers = ids.encode(prefix, *([2**62] * (2 if prefix in ("ent", "use") else 1)))
    assert [hit for hit in search(strangers) if hit.page == "account"] == []


def test_a_call_is_found_by_the_id_that_its_answer_bore(lived: SimpleNamespace) -> None:
    code = ids.encode("req", 2**60 + lived.team.account_id)
    ApiRequest.objects.create(
        account_id=lived.team.account_id, at=clock.now(), method="GET", path="/v1/balance", status=200, milliseconds=1,
        request_id=code,
    )  # fmt: skip
    assert [hit.key for hit in search(code)] == [ids.encode("acc", lived.team.account_id)]


def test_the_link_leads_to_the_day_in_the_line_of_time(
    lived: SimpleNamespace, operator_client: Callable[..., Client]
) -> None:
    client = operator_client()
    found = client.get("/office/search", {"q": lived.codes["msg"]}).content.decode()
    link = re.search(r'href="(/office/accounts/[^"#]+)#(on-2027-02-23)"', found)
    assert link is not None
    assert client.get(link[1]).content.decode().count(f'id="{link[2]}"') == 1
    for prefix, address in (("plan", "/office/catalogue"), ("pol", "/office/policies")):
        assert (
            f'href="{address}">{lived.codes[prefix]}'
            in client.get("/office/search", {"q": lived.codes[prefix]}).content.decode()
        )


def test_the_day_is_shown_when_the_link_is_followed(lived: SimpleNamespace, open_as: Callable[..., Page]) -> None:
    page = open_as(make_operator())
    page.goto(f"/office/search?q={lived.codes['quo']}")
    page.click("main table a")
    page.wait_for_selector("#on-2027-02-23:target")
    assert faults(page) == []
