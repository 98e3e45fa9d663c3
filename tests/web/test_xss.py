"""X9, X10, X11: words of people are shown as words on every page, in mails, PDF, CSV and the office."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pypdf
import pytest
from django.test import Client
from django.utils.html import escape
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.billing_details import BillTo
from refill.domain.carriers import IncomingText
from refill.domain.cells import plain
from refill.domain.errors import Invalid
from refill.domain.recipients import Line
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.models import (
    ApiKey,
    Charge,
    Contact,
    Conversation,
    Entry,
    HelpThread,
    Invoice,
    Mail,
    Number,
    WebhookEndpoint,
)
from refill.queries.pages import statement_papers
from refill.services import credits, helping
from refill.services.developers import keys, webhooks
from refill.services.invoicing import billing_details
from refill.services.mail import letters
from refill.services.messages import broadcasts, incoming
from refill.services.places import inboxes, numbers
from refill.services.selling import catalogue, standard
from refill.services.team import asking, invitations, profiles
from tests.texting import FINE
from tests.web import texting
from tests.web.accounts import OPERATOR, Team, make_operator, make_team, order, quote

Open = Callable[..., Page]
# Tags, attributes, addresses, SVG, template braces, entities, signs that turn text around, typesetting, a formula.
PAYLOADS = [
    "<script>window.hit=1</script>",
    "\"><img src=x onerror='window.hit=1'>",
    "'><svg/onload=window.hit=1> javascript:window.hit=1//",
    "{{ 7*7 }}{% csrf_token %}${7*7} &lt;b&gt;&#60;script&#62; `x`|whoami; DROP TABLE refill_entry; --",
    "</title></textarea></style><script>window.hit=1</script><iframe srcdoc='<script>parent.hit=1</script>'>",
    "\u202egnp.exe\u202c \u200bzero <style>*{display:none}</style>",
    '#read("/etc/hostname") *bold* _it_ $x^2$ @ref <label> //c',
    '=HYPERLINK("http://evil.example","x")',
]
ADDRESSES = [
    "/settings/billing", "/settings/billing/upgrade", "/settings/billing/buy", "/settings/billing/manage",
    "/settings/roles", "/settings/close", "/settings/requests", "/settings/profile", "/settings/developers",
    "/settings/developers/webhooks/{endpoint}", "/settings/developers/calls", "/settings/invoices", "/statement",
    "/help", "/settings/invoices/{invoice}", "/settings/billing/details", "/statement/{entry}", "/settings/team",
    "/settings/team/members/{member}", "/settings/team/members/{member}/remove", "/settings/team/ownership",
    "/settings/team/invite", "/settings/team/invitations/{invitation}", "/settings/inboxes",
    "/settings/inboxes/{inbox}", "/settings/inboxes/{inbox}/remove", "/settings/numbers/{number}",
    "/settings/numbers/{number}/delete", "/conversations", "/conversations/{conversation}", "/conversations/new",
    "/broadcasts", "/broadcasts/{broadcast}", "/broadcasts/new", "/settings/billing/quotes/{quote}",
    "/settings/billing/orders/{order}", "/settings/auto-recharge", "/settings/cards",
]  # fmt: skip
OFFICE = ["/office/search?q={account}", "/office/accounts/{account}?month=2027-02", "/office/charges/{charge}",
          "/office/accounts/{account}/credits", "/office/help", "/office/help/{thread}", "/office/reports",
          "/office/catalogue"]  # fmt: skip
LEAST_SHOWN = 30
MONTHS = datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)


def _town(payload: str) -> tuple[Team, dict[str, str]]:
    """An account in which every name, note and text is the payload."""
    word = payload[:190]
    standard.ensure()
    plan = catalogue.add_plan(actor=OPERATOR, name=word, rank=25, features=["broadcasts"], livemode=False,
                              limits={"seats": 9, "numbers": 3})  # fmt: skip
    small, large = (
        catalogue.add_price(actor=OPERATOR, plan_id=plan, interval="month", credits=credits_, amount_minor=amount,
                            currency="usd", livemode=False)
        for credits_, amount in ((1_000, 3_000), (2_000, 6_000))
    )  # fmt: skip
    team = make_team(days=1, a_day=1, pack=0, name=word, owner_name=word, price=small)
    owner, member = team.actor(Role.OWNER), team.user(Role.MEMBER)
    account_id, of = team.account_id, {"account_id": team.account_id}
    for role in Role:
        profiles.rename(user_id=team.user(role).pk, name=word)
    inbox = inboxes.create(account_id=account_id, actor=owner, name=word)
    keys.make(account_id=account_id, actor=owner, name=word, role=Role.MEMBER)
    asking.ask(account_id=account_id, member_id=team.members[Role.MEMBER], kind="credits", note=payload)
    (invited,) = invitations.invite(account_id=account_id, actor=owner, emails=["x@y.example"], role=Role.MEMBER)
    endpoint = webhooks.create(
        account_id=account_id, actor=owner, url="https://93.184.216.34/<b>", description=word
    )  # fmt: skip
    WebhookEndpoint.objects.filter(pk=endpoint.id).update(state="disabled")
    details = BillTo(name=word, line1=word, city=word[:90])
    with suppress(Invalid):  # what no page can print is refused
        billing_details.save(account_id=account_id, actor=owner, details=details)
    helping.start(
        user_id=member.pk, account_id=account_id, channel="mail", body=payload, context=[("Account", payload)],
        once=f"{account_id:032x}",
    )  # fmt: skip
    credits.grant(account_id=account_id, actor=OPERATOR, credits=100, source="adjustment", reason=payload)
    credits.spend(account_id=account_id, credits=1, key="x9", fingerprint=1, kind="text", reference=payload)
    upgraded = order(team, QuoteRequest(kind="change_plan", price_id=large))
    talk, broadcast, number = _texts(team, payload, inbox)
    charge, entry = Charge.objects.filter(**of).latest("id"), Entry.objects.filter(**of, kind="spend").latest("seq")
    return team, {
        "account": ids.encode("acc", account_id), "entry": ids.encode("ent", account_id, entry.seq),
        "invoice": ids.encode("inv", Invoice.objects.filter(**of).latest("id").pk),
        "charge": ids.encode("chg", charge.pk), "thread": ids.encode("hlp", HelpThread.objects.get(**of).pk),
        "member": ids.encode("mem", team.members[Role.MEMBER]), "invitation": ids.encode("ivt", invited),
        "endpoint": ids.encode("whe", endpoint.id), "inbox": ids.encode("inb", inbox), "number": number,
        "conversation": talk, "broadcast": broadcast, "order": upgraded,
        "quote": quote(team, QuoteRequest(kind="cancel")),
    }  # fmt: skip


def _texts(team: Team, payload: str, inbox: int) -> tuple[str, str, str]:
    """A conversation, a broadcast and a number, as pages name them."""
    account_id, owner = team.account_id, team.actor(Role.OWNER)
    number = texting.give_number(team)
    numbers.edit(account_id=account_id, actor=owner, number_id=number, name=payload[:190], inbox_id=inbox)
    texting.say(team, number, FINE, payload)
    own = Number.objects.get(pk=number).e164
    said = IncomingText(f"x9-{account_id}", FINE, own, payload, ("javascript:window.hit=1", "https://x.example/<b>"))
    incoming.receive(account_id=account_id, number_id=number, text=said)
    Contact.objects.filter(account_id=account_id).update(name=payload[:190])
    lines = [Line(2, "+12062900001", {"first_name": payload}), Line(3, payload, {})]
    made = broadcasts.draft(account_id=account_id, actor=owner, name=payload[:190], number_id=number, lines=lines,
                            body="Hello {{first_name|there}}. " + payload)  # fmt: skip
    talk = Conversation.objects.get(account_id=account_id).pk
    return ids.encode("cnv", talk), ids.encode("bro", made), ids.encode("num", number)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_x9_a_payload_in_every_name_is_shown_as_text(
    payload: str, client_of: Callable[..., Client], operator_client: Callable[..., Client]
) -> None:
    team, things = _town(payload)
    shown = 0
    for client, addresses in ((client_of(team, Role.OWNER), ADDRESSES), (operator_client(), OFFICE)):
        for address in addresses:
            answer = client.get(address.format(**things))
            assert (address, answer.status_code) == (address, 200)
            text = answer.content.decode()
            shown += escape(payload[:190]) in text
            if any(sign in payload for sign in "<>\"'"):
                assert (address, payload[:190] in text) == (address, False)
    assert shown >= LEAST_SHOWN
    _mails_say_it_as_text(team, payload)
    _the_csv_has_no_formula(client_of(team, Role.OWNER), operator_client(), things)
    client = client_of(team, Role.OWNER)
    for paper in (f"/settings/invoices/{things['invoice']}/pdf", "/statement.pdf?from=2027-02-01&to=2027-03-30"):
        _the_paper_says_it_as_text(client.get(paper).getvalue(), payload)


def _the_paper_says_it_as_text(paper: bytes, payload: str) -> None:
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper)).pages)
    # Lines are broken where they are full; read, bold and maths would have taken signs away.
    bare = re.compile(r"[\s\u200b\u202c\u202e]")
    if "\u202e" not in payload:  # whose signs turn what stands between them around, also in print
        assert bare.sub("", payload[:40]) in bare.sub("", printed)


def _mails_say_it_as_text(team: Team, payload: str) -> None:
    rows = Mail.objects.select_related("account").filter(account_id=team.account_id)
    found = [letters.letter_of(mail) for mail in rows]
    assert len(found) >= 2
    for letter in found:
        assert "\n" not in letter.subject
        assert "\r" not in letter.subject
        if "<" in payload:
            assert payload[:60] not in letter.html
        assert not re.search(r"<(script|svg|iframe|img|textarea)\b", letter.html)


def _the_csv_has_no_formula(owner: Client, operator: Client, things: dict[str, str]) -> None:
    statement = owner.get("/statement.csv?from=2027-02-01&to=2027-03-30").getvalue().decode()
    results = owner.get(f"/broadcasts/{things['broadcast']}/results.csv").getvalue().decode()
    (account_id,) = ids.decode("acc", things["account"])
    by_api = "".join(statement_papers.as_csv(statement_papers.statement(account_id, *MONTHS)))
    report = operator.get("/office/reports/recurring.csv?mode=test&currency=usd").getvalue().decode()
    cells = [
        cell for text in (statement, results, by_api, report) for row in csv.reader(io.StringIO(text)) for cell in row
    ]
    whole = re.compile(r"[-+]?\d+")  # amounts, and phone numbers of our own
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell and not whole.fullmatch(cell)] == []


def test_x9_no_payload_runs_in_a_browser(open_as: Open) -> None:
    """All at once, so that a browser looks at each page once; the policy's own reports count too."""
    everything = "".join(payload for payload in PAYLOADS if "<" in payload and "hit" in payload)[:200]
    team, things = _town(everything)
    own, office = open_as(team), open_as(make_operator())
    for page, addresses in ((own, ADDRESSES), (office, OFFICE)):
        for address in addresses:
            page.goto(address.format(**things))
            assert (address, page.evaluate("window.hit")) == (address, None)
            assert (address, page.evaluate("document.title.length > 0")) == (address, True)
    own.goto("/settings/billing")
    own.click("#profile-menu summary")
    assert html.unescape(own.locator("#profile-menu p b").first.inner_text()) == " ".join(everything[:190].split())


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "+12065550123+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1", "－1"]
)
def test_x10_a_cell_that_a_spreadsheet_would_run_is_defused(cell: str) -> None:
    assert plain(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Ann", "1+1", "a=b", "", " =1", "+12065550123"])
def test_x10_other_cells_stay_as_they_are(cell: str) -> None:
    assert plain(cell) == cell


def test_x17_a_keys_name_is_text_and_its_secret_is_nowhere(client_of: Callable[..., Client]) -> None:
    team = make_team(days=0, a_day=0)
    made = keys.make(account_id=team.account_id, actor=team.actor(Role.OWNER), name="<b>", role=Role.ADMIN)
    text = client_of(team, Role.OWNER).get("/settings/developers").content.decode()
    assert "&lt;b&gt;" in text
    assert made.secret not in text
    assert made.secret.encode() not in bytes(ApiKey.objects.get(account_id=team.account_id).hash)
