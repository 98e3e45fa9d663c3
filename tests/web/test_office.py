"""The office: search, a life in one line, why a charge was made, queues, corrections, catalogue, policies, reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import (
    AuditRow,
    Charge,
    Delivery,
    Event,
    Invoice,
    Mail,
    Membership,
    PolicyVersion,
    ProviderDifference,
    Subscription,
    Trouble,
    WebhookEndpoint,
)
from refill.queries.office import reports
from refill.queries.office.search import search
from refill.services import credits
from refill.services.chores import clocks, due
from refill.services.selling import policies
from refill.worker import chores
from tests.web import accounts
from tests.web.accounts import OPERATOR, Team, make_operator, make_team, pay_with
from tests.web.looking import faults, faults_on

Open = Callable[..., Page]
OfficeClient = Callable[..., Client]


@pytest.fixture(scope="module")
def northwind(database: str) -> Team:
    return make_team(name="Zebra Dental", days=3, pack=250)


def _code(team: Team) -> str:
    return ids.encode("acc", team.account_id)


def _charge(team: Team) -> Charge:
    return Charge.objects.filter(account_id=team.account_id).latest("id")


def _found(text: str) -> list[tuple[str, str]]:
    return [(hit.page, hit.key) for hit in search(text)]


def test_an_account_is_found_by_all_that_somebody_may_quote(northwind: Team) -> None:
    account, charge = _code(northwind), _charge(northwind)
    member = Membership.objects.get(pk=northwind.members[Role.MEMBER])
    invoice = Invoice.objects.get(order_id=charge.order_id)
    subscription = Subscription.objects.get(account_id=northwind.account_id)
    by_account = [
        account, "zebra dent", northwind.emails[Role.OWNER].upper(), ids.encode("usr", member.user_id),
        ids.encode("mem", member.pk), ids.encode("inv", invoice.pk), ids.encode("sub", subscription.pk),
        ids.encode("ent", northwind.account_id, 1),
    ]  # fmt: skip
    assert {text: ("account", account) in _found(text) for text in by_account} == dict.fromkeys(by_account, True)
    code = ids.encode("chg", charge.pk)
    by_charge = [code, ids.encode("ord", charge.order_id), charge.provider_key, f"TEST-{invoice.number:04}",
                 f"test-{invoice.number}"]  # fmt: skip
    assert {text: ("charge", code) in _found(text) for text in by_charge} == dict.fromkeys(by_charge, True)


@pytest.mark.parametrize("text", ["", "a", "acc_none", "chg_0000000000000", "x" * 300, "%", "';--", "zz_1"])
def test_a_search_for_nonsense_finds_nothing(text: str, operator_client: OfficeClient) -> None:
    assert _found(text) == []
    assert operator_client().get("/office/search", {"q": text}).status_code == 200


def test_a_life_in_one_line_says_what_happened_and_is_narrowed(northwind: Team, operator_client: OfficeClient) -> None:
    client, address = operator_client(), f"/office/accounts/{_code(northwind)}"
    text = _words(client.get(f"{address}?month=2027-02"))
    for said in ("Charge paid: credits bought", "Charge paid: start of the plan", "Plan credits", "+1,000",
                 "Used: 1 × text", "−30", "Member added", "Invoice TEST-", "Plan begun"):  # fmt: skip
        assert said in text, said
    narrowed = _words(client.get(f"{address}?month=2027-02&show=money"))
    assert "Charge paid: credits bought" in narrowed
    assert "Used: 1 × text" not in narrowed
    assert "Nothing in January 2027" in _words(client.get(f"{address}?month=2027-01"))
    assert client.get(f"{address}?month=99999-99&show=nonsense").status_code == 200


def _words(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))  # type: ignore[attr-defined]


def test_x25_that_an_operator_looked_stands_in_the_accounts_history_once_an_hour(operator_client: OfficeClient) -> None:
    team, client = make_team(days=0, a_day=0), operator_client()
    for _ in range(3):
        client.get(f"/office/accounts/{_code(team)}")
    assert AuditRow.objects.filter(account_id=team.account_id, action="operator.looked").count() == 1


def test_why_was_i_charged_leads_from_charge_to_quote_lines_and_grants(
    northwind: Team, operator_client: OfficeClient
) -> None:
    charge = Charge.objects.select_related("order").get(order__kind="buy_credits", account_id=northwind.account_id)
    text = _words(operator_client().get(f"/office/charges/{ids.encode('chg', charge.pk)}"))
    assert charge.order.quote_id is not None
    for said in ("owner of the test", ids.encode("quo", charge.order.quote_id), ids.encode("ord", charge.order_id),
                 "250 credits", "Visa ending 4242", charge.provider_key, "Bought credits", "succeeded"):  # fmt: skip
        assert said in text, said


def test_a_correction_is_shown_then_done(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(make_operator(), script=False)
    page.goto(f"/office/accounts/{_code(team)}")
    page.click("text='Correct'")
    page.fill("[name=credits]", "250")
    page.fill("[name=reason]", "For the outage")
    page.click("text='See what it does'")
    assert "1,220 credits" in page.locator("main .facts").first.inner_text()
    assert credits.balance(account_id=team.account_id).available == 970
    page.click("text='Give 250 credits'")
    assert page.locator(".banner.done").inner_text() == "Done: +250 credits."
    assert credits.balance(account_id=team.account_id).available == 1_220


def test_a_large_correction_is_agreed_to_by_another_operator(open_as: Open) -> None:
    team = make_team(days=1, name="Quagga Care")
    page = open_as(make_operator(), script=False)
    page.goto(f"/office/accounts/{_code(team)}/credits?direction=give&credits=6000&reason=Launch+gift&source=promotion")
    page.click("text='Ask a second operator'")
    page.goto("/office/corrections")
    mine = page.locator("section.card:has-text('Quagga Care')")
    assert mine.locator("button").all_inner_texts() == ["Drop it"]
    other = open_as(make_operator(), script=False)
    other.goto("/office/corrections")
    other.locator("section.card:has-text('Quagga Care') >> button.ink").click()
    assert credits.balance(account_id=team.account_id).promotion_left == 6_000


def test_an_old_sign_in_looks_but_does_not_correct(operator_client: OfficeClient, northwind: Team) -> None:
    client, address = operator_client(hours_ago=1), f"/office/accounts/{_code(northwind)}"
    assert client.get(address).status_code == 200
    for deed in (f"{address}/credits", "/office/policies", "/office/catalogue"):
        assert client.get(deed).headers["Location"].startswith("/user/reauthenticate/")
    posted = client.post("/office/corrections/cor_none")
    assert posted.headers["Location"] == "/user/reauthenticate/?next=%2Foffice"


def test_an_undecided_charge_is_asked_about_and_settles(operator_client: OfficeClient) -> None:
    team = make_team(days=1)
    order = ids.decode("ord", accounts.buy(team, 250, "unknown_then_ok"))[0]
    charge = Charge.objects.get(order_id=order)
    assert charge.state == "unknown"
    client, code = operator_client(), ids.encode("chg", charge.pk)
    assert code not in client.get("/office/queues/charges").content.decode()
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 2, 23, 14, 6, tzinfo=UTC), work=False)
    assert code in client.get("/office/queues/charges").content.decode()
    for _ in range(4):
        client.post("/office/queues/charges/act", {"key": code})
    charge.refresh_from_db()
    assert charge.state == "succeeded"
    assert code not in client.get("/office/queues/charges").content.decode()
    assert credits.balance(account_id=team.account_id).purchased_left == 250
    assert AuditRow.objects.filter(account_id=team.account_id, action="charge.asked_again").count() >= 1


def test_a_mail_that_was_given_up_is_tried_again(operator_client: OfficeClient) -> None:
    team, now = make_team(days=0, a_day=0), clock.now()
    mail = Mail.objects.create(
        account_id=team.account_id, kind="written", to="ann@web.example", why="named", facts={}, once=f"x{now}",
        at=now, posted_at=now, tries=30, fault="550 no such box",
    )  # fmt: skip
    client = operator_client()
    assert "550 no such box" in client.get("/office/queues/mails").content.decode()
    client.post("/office/queues/mails/act", {"key": str(mail.pk)})
    mail.refresh_from_db()
    assert (mail.tries, mail.send_at is not None) == (0, True)
    Mail.objects.filter(pk=mail.pk).delete()


def test_an_account_that_is_put_off_is_seen_and_tried(
    operator_client: OfficeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    team, client = make_team(days=0, a_day=0), operator_client()

    def fail(account_id: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(due, "run", fail)
    monkeypatch.setattr(due, "claim", lambda limit: [team.account_id])
    for _ in range(2):
        chores.do_due_accounts()
    assert "2 times, ZeroDivisionError" in client.get("/office/queues/accounts").content.decode()
    client.post("/office/queues/accounts/act", {"key": _code(team)})
    assert Trouble.objects.filter(pk=team.account_id).exists()
    monkeypatch.undo()
    client.post("/office/queues/accounts/act", {"key": _code(team)})
    assert not Trouble.objects.filter(pk=team.account_id).exists()
    due._put_off.pop(team.account_id, None)


def test_a_difference_with_the_provider_is_looked_at_once(operator_client: OfficeClient) -> None:
    now, client = clock.now(), operator_client()
    row = ProviderDifference.objects.create(
        what="only_there", provider_key=f"refill_{now.timestamp()}", reference="pi_1", here="nothing",
        there="4000 usd succeeded", found_at=now,
    )  # fmt: skip
    assert row.provider_key in client.get("/office/queues/differences").content.decode()
    client.post("/office/queues/differences/act", {"key": str(row.pk)})
    assert row.provider_key not in client.get("/office/queues/differences").content.decode()


def test_missed_deliveries_are_due_again(operator_client: OfficeClient) -> None:
    team, now, client = make_team(days=0, a_day=0, name="Egret Labs"), clock.now(), operator_client()
    endpoint = WebhookEndpoint.objects.create(
        account_id=team.account_id, url="https://egret.example/hook", kinds=["*"], secret=b"x", created_at=now
    )
    event = Event.objects.filter(account_id=team.account_id).latest("id")
    Delivery.objects.filter(endpoint=endpoint).delete()
    missed = Delivery.objects.create(
        account_id=team.account_id, endpoint=endpoint, event=event, state="failed", created_at=now, due_at=now
    )
    assert "1 events did not arrive" in client.get("/office/queues/webhooks").content.decode()
    client.post("/office/queues/webhooks/act", {"key": ids.encode("whe", endpoint.pk)})
    missed.refresh_from_db()
    assert missed.state == "pending"
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(state="disabled")
    Delivery.objects.filter(pk=missed.pk).update(state="dropped")


def test_a_skipped_period_is_shown_until_somebody_has_looked(operator_client: OfficeClient) -> None:
    team, client = make_team(days=0, a_day=0, name="Okapi Vets"), operator_client()
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 5, 1, tzinfo=UTC), work=False)
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 5, 2, tzinfo=UTC))
    text = client.get("/office/queues/periods").content.decode()
    assert text.count("Okapi Vets</a>") == 1
    key = re.search(r'value="(per_\w+)"[^<]*<button[^<]*<span class="sr">: [^<]*Okapi', text)
    assert key is not None
    client.post("/office/queues/periods/act", {"key": key.group(1)})
    assert "Okapi Vets</a>" not in client.get("/office/queues/periods").content.decode()


@pytest.mark.parametrize(
    "queue", ["charges", "texts", "mails", "accounts", "periods", "events", "differences", "webhooks", "carrier"]
)
def test_an_action_on_what_is_not_there_does_nothing(operator_client: OfficeClient, queue: str) -> None:
    prefix = {"charges": "chg", "texts": "msg", "accounts": "acc", "periods": "per", "webhooks": "whe"}.get(queue)
    unknown = ids.encode(prefix, 2**62) if prefix else str(2**52)
    client = operator_client()
    before = AuditRow.objects.latest("id")
    assert client.post(f"/office/queues/{queue}/act", {"key": unknown}).status_code == 404
    assert AuditRow.objects.latest("id") == before


def test_the_catalogue_shows_what_would_change_and_does_just_that(open_as: Open) -> None:
    page = open_as(make_operator())
    page.goto("/office/catalogue?mode=live")
    page.fill("#text", '[[packs]]\ncredits = 77000\namount = 99000\ncurrency = "usd"\n')
    page.click("text='See what would change'")
    assert "77,000 credits" in page.locator("main table").inner_text()
    assert faults(page) == []
    page.click("text='Make these changes'")
    assert page.locator(".banner.done").inner_text() == "Done: 1 change."
    page.fill("#text", "packs = []\n")
    page.click("text='See what would change'")
    page.click("text='Make these changes'")
    page.fill("#text", "packs = [")
    page.click("text='See what would change'")
    assert page.locator("#faults h2").inner_text() == "Nothing was changed"
    assert faults(page) == []


def test_a_policy_is_changed_as_a_new_version_after_it_was_shown(open_as: Open) -> None:
    before = PolicyVersion.objects.latest("id")
    page = open_as(make_operator())
    page.goto("/office/policies")
    page.fill("#p_quote_minutes", "0")
    page.click("text='See what would change'")
    assert "Quote minutes: a whole number from 1 to 1,440" in page.locator("#faults").inner_text()
    assert faults(page) == []
    page.fill("#p_quote_minutes", "45")
    page.click("text='See what would change'")
    said = page.locator("section.card").first.inner_text()
    assert "Now: An offer stands for 30 minutes." in said
    assert "Then: An offer stands for 45 minutes." in said
    assert faults(page) == []
    assert PolicyVersion.objects.latest("id") == before
    page.click("text='Make it the new version'")
    try:
        assert PolicyVersion.objects.latest("id").values == {**before.values, "quote_minutes": 45}
        row = AuditRow.objects.filter(action="policies.changed").latest("id")
        assert row.actor.startswith("operator usr_")
    finally:
        policies.put(actor=OPERATOR, values={"quote_minutes": 30})


def test_reports_are_sums_of_their_rows(operator_client: OfficeClient) -> None:
    team = make_team(days=1, currency="usd", name="=SUM(A1)")
    accounts.order(team, QuoteRequest(kind="buy_credits", pack_id=accounts.Pack.objects.get(
        credits=250, mode="both", currency="usd").pk))  # fmt: skip
    mine = [row for row in reports.recurring(False, "usd").rows if row[0] == _code(team)]
    assert [row[2:] for row in mine] == [("Growth", "month", 1_000, 3_500, 3_500, "active")]
    left = [row[3:] for row in reports.left_over(False, "usd").rows if row[0] == _code(team)]
    assert sorted(left) == [("allowance", 1_000, 970, 0), ("purchase", 250, 250, 1_250)]
    answer = operator_client().get("/office/reports/recurring.csv?mode=test&currency=usd")
    assert f"{_code(team)},'=SUM(A1),Growth,month,1000,3500,3500,active\r\n" in answer.getvalue().decode()
    assert AuditRow.objects.filter(action="operator.exported", subject="report recurring").exists()


def test_who_has_not_paid_stands_in_the_dunning_report() -> None:
    team = make_team(days=1, name="Heron Spa")
    pay_with(team, "declined")
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 3, 22, 14, 0, tzinfo=UTC))
    rows = [row for row in reports.dunning(False, "usd").rows if row[0] == _code(team)]
    assert [(row[1], row[2], row[4], row[5]) for row in rows] == [("Heron Spa", "past_due", 3_500, 1)]


def test_nothing_is_wrong_with_the_offices_pages(open_as: Open, northwind: Team) -> None:
    account = f"/office/accounts/{_code(northwind)}"
    addresses = [
        "/office", "/office/search", "/office/search?q=zebra", "/office/search?q=nothing+at+all", account,
        f"{account}?month=2027-02", f"{account}/credits", f"{account}/credits?direction=take&credits=1&reason=x",
        f"/office/charges/{ids.encode('chg', _charge(northwind).pk)}", "/office/corrections", "/office/catalogue",
        "/office/policies", "/office/reports", "/office/queues/charges", "/office/queues/periods",
    ]  # fmt: skip
    assert faults_on(open_as(make_operator()), addresses) == {}
