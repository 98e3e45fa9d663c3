"""The access policy: every page has a line, and every line holds for every role."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from refill.domain import ids
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role, may
from refill.models import AuditRow, Entry, Invoice, Membership, Number, Order
from refill.services.places import inboxes
from refill.services.team import invitations
from refill.web.policy import PAGES
from tests.web.accounts import Team, order, quote

# Every page of ours: how it is asked for, and what it answers to who may. Things in braces are the team's own.
ASKED: dict[str, tuple[str, str, int]] = {
    "home": ("GET", "/", 302),
    "help": ("GET", "/help", 200),
    "components": ("GET", "/components", 200),
    "mailbox": ("GET", "/mailbox", 404),
    "mail": ("GET", "/mailbox/none", 404),
    "mail_html": ("GET", "/mailbox/none/html", 404),
    "demo_clock": ("POST", "/demo/clock", 404),
    "demo_texts": ("POST", "/demo/texts", 404),
    "profile": ("GET", "/settings/profile", 200),
    "security": ("GET", "/settings/security", 200),
    "switch": ("POST", "/switch", 404),
    "start": ("GET", "/start", 200),
    "billing": ("GET", "/settings/billing", 200),
    "calendar": ("GET", "/settings/billing/resets", 200),
    "calendar_address": ("POST", "/settings/billing/resets/address", 302),
    "roles": ("GET", "/settings/roles", 200),
    "statement": ("GET", "/statement", 200),
    "statement_csv": ("GET", "/statement.csv", 200),
    "statement_pdf": ("GET", "/statement.pdf", 200),
    "statement_json": ("GET", "/statement.json", 200),
    "why": ("GET", "/statement/{entry}", 200),
    "invoices": ("GET", "/settings/invoices", 200),
    "invoice": ("GET", "/settings/invoices/{invoice}", 200),
    "invoice_pdf": ("GET", "/settings/invoices/{invoice}/pdf", 200),
    "credit_note": ("GET", "/settings/invoices/credit/cn_none", 404),
    "credit_note_pdf": ("GET", "/settings/invoices/credit/cn_none/pdf", 404),
    "billing_details": ("GET", "/settings/billing/details", 200),
    "upgrade": ("GET", "/settings/billing/upgrade", 200),
    "buy": ("GET", "/settings/billing/buy", 200),
    "manage": ("GET", "/settings/billing/manage", 200),
    "quote": ("POST", "/settings/billing/quotes", 422),
    "confirm": ("GET", "/settings/billing/quotes/{quote}", 200),
    "result": ("GET", "/settings/billing/orders/{order}", 200),
    "act": ("POST", "/settings/billing/orders/{order}/act", 409),
    "recharge": ("GET", "/settings/auto-recharge", 200),
    "recharge_check": ("GET", "/settings/auto-recharge/check", 422),
    "recharge_save": ("POST", "/settings/auto-recharge/save", 302),
    "overdue": ("GET", "/settings/billing/overdue", 302),
    "cards": ("GET", "/settings/cards", 200),
    "card_new": ("GET", "/settings/cards/new", 200),
    "card_added": ("GET", "/settings/cards/added", 404),
    "pay": ("GET", "/pay/none", 404),
    "card_change": ("POST", "/settings/cards/pm_none", 404),
    "undo": ("POST", "/settings/billing/undo", 302),
    "resume": ("POST", "/settings/billing/resume", 302),
    "developers": ("GET", "/settings/developers", 200),
    "key_new": ("GET", "/settings/developers/keys/new", 200),
    "key_change": ("POST", "/settings/developers/keys/key_none", 404),
    "endpoint_new": ("GET", "/settings/developers/webhooks/new", 200),
    "endpoint": ("GET", "/settings/developers/webhooks/whe_none", 404),
    "endpoint_change": ("POST", "/settings/developers/webhooks/whe_none/change", 404),
    "request_log": ("GET", "/settings/developers/calls", 200),
    "request_one": ("GET", "/settings/developers/calls/req_none", 404),
    "team": ("GET", "/settings/team", 200),
    "invite": ("GET", "/settings/team/invite", 200),
    "invitation": ("GET", "/settings/team/invitations/{invitation}", 200),
    "member": ("GET", "/settings/team/members/{member}", 200),
    "member_remove": ("GET", "/settings/team/members/{member}/remove", 200),
    "leave": ("GET", "/settings/team/leave", 200),
    "owner": ("GET", "/settings/team/ownership", 200),
    "keep_places": ("POST", "/settings/team/places/keep", 302),
    "join": ("GET", "/join/none", 404),
    "places": ("GET", "/settings/inboxes", 200),
    "inbox_new": ("GET", "/settings/inboxes/new", 200),
    "inbox": ("GET", "/settings/inboxes/{inbox}", 200),
    "inbox_remove": ("GET", "/settings/inboxes/{inbox}/remove", 200),
    "number_new": ("GET", "/settings/numbers/new", 200),
    "number": ("GET", "/settings/numbers/{number}", 200),
    "number_delete": ("GET", "/settings/numbers/{number}/delete", 200),
    "take_back": ("POST", "/settings/inboxes/back", 404),
    "ask": ("GET", "/ask", 200),
    "asks": ("GET", "/settings/requests", 200),
    "ask_answer": ("POST", "/settings/requests/answer", 404),
    "ask_grant_role": ("POST", "/settings/requests/role", 404),
    "conversations": ("GET", "/conversations", 200),
    "conversations_news": ("GET", "/conversations/news", 204),
    "contacts": ("GET", "/conversations/contacts", 200),
    "contact_name": ("POST", "/conversations/cnv_none/contact/name", 404),
    "conversation": ("GET", "/conversations/cnv_none", 404),
    "contact": ("GET", "/conversations/cnv_none/contact", 404),
    "contact_copy": ("POST", "/conversations/cnv_none/contact/copy", 404),
    "contact_forget": ("GET", "/conversations/cnv_none/contact/forget", 404),
    "own_data": ("POST", "/settings/profile/data", 200),
    "compose": ("GET", "/conversations/new", 200),
    "text_weight": ("POST", "/conversations/weight", 200),
    "text_waiting": ("POST", "/conversations/texts/msg_none", 404),
    "broadcasts": ("GET", "/broadcasts", 200),
    "broadcast": ("GET", "/broadcasts/bro_none", 404),
    "conversation_news": ("GET", "/conversations/cnv_none/news", 404),
    "broadcast_progress": ("GET", "/broadcasts/bro_none/progress", 404),
    "broadcast_results": ("GET", "/broadcasts/bro_none/results.csv", 404),
    "broadcast_new": ("GET", "/broadcasts/new", 200),
    "broadcast_send": ("POST", "/broadcasts/bro_none/send", 404),
    "broadcast_cancel": ("POST", "/broadcasts/bro_none/cancel", 404),
    "help_start": ("POST", "/help/threads", 422),
    "help_thread": ("GET", "/help/threads/hlp_none", 404),
    "help_news": ("GET", "/help/threads/hlp_none/news", 404),
    "help_close": ("POST", "/help/threads/hlp_none/close", 404),
    "help_copy": ("POST", "/help/threads/hlp_none/copy", 404),
    "take_along": ("POST", "/settings/export", 200),
    "close_account": ("GET", "/settings/close", 200),
    "office": ("GET", "/office", 200),
    "office_search": ("GET", "/office/search", 200),
    "office_account": ("GET", "/office/accounts/acc_none", 404),
    "office_charge": ("GET", "/office/charges/chg_none", 404),
    "office_usages": ("GET", "/office/accounts/acc_none/usage", 404),
    "office_usage": ("GET", "/office/usage/use_none", 404),
    "office_correct": ("GET", "/office/accounts/acc_none/credits", 404),
    "office_refund": ("GET", "/office/accounts/acc_none/orders/ord_none/refund", 404),
    "office_corrections": ("GET", "/office/corrections", 200),
    "office_decide": ("POST", "/office/corrections/cor_none", 404),
    "office_queue": ("GET", "/office/queues/charges", 200),
    "office_act": ("POST", "/office/queues/charges/act", 404),
    "office_word": ("GET", "/office/charges/chg_none/word", 404),
    "office_book": ("GET", "/office/differences/0/book", 404),
    "office_safe_mode": ("GET", "/office/safe-mode", 200),
    "office_taxes": ("GET", "/office/taxes", 200),
    "office_catalogue": ("GET", "/office/catalogue", 200),
    "office_policy": ("GET", "/office/policies", 200),
    "office_reports": ("GET", "/office/reports", 200),
    "office_report": ("GET", "/office/reports/recurring.csv", 200),
    "office_help": ("GET", "/office/help", 200),
    "office_thread": ("GET", "/office/help/hlp_none", 404),
    "office_thread_news": ("GET", "/office/help/hlp_none/news", 404),
    "office_thread_close": ("POST", "/office/help/hlp_none/close", 404),
}
LIBRARY = ("account_", "mfa_", "usersessions_")
# What the buttons of a page send; without it such a page answers 422 to whoever may open it.
PRESSED = {
    "act": {"outcome": "authenticated"}, "calendar_address": {"deed": "make", "once": "access"},
    "card_change": {"deed": "default"}, "key_change": {"deed": "revoke"}, "endpoint_change": {"deed": "remove"},
    "keep_places": {"kind": "seat"}, "ask_answer": {"answer": "no"}, "text_waiting": {"act": "cancel"},
    "office_decide": {"answer": "refuse"},
}  # fmt: skip


@pytest.fixture(scope="module")
def things(team: Team) -> dict[str, str]:
    """What the addresses name: of the Member, where it is somebody's own."""
    entry = Entry.objects.filter(account_id=team.account_id, kind="spend", member_id=team.members[Role.MEMBER]).first()
    assert entry is not None
    invoice = Invoice.objects.filter(account_id=team.account_id).latest("id")
    owner, account_id = team.actor(Role.OWNER), team.account_id
    (invited,) = invitations.invite(
        account_id=account_id, actor=owner, emails=["gina@web.example"], role=Role.OBSERVER
    )  # fmt: skip
    inbox = inboxes.create(account_id=account_id, actor=owner, name="Front desk")
    order(team, QuoteRequest(kind="add_number", phone="+14155550178"))
    return {
        "invitation": ids.encode("ivt", invited), "member": ids.encode("mem", team.members[Role.MEMBER]),
        "inbox": ids.encode("inb", inbox),
        "number": ids.encode("num", Number.objects.get(account_id=account_id, removed_at=None).pk),
        "entry": ids.encode("ent", team.account_id, entry.first_seq or entry.seq),
        "invoice": ids.encode("inv", invoice.pk),
        "order": ids.encode("ord", Order.objects.filter(account_id=team.account_id).latest("id").pk),
        "quote": quote(team, QuoteRequest(kind="cancel")),
    }  # fmt: skip


def _names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= _names(pattern.url_patterns, prefix + str(pattern.pattern))
        elif not prefix.startswith(("v1/", "hooks/")) and pattern.name:
            found.add(pattern.name)
    return found


def test_every_page_has_a_line_in_the_policy() -> None:
    others = {"healthz", "readyz", "problem", "problems", "metrics"}
    assert {name for name in _names(get_resolver().url_patterns) if name not in PAGES} - others == set()


def test_every_page_of_the_policy_is_asked_for_here() -> None:
    assert {name for name in PAGES if not name.startswith(LIBRARY)} == set(ASKED)


def _answers(client: Client, things: dict[str, str]) -> dict[str, int]:
    return {
        name: getattr(client, method.lower())(address.format(**things), PRESSED.get(name)).status_code
        for name, (method, address, _) in ASKED.items()
    }


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_the_pages_that_its_rights_open_and_no_other(
    team: Team, things: dict[str, str], client_of: Callable[..., Client], role: Role
) -> None:
    expected = {name: _expected(name, usual, role) for name, (_, _, usual) in ASKED.items()}
    assert _answers(client_of(team, role), things) == expected


def _expected(name: str, usual: int, role: Role) -> int:
    """The office does not exist for customers, whatever their role."""
    line = PAGES[name]
    if line.door == "operator":
        return 404
    return usual if line.right is None or may(role, line.right) else 403


@pytest.mark.parametrize("name", sorted(PRESSED))
def test_a_page_does_nothing_where_no_button_of_it_was_pressed(
    team: Team, things: dict[str, str], client_of: Callable[..., Client], operator_client: Callable[..., Client],
    name: str,
) -> None:  # fmt: skip
    client = operator_client() if name.startswith("office_") else client_of(team, Role.OWNER)
    # The id could be one: what is refused is what was pressed.
    address = re.sub(r"([a-z]+)_none", lambda found: ids.encode(found[1], 2**62), ASKED[name][1].format(**things))
    field = next(iter(PRESSED[name]))
    before = (AuditRow.objects.count(), Entry.objects.count())
    answers = [client.post(address, body).status_code for body in ({}, {**PRESSED[name], field: "another"})]
    assert answers == [422, 422]
    assert (AuditRow.objects.count(), Entry.objects.count()) == before


def test_a_stranger_is_asked_to_sign_in_everywhere_but_where_anyone_may_be(team: Team, things: dict[str, str]) -> None:
    for name, (method, address, usual) in ASKED.items():
        answer = getattr(Client(), method.lower())(address.format(**things), PRESSED.get(name))
        if PAGES[name].door == "anyone":
            assert (name, answer.status_code) == (name, usual)
        else:
            assert (name, answer.headers["Location"].partition("?")[0]) == (name, "/user/login/")


def test_the_librarys_own_pages_need_a_login(team: Team) -> None:
    own = [name for name, line in PAGES.items() if name.startswith(LIBRARY) and line.door == "user"]
    closed = {name: Client().get(reverse(name)).headers["Location"].partition("?")[0] for name in own if _plain(name)}
    assert len(closed) >= 12
    assert set(closed.values()) == {"/user/login/"}


def _plain(name: str) -> bool:
    """Whether the page's address names nothing."""
    try:
        return bool(reverse(name))
    except NoReverseMatch:
        return False


def test_a_page_without_a_line_is_refused(
    team: Team, client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("refill.web.access.PAGES", {})
    assert client_of(team, Role.OWNER).get("/settings/billing").status_code == 403


def test_who_has_not_the_right_reads_who_has_it_and_may_ask(team: Team, client_of: Callable[..., Client]) -> None:
    text = client_of(team, Role.MEMBER).get("/settings/billing/upgrade").content.decode()
    assert "Ann Okafor" in text
    assert "Ben Ruiz" in text
    assert "Cora Lind" not in text
    assert 'href="/ask?for=change&amp;right=change_billing"' in text


def test_prices_are_not_shown_to_who_may_not_see_them(team: Team, client_of: Callable[..., Client]) -> None:
    text = client_of(team, Role.MEMBER).get("/settings/billing").content.decode()
    assert "$" not in text
    assert "of 1,000 plan credits" in text


def test_a_member_sees_only_their_own_movements(team: Team, client_of: Callable[..., Client]) -> None:
    answer = client_of(team, Role.MEMBER).get("/statement.csv?from=2027-02-01&to=2027-04-01")
    rows = answer.getvalue().decode().split("\r\n")
    assert len(rows) == 1 + 8 + 1
    assert all("Dan Mensah" in row for row in rows[1:-1])


def test_another_accounts_things_do_not_exist(team: Team, dry_team: Team, client_of: Callable[..., Client]) -> None:
    invoice = client_of(dry_team, Role.OWNER).get("/settings/invoices").content.decode()
    address = "/settings/invoices/" + invoice.split("/settings/invoices/")[1].split('"')[0]
    assert client_of(dry_team, Role.OWNER).get(address).status_code == 200
    assert client_of(team, Role.OWNER).get(address).status_code == 404


def test_money_needs_a_sign_in_of_the_last_twelve_hours(team: Team, client_of: Callable[..., Client]) -> None:
    assert client_of(team, Role.OWNER, hours_ago=11).get("/settings/cards/new").status_code == 200
    late = client_of(team, Role.OWNER, hours_ago=13).get("/settings/cards/new")
    assert late.headers["Location"] == "/user/reauthenticate/?next=%2Fsettings%2Fcards%2Fnew"


def test_a_role_that_is_lost_is_lost_at_once(client_of: Callable[..., Client], dry_team: Team) -> None:
    client = client_of(dry_team, Role.MANAGER)
    assert client.get("/statement").status_code == 200
    from_manager = dry_team.members[Role.MANAGER]
    _set_role(from_manager, "observer")
    assert client.get("/statement").status_code == 403
    _set_role(from_manager, "manager")


def _set_role(member_id: int, role: str) -> None:
    Membership.objects.filter(pk=member_id).update(role=role)
