"""The office gives back one usage: found in the account's life or by its id, previewed, done, and in the statement."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.roles import Role
from refill.models import Entry
from refill.services import credits
from tests.web.accounts import make_operator, make_team
from tests.web.looking import faults, faults_on
from tests.web.texting import give_number, say, work

Open = Callable[..., Page]


def test_a_usage_is_found_in_the_life_previewed_and_given_back(open_as: Open) -> None:
    team = make_team(days=2)
    page = open_as(make_operator(), script=False)
    page.goto(f"/office/accounts/{ids.encode('acc', team.account_id)}?month=2027-02")
    page.click("main table >> text='Used: 1 × text' >> nth=0")
    assert page.locator("h1").inner_text() == "Used on 24 February 2027"
    page.click("main table a")
    page.fill("[name=credits]", "12")
    page.fill("[name=reason]", "The <b>line</b> was down")
    page.click("text='See what it does'")
    shown = page.locator("main .facts").first.inner_text()
    assert ("940 credits" in shown, "952 credits" in shown, "The <b>line</b> was down" in shown) == (True, True, True)
    assert credits.balance(account_id=team.account_id).available == 940
    with page.expect_navigation():
        page.click("text='Give back 12 credits'")
    assert credits.balance(account_id=team.account_id).available == 952
    entry = Entry.objects.filter(account_id=team.account_id).latest("seq")
    assert (entry.kind, entry.credits, entry.reason) == ("reverse", 12, "The <b>line</b> was down")
    theirs = open_as(team, Role.OWNER, script=False)
    theirs.goto("/statement?from=2027-02-01&to=2027-03-01")
    assert "Given back" in theirs.locator("main").inner_text()


def test_nothing_is_wrong_with_the_pages_and_what_is_not_there_is_not_found(open_as: Open) -> None:
    team = make_team(days=2)
    seq = Entry.objects.filter(account_id=team.account_id, kind="spend").latest("seq").seq
    account, usage = ids.encode("acc", team.account_id), ids.encode("use", team.account_id, seq)
    credits.reverse(account_id=team.account_id, seq=seq, credits=5, reason="a mistake", actor=team.actor(Role.OWNER))
    page = open_as(make_operator())
    pages = [
        f"/office/accounts/{account}/usage?day=2027-02-24&usage=text", f"/office/accounts/{account}/usage?day=never",
        f"/office/usage/{usage}", f"/office/usage/{usage}?credits=2&reason=So+it+is", f"/office/search?q={usage}",
    ]  # fmt: skip
    assert faults_on(page, pages) == {}
    page.goto(f"/office/usage/{usage}?credits=26&reason=Too+much")
    assert "25 credits of it are not given back yet" in page.locator("main").inner_text()
    assert faults(page) == []


def test_a_text_is_given_back_by_the_product_alone(operator_client: Callable[..., Client]) -> None:
    team = make_team(days=0)
    say(team, give_number(team), "+12065550123", "Hello")
    work(team)
    seq = Entry.objects.filter(account_id=team.account_id, kind="capture").latest("seq").seq
    client, address = operator_client(), f"/office/usage/{ids.encode('use', team.account_id, seq)}"
    assert "It paid for a text." in client.get(address).content.decode()
    sent = client.post(address, {"credits": "1", "reason": "So it is"})
    assert (sent.status_code, "given back by the product" in sent.content.decode()) == (422, True)
    grant = ids.encode("use", team.account_id, 1)
    assert client.get(f"/office/usage/{grant}").status_code == 404
