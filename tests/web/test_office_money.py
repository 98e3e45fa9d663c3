"""The office's deeds about money as an operator sees them: every queue, refunds made elsewhere, safe mode, taxes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.carriers import IncomingText
from refill.domain.payments import ASK_AFTER_SECONDS
from refill.gateways import clock
from refill.models import (
    BillingDetails,
    CarrierEvent,
    Charge,
    Delivery,
    Event,
    Mail,
    Message,
    Number,
    Period,
    ProviderDifference,
    ProviderEvent,
    Refund,
    SafeMode,
    TaxRate,
    Trouble,
    WebhookEndpoint,
)
from refill.services import credits
from refill.services.chores import clocks
from refill.services.messages import carrier_events, incoming, texting
from refill.services.selling import standard
from tests.texting import UNKNOWN_FINE
from tests.web import accounts
from tests.web.accounts import make_operator, make_team
from tests.web.looking import faults
from tests.web.texting import give_number, say, work

Open = Callable[..., Page]
OfficeClient = Callable[..., Client]


def act_on(page: Page, queue: str, words: str, button: str) -> str:
    """Open a queue, press the button of the row that says these words; return what the page says then."""
    page.goto(f"/office/queues/{queue}")
    row = page.locator(f"section.card:has-text('{words}')").first
    assert faults(page) == []
    with page.expect_navigation():
        row.locator(f"button:has-text('{button}')").click()
    return page.locator("main .banner").first.inner_text()


def test_an_undecided_charge_is_asked_about(open_as: Open) -> None:
    team = make_team(days=0, a_day=0, name="Heron Vets")
    order = ids.decode("ord", accounts.buy(team, 250, "unknown_then_ok"))[0]
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 2, 22, 14, 6, tzinfo=UTC), work=False)
    page = open_as(make_operator())
    page.goto("/office/queues/charges")
    assert page.locator("section.card:has-text('Heron Vets') h2").inner_text() == "$12.50, unknown"
    assert act_on(page, "charges", "Heron Vets", "Ask the provider now") == "The provider says: succeeded."
    assert Charge.objects.get(order_id=order).state == "succeeded"
    assert credits.balance(account_id=team.account_id).purchased_left == 250


def test_what_the_provider_shows_of_a_charge_is_said_and_followed(open_as: Open) -> None:
    team = make_team(days=0, a_day=0, name="Ibis Dental")
    order = ids.decode("ord", accounts.buy(team, 250, "unknown_then_ok"))[0]
    Charge.objects.filter(order_id=order).update(next_ask_at=None, attention="unanswered")
    page = open_as(make_operator(), script=False)
    page.goto("/office/queues/charges")
    page.locator("section.card:has-text('Ibis Dental') >> text='Say what the provider shows'").click()
    page.check("[value=succeeded]")
    page.fill("[name=note]", "dashboard, 3 March")
    page.click("text='Keep it'")
    assert "Give the provider’s name" in page.locator("#faults").inner_text().replace("'", "’")
    assert credits.balance(account_id=team.account_id).purchased_left == 0
    page.fill("[name=reference]", f"pi_{order}")
    with page.expect_navigation():
        page.click("text='Keep it'")
    assert page.locator(".banner.done").inner_text() == "Kept, and all that follows from it is done."
    assert credits.balance(account_id=team.account_id).purchased_left == 250
    seen = open_as(make_operator())
    seen.goto(f"/office/charges/{ids.encode('chg', Charge.objects.get(order_id=order).pk)}/word")
    seen.click("text='Keep it'")
    assert faults(seen) == []


def test_a_webhook_that_nobody_could_follow_is_looked_at(open_as: Open) -> None:
    now = clock.now()
    for state in ("unmatched", "failed"):
        row = ProviderEvent.objects.create(
            gateway="stripe", event_id=f"evt_{state}_{now.timestamp()}", kind="payment_intent.succeeded",
            subject="pi_stranger", state=state, received_at=now,
        )  # fmt: skip
        page = open_as(make_operator())
        assert act_on(page, "events", row.event_id, "I have looked") == "Kept that you have looked."
        row.refresh_from_db()
        assert row.state == "ignored"


def test_an_incoming_text_that_failed_is_received_once_the_cause_is_gone(
    open_as: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = make_team(days=0, a_day=0, name="Raven Vets")
    number = Number.objects.get(pk=give_number(team))
    text = IncomingText(f"SM{number.pk}", "+12065550177", number.e164, "Are you open on Friday?")
    carrier_events.keep("sandbox", text)
    event = CarrierEvent.objects.get(event_id=text.reference)

    def fail(**facts: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(incoming, "receive", fail)
    for _ in range(len(ASK_AFTER_SECONDS) + 1):
        CarrierEvent.objects.filter(pk=event.pk).update(try_at=clock.now())
        carrier_events.work_off()
    monkeypatch.undo()
    event.refresh_from_db()
    assert (event.state, event.try_at) == ("failed", None)
    page = open_as(make_operator())
    assert act_on(page, "carrier", text.reference, "Do it again") == "It is done again in a moment."
    carrier_events.work_off()
    event.refresh_from_db()
    assert (event.state, event.said) == ("done", {})
    assert Message.objects.filter(account_id=team.account_id, direction="in").count() == 1


def test_a_customers_endpoint_is_delivered_to_again(open_as: Open) -> None:
    team, now = make_team(days=0, a_day=0, name="Kestrel Labs"), clock.now()
    endpoint = WebhookEndpoint.objects.create(
        account_id=team.account_id, url="https://kestrel.example/hook", kinds=["*"], secret=b"x", created_at=now
    )
    event = Event.objects.filter(account_id=team.account_id).latest("id")
    Delivery.objects.filter(endpoint=endpoint).delete()
    missed = Delivery.objects.create(
        account_id=team.account_id, endpoint=endpoint, event=event, state="failed", created_at=now, due_at=now
    )
    page = open_as(make_operator())
    assert act_on(page, "webhooks", "Kestrel Labs", "Deliver again") == "Due again: 1."
    missed.refresh_from_db()
    assert missed.state == "pending"
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(state="disabled")
    Delivery.objects.filter(pk=missed.pk).update(state="dropped")


def test_a_text_that_the_carrier_never_answered_about_is_asked_for(open_as: Open) -> None:
    team = make_team(days=0, a_day=0, name="Osprey Clinic")
    text = say(team, give_number(team), UNKNOWN_FINE, "Your table is ready.")
    texting.run(team.account_id)
    Message.objects.filter(pk=text).update(step="unknown", next_at=None, asks=7)
    page = open_as(make_operator())
    assert act_on(page, "texts", "Osprey Clinic", "Ask the carrier now") == "The carrier is asked."
    work(team)
    assert Message.objects.get(pk=text).state in ("sent", "delivered")


def test_what_the_carriers_console_shows_of_a_text_settles_it(open_as: Open) -> None:
    for button, state, left in (("The carrier took it", "sent", 999), ("It did not", "failed", 1_000)):
        team = make_team(days=0, a_day=0, name=f"Plover {state}")
        text = say(team, give_number(team), UNKNOWN_FINE, "Your table is ready.")
        texting.run(team.account_id)
        Message.objects.filter(pk=text).update(step="unknown", next_at=None, asks=7)
        assert act_on(open_as(make_operator()), "texts", f"Plover {state}", button).startswith("Kept: the carrier")
        assert Message.objects.get(pk=text).state == state
        assert credits.balance(account_id=team.account_id).available == left


def test_a_given_up_mail_an_account_put_off_and_a_skipped_period(open_as: Open) -> None:
    team, now = make_team(days=0, a_day=0, name="Lapwing Care"), clock.now()
    mail = Mail.objects.create(
        account_id=team.account_id, kind="written", to="ann@lapwing.example", why="named", facts={}, once=f"l{now}",
        at=now, posted_at=now, tries=30, fault="550 no such box",
    )  # fmt: skip
    Trouble.objects.create(account_id=team.account_id, fault="ZeroDivisionError", since=now, last_at=now)
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 5, 1, tzinfo=UTC), work=False)
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 5, 2, tzinfo=UTC))
    page = open_as(make_operator())
    assert act_on(page, "mails", "ann@lapwing.example", "Try again") == "It is tried again."
    said = act_on(page, "accounts", "Lapwing Care", "Try now")
    assert said == "It worked: all that was due is done."
    assert not Trouble.objects.filter(pk=team.account_id).exists()
    for _ in Period.objects.filter(account_id=team.account_id, state="skipped"):
        assert act_on(page, "periods", "Lapwing Care", "I have looked") == "Kept that you have looked."
    assert "Lapwing Care" not in page.locator("main").inner_text()
    Mail.objects.filter(pk=mail.pk).delete()


def test_a_refund_made_at_the_provider_is_booked_after_its_preview(open_as: Open) -> None:
    team = make_team(days=0, a_day=0, name="Merlin Smiles", pack=0)
    order = ids.decode("ord", accounts.buy(team, 1_000))[0]
    charge = Charge.objects.get(order_id=order)
    with connection.cursor() as cursor:
        cursor.execute("update sandbox_charge set refunded_minor = 1500 where provider_key = %s", [charge.provider_key])
    ProviderDifference.objects.create(
        gateway="sandbox", what="refunded", provider_key=charge.provider_key, reference=charge.provider_key,
        account_id=team.account_id, charge_id=charge.pk, here="0 of 0", there="1500", found_at=clock.now(),
    )  # fmt: skip
    page = open_as(make_operator(), script=False)
    page.goto("/office/queues/differences")
    page.locator("section.card:has-text('Merlin Smiles') >> a.button").click()
    assert "$15.00" in page.locator("main").inner_text()
    assert Refund.objects.filter(account_id=team.account_id).count() == 0
    page.check("form.card [name=keep_credits]")
    page.fill("form.card [name=note]", "the dashboard, 3 March")
    with page.expect_navigation():
        page.click("text='See what it does'")
    assert "The credits stay with the customer." in page.locator("main").inner_text()
    with page.expect_navigation():
        page.click("text='Book $15.00'")
    assert page.locator(".banner.done").inner_text() == "Booked: $15.00 went back."
    refund = Refund.objects.get(account_id=team.account_id)
    assert (refund.amount_minor, refund.grants, refund.note) == (1_500, [], "the dashboard, 3 March")
    assert "Merlin Smiles" not in page.locator("main").inner_text()
    seen = open_as(make_operator())
    number = ProviderDifference.objects.create(
        gateway="sandbox", what="refunded", provider_key=charge.provider_key, reference=charge.provider_key,
        account_id=team.account_id, charge_id=charge.pk, here="1500 of 1500", there="1500", found_at=clock.now(),
    ).pk  # fmt: skip
    seen.goto(f"/office/differences/{number}/book")
    assert "gave back no more than is booked" in seen.locator("#faults").inner_text()
    assert faults(seen) == []
    ProviderDifference.objects.filter(pk=number).delete()


@pytest.mark.parametrize("address", ["/office/differences/0/book", "/office/differences/x/book"])
def test_what_does_not_differ_is_not_booked(operator_client: OfficeClient, address: str) -> None:
    assert operator_client().get(address).status_code == 404


def test_a_tax_row_is_shown_with_whom_it_concerns_and_then_added(open_as: Open) -> None:
    team = make_team(days=0, a_day=0, name="Siskin Praxis")
    BillingDetails.objects.update_or_create(
        account_id=team.account_id, defaults={"country": "LU", "updated_at": clock.now()}
    )
    page = open_as(make_operator(), script=False)
    page.goto("/office/taxes")
    page.select_option("[name=country]", "LU")
    page.fill("[name=rate]", "17.5 percent")
    page.click("text='See what would change'")
    assert "A percentage from 0 to 100" in page.locator("#faults").inner_text()
    page.fill("[name=rate]", "17")
    page.fill("[name=starts_on]", "2030-01-01")
    page.check("[name=reverse_charge]")
    page.select_option("[name=mode]", "test")
    page.click("text='See what would change'")
    shown = page.locator("section.card:has-text('What would change')").inner_text()
    assert "VAT 17 % in LU, on top of the prices" in shown
    assert "Siskin Praxis" in shown
    assert TaxRate.objects.filter(country="LU").count() == 0
    with page.expect_navigation():
        page.click("text='Add this row'")
    row = TaxRate.objects.get(country="LU")
    facts = (row.rate_basis_points, row.inclusive, row.reverse_charge, row.mode, row.starts_at)
    assert facts == (1_700, False, True, "test", datetime(2030, 1, 1, tzinfo=UTC))
    seen = open_as(make_operator())
    seen.goto("/office/taxes")
    assert faults(seen) == []
    assert "17 %" in seen.locator("section.card:has-text('The table')").inner_text()


def test_a_stale_preview_of_a_tax_row_adds_nothing(operator_client: OfficeClient) -> None:
    client = operator_client()
    sent = {"country": "MT", "name": "VAT", "rate": "18", "mode": "both", "do": "add", "seen": "of something else"}
    answer = client.post("/office/taxes", sent)
    assert (answer.status_code, TaxRate.objects.filter(country="MT").count()) == (200, 0)
    assert client.post("/office/taxes", sent | {"country": "XX"}).status_code == 422


@pytest.fixture
def alone(fresh_database: str) -> None:
    """A provider's whole list is compared, so there are no others here."""
    standard.ensure()


def test_safe_mode_is_on_every_page_until_somebody_confirms(alone: None, open_as: Open) -> None:
    make_team(days=0, a_day=0)
    now = clock.now()
    SafeMode.objects.create(backup_made_at=now - timedelta(hours=3), began_at=now)
    page = open_as(make_operator())
    page.goto("/office/search")
    assert "Nothing is charged." in page.locator(".banner.out").inner_text()
    assert faults(page) == []
    page.click("text='See what is left to do'")
    assert faults(page) == []
    with page.expect_navigation():
        page.click("text='Compare with the provider and charge again'")
    assert page.locator(".banner.done").inner_text() == "Charges are made again."
    assert SafeMode.objects.get().ended_at is not None
    page.goto("/office/safe-mode")
    assert page.locator("h2").first.inner_text() == "Charges are made as ever"
    assert faults(page) == []


def test_safe_mode_ends_by_its_button_alone(alone: None, operator_client: OfficeClient) -> None:
    make_team(days=0, a_day=0)
    now = clock.now()
    SafeMode.objects.create(backup_made_at=now - timedelta(hours=3), began_at=now)
    client = operator_client()
    for sent in ({}, {"word": "dorp", "kind": "mails"}, {"word": "drop", "kind": "letters"}):
        answer = client.post("/office/safe-mode", sent)
        assert (answer.status_code, SafeMode.objects.get().ended_at) == (422, None), sent
    assert client.post("/office/safe-mode", {"word": "confirm"}).status_code == 302
    assert SafeMode.objects.get().ended_at is not None


def test_what_a_restored_backup_was_about_to_send_is_sent_or_dropped_by_kind(alone: None, open_as: Open) -> None:
    team = make_team(days=1, a_day=0)
    now = clock.now()
    SafeMode.objects.create(backup_made_at=now - timedelta(hours=3), began_at=now)
    Mail.objects.exclude(account_id=team.account_id).delete()
    count = Mail.objects.update(send_at=None, fault=Mail.HELD)
    Delivery.objects.all().delete()
    page = open_as(make_operator(), width=320)
    page.goto("/office/safe-mode")
    assert f"Send {count} mail" in page.locator("main").inner_text()
    assert faults(page) == []
    with page.expect_navigation():
        page.click("text='Compare with the provider and charge again'")
    assert "Send or drop first what was due when the backup was restored" in page.locator(".banner").first.inner_text()
    with page.expect_navigation():
        page.click("button:has-text('Drop')")
    assert page.locator(".banner.done").inner_text().startswith(f"Dropped: {count} mail")
    assert not Mail.objects.filter(fault=Mail.HELD).exists()
    page.goto("/office/safe-mode")
    assert page.locator("button[value=drop]").count() == 0
