"""Nothing for axe to find in light and dark, nothing too wide for a small phone, on every page that the router has: one
that is new is looked at too, or fails until this file knows an example of what its address names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.letters import Letter
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.gateways.mail import FolderMail
from refill.models import Charge, CreditNote, Entry, HelpThread, Invoice, Order
from refill.services import helping
from refill.services.developers import webhooks
from refill.services.money import intents, refunds
from refill.services.places import inboxes
from refill.services.team import invitations
from refill.web.mailbox import read_mails
from refill.web.policy import PAGES
from tests.texting import FINE
from tests.web import texting
from tests.web.accounts import OPERATOR, Team, buy, make_operator, make_team, order, quote
from tests.web.looking import faults_on
from tests.web.test_team import link_to

Open = Callable[..., Page]
# Pages that only lead on, or that need a step before them: where their states are looked at.
LEAD_ON = {
    "home": "to Plan & Billing",
    "ask": "for who may not: test_accessibility as a Member",
    "account_logout": "a question to who is signed in: below",
    "overdue": "to Plan & Billing where nothing is; the suspended account of test_accessibility has it",
    "card_added": "from the provider's page: test_provider_pages",
    "recharge_check": "after the form: test_recharge_page",
    "request_one": "test_developers, which makes calls",
    "office_word": "for a payment that nobody could decide: test_office_money",
    "office_book": "for a difference with the provider: test_office_money",
    "account_confirm_email": "after signing up: test_accessibility",
    "account_reset_password_from_key": "after a mail: test_accessibility",
    "account_login": "for strangers: test_accessibility",
    "account_signup": "for strangers: test_accessibility",
    "account_reauthenticate": "test_security",
    "account_set_password": "everybody has a password",
    "account_confirm_login_code": "codes by mail are not used",
    "mfa_index": "to Security",
    "mfa_login_webauthn": "what the passkey button asks: test_security",
    "mfa_authenticate": "after the password: test_security",
    "mfa_reauthenticate": "test_security",
    "mfa_reauthenticate_webauthn": "test_security",
    "mfa_activate_totp": "after the password: test_security",
    "mfa_deactivate_totp": "after the password: test_security",
    "mfa_view_recovery_codes": "after the password: test_security",
    "mfa_generate_recovery_codes": "after the password: test_security",
    "mfa_download_recovery_codes": "a file",
    "mfa_add_webauthn": "after the password: test_security",
    "mfa_list_webauthn": "after the password: test_security",
    "mfa_edit_webauthn": "after the password: test_security",
    "mfa_remove_webauthn": "after the password: test_security",
}


@pytest.fixture(scope="module")
def full(database: str) -> Iterator[tuple[Team, dict[str, str]]]:
    """A team with one of everything that an address can name, and those names."""
    team = make_team(days=2, name="Northwind Dental")
    account_id, owner = team.account_id, team.actor(Role.OWNER)
    number = texting.give_number(team)
    talks = texting.talk_with(team, number)
    bought = buy(team, 1_000)
    refunds.make(account_id=account_id, order_id=ids.decode("ord", bought)[0], reason="customer", actor=OPERATOR)
    waiting = Order.objects.get(pk=ids.decode("ord", buy(team, 250, "needs_action"))[0])
    charge = Charge.objects.filter(order=waiting).latest("pk")
    order(team, QuoteRequest(kind="add_seats", quantity=2))
    email = f"guest{account_id}@every.example"
    (invited,) = invitations.invite(account_id=account_id, actor=owner, emails=[email], role=Role.MEMBER)
    inbox = inboxes.create(account_id=account_id, actor=owner, name="Front desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "WEBHOOKS_TO_LOOPBACK", True)
        endpoint = webhooks.create(account_id=account_id, actor=owner, url="http://127.0.0.1:9/refill").id
    helping.start(
        user_id=team.user(Role.OWNER).pk, account_id=account_id, channel="mail", body="Why 3?", context=[],
        once=f"{account_id:032x}",
    )  # fmt: skip
    note = CreditNote.objects.filter(account_id=account_id).latest("pk")
    spent = Entry.objects.filter(account_id=account_id, kind="spend").latest("seq")
    yield team, {
        "account": ids.encode("acc", account_id), "order": bought, "quote": quote(team, QuoteRequest(kind="cancel")),
        "invoice": ids.encode("inv", Invoice.objects.filter(account_id=account_id).earliest("pk").pk),
        "note": ids.encode("cn", note.pk), "entry": ids.encode("ent", account_id, spent.seq),
        "usage": ids.encode("use", account_id, spent.seq),
        "charge": ids.encode("chg", charge.pk), "invitation": ids.encode("ivt", invited),
        "member": ids.encode("mem", team.members[Role.MEMBER]), "inbox": ids.encode("inb", inbox),
        "number": ids.encode("num", number), "endpoint": ids.encode("whe", endpoint),
        "conversation": talks[FINE], "broadcast": texting.draft(team, number),
        "thread": ids.encode("hlp", HelpThread.objects.get(account_id=account_id).pk),
        "pay": intents.action_url(charge).rpartition("/")[2], "join": link_to(email).rpartition("/")[2],
        "queue": "charges", "report": "recurring",
    }  # fmt: skip
    webhooks.remove(account_id=account_id, actor=owner, endpoint_id=endpoint)


def _addresses(names: dict[str, str]) -> dict[str, str]:
    """Every page's address, with an example of what it names."""
    found = {}
    for name in PAGES:
        ways = get_resolver().reverse_dict.getlist(name)
        if ways and name not in LEAD_ON:  # the policy has lines for what the sign-in library could show too
            parameters = ways[0][0][0][1]
            known = {each: names.get(name) or names.get(each, "none") for each in parameters}
            found[name] = reverse(name, kwargs=known)
    return found


def _pages(client: Client, door: str, names: dict[str, str]) -> list[str]:
    """Those of this door that answer with a page. Deeds are asked for by POST alone; files are no pages, nor
    is the answer that nothing is new."""
    found, wrong = [], {}
    for name, address in _addresses(names).items():
        if PAGES[name].door != door:
            continue
        answer = client.get(address)
        is_page = answer.headers["Content-Type"].startswith("text/html")
        if answer.status_code in (204, 405) or (answer.status_code == 200 and not is_page):
            continue
        if answer.status_code != 200:
            wrong[name] = answer.status_code
        if b"<!doctype html>" in answer.content[:100]:  # and not a piece of one
            found.append(address)
    assert wrong == {}
    return found


def test_nothing_is_wrong_with_any_page_of_an_account(
    open_as: Open, client_of: Callable[..., Client], full: tuple[Team, dict[str, str]]
) -> None:
    team, names = full
    client, page = client_of(team, Role.OWNER), open_as(team)
    page.set_default_timeout(30_000)  # on a busy machine a page takes a while
    for door, least in (("member", 40), ("user", 4)):
        addresses = _pages(client, door, names)
        assert len(addresses) >= least
        assert faults_on(page, addresses) == {}
    assert faults_on(page, [reverse("account_logout")]) == {}


def test_nothing_is_wrong_with_any_page_of_the_office(
    open_as: Open, operator_client: Callable[..., Client], full: tuple[Team, dict[str, str]]
) -> None:
    operator = make_operator()
    addresses = _pages(operator_client(operator), "operator", full[1])
    assert len(addresses) >= 12
    assert faults_on(open_as(operator), addresses) == {}


def test_nothing_is_wrong_with_any_page_for_everybody(
    open_as: Open, full: tuple[Team, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DEMO", True)
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", tmp_path / "mail")
    page = open_as(None)
    assert faults_on(page, ["/mailbox"]) == {}
    html = "<html><head></head><body><p>Confirm it.</p></body></html>"
    FolderMail().send(Letter(1, "ann@demo.example", "Confirm your mail address " * 4, "Confirm it.", html))
    (mail,) = read_mails(tmp_path / "mail")
    addresses = _pages(Client(), "anyone", {**full[1], "mail": mail.key, "mail_html": mail.key})
    assert len(addresses) >= 8
    assert faults_on(page, addresses) == {}
