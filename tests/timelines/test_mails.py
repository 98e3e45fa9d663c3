"""What people are told of, when, and that each figure is the ledger's and the invoice's (RULES §4, §5, §9.4)."""

from __future__ import annotations

import pytest
from django.utils.html import escape

from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.models import Mail
from refill.services.mail import letters
from refill.services.team import people
from tests.letters import mails_of, subjects
from tests.life import Life, Platform
from tests.recharges import turn_on

ZONE = "America/New_York"


@pytest.fixture
def life(platform: Platform) -> Life:
    """Growth 1,000 from 22 March 2027, 9:00 in the morning in New York."""
    return platform.life("2027-03-22 13:00", platform.price("growth", 1000), zone=ZONE)


def money(amount: dict[str, int]) -> str:
    return f"${amount['amount'] // 100:,}.{amount['amount'] % 100:02}"


def test_a_receipt_says_what_the_invoice_and_the_ledger_say(life: Life, platform: Platform):
    life.buy(1000)
    life.advance("2027-04-01 13:00")
    life.change(platform.price("growth", 2500))
    receipts, invoices = mails_of(life, "receipt"), life.invoices()
    assert [mail.subject for mail in receipts] == [
        "Receipt: $35.00 for Growth 1,000",
        "Receipt: $40.00 for 1,000 credits",
        "Receipt: $27.10 for Growth 1,000 → Growth 2,500",
    ]
    assert len(invoices) == 3
    for mail, invoice in zip(receipts, invoices, strict=True):
        for words in (mail.words, mail.shown):
            assert f"Total {money(invoice['total'])}" in words.replace("Total:", "Total")
            for line in invoice["lines"]:
                assert line["description"] in words
                assert line["working"] in words
    upgrade = receipts[-1]
    for words in (upgrade.words, upgrade.shown):
        assert f"You have {life.available:,} credits now." in words
        assert "its credits reset on 22 April 2027, 9:00 am EDT" in words
        assert "The next charge is $75.00 on 22 April 2027, 9:00 am EDT." in words
        assert "You get this as the Owner of Northwind Dental." in words
        assert "A test account: no money moves." in words


def test_a_new_owner_is_welcomed_once_and_told_how_to_get_in(platform: Platform):
    life = platform.life("2027-03-22 13:00")
    (welcome,) = mails_of(life)
    assert (welcome.kind, welcome.subject) == ("welcome", "Welcome to Refill: Northwind Dental is set up")
    for words in (welcome.words, welcome.shown):
        assert "You have no password yet." in words
        assert "You get this as the Owner of Northwind Dental." in words
    assert "/user/password/reset/" in welcome.words
    people.give_logins(emails=[welcome.to], password="a long enough password")
    owner = {"email": welcome.to, "name": "Ann Okafor"}
    (again,) = mails_of(platform.life("2027-03-22 13:00", owner=owner))
    assert "In Plan & Billing you see what you have" in again.words
    assert "password" not in again.words + again.shown


def test_each_change_of_plan_is_told_once_and_so_is_its_undoing(life: Life, platform: Platform):
    growth = platform.price("growth", 1000)
    life.change(platform.price("growth", 2500))
    life.change(growth)
    life.call("DELETE", "/subscription/scheduled_change")
    quote = life.quote(cancel={})
    life.confirm(quote)
    life.confirm(quote)
    life.call("POST", "/subscription/resume")
    assert subjects(life)[3:] == [
        "Growth 1,000 from 22 April 2027",
        "Growth 2,500 stays: the change to Growth 1,000 is off",
        "Growth 2,500 ends on 22 April 2027",
        "Growth 2,500 goes on: the cancellation is lifted",
    ]
    (ends,) = mails_of(life, "canceled")
    assert "Until 22 May 2027, 9:00 am EDT you can read everything and come back." in ends.words
    assert "Bought credits are kept until 22 April 2028, 9:00 am EDT" in ends.words


def test_a_failed_renewal_is_told_at_each_try_with_what_happens_when(life: Life):
    life.use_card("declined")
    life.advance("2027-05-20 13:00")
    assert subjects(life, "payment_failed") == [
        f"$35.00 is overdue: we try again on {day}"
        for day in (
            "23 April 2027", "25 April 2027", "27 April 2027", "29 April 2027", "2 May 2027", "6 May 2027",
        )
    ]  # fmt: skip
    first, *_, last = mails_of(life, "payment_failed")
    assert (
        "Sum: $35.00 for Growth 1,000 Card: Visa ending 0002 Tried: 22 April 2027, 9:00 am EDT What happens when:"
        " - 23 April 2027, 9:00 am EDT: we try again - 25 April 2027, 9:00 am EDT: we try again"
        " - 27 April 2027, 9:00 am EDT: we try again - 29 April 2027, 9:00 am EDT: we try again"
        " - 2 May 2027, 9:00 am EDT: we try again"
        " - 6 May 2027, 9:00 am EDT: the last try; after it sending stops"
    ) in first.words
    assert "What happens when: - 6 May 2027, 9:00 am EDT: the last try; after it sending stops" in last.words
    assert subjects(life, "suspended") == ["Sending has stopped: $35.00 was not paid"]
    told = life.call("GET", "/events?kind=invoice.payment_failed")["data"]
    assert [event["at"][:10] for event in reversed(told)] == [
        "2027-04-22", "2027-04-23", "2027-04-25", "2027-04-27", "2027-04-29", "2027-05-02", "2027-05-06",
    ]  # fmt: skip
    life.use_card("visa_ok")
    life.confirm(life.quote(pay_overdue={}))
    assert (life.status, subjects(life, "receipt")[-1]) == ("active", "Receipt: $35.00 for Growth 1,000")


def test_after_a_final_decline_there_are_only_mails_until_there_is_another_card(life: Life):
    life.use_card("declined_final")
    life.advance("2027-04-24 13:00")
    assert subjects(life, "payment_failed") == ["$35.00 is overdue: please add a card"] * 2
    for mail in mails_of(life, "payment_failed"):
        assert "The bank does not accept this card any more. We do not try this card again" in mail.words
    tries = [order for order in life.call("GET", "/orders?limit=100")["data"] if order["kind"] == "renewal"]
    assert [len(order["charges"]) for order in tries] == [1]
    life.use_card("visa_ok")
    life.advance("2027-04-25 13:00")
    assert (life.status, subjects(life)[-1]) == ("active", "Receipt: $35.00 for Growth 1,000")


def test_without_a_card_the_ladder_asks_for_one(platform: Platform):
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    for card in life.call("GET", "/payment_methods?limit=100")["data"]:
        life.call("DELETE", f"/payment_methods/{card['id']}")
    life.advance("2027-04-23 13:00")
    mails = mails_of(life, "payment_failed")
    assert [mail.subject for mail in mails] == ["$35.00 is overdue: please add a card"] * 2
    assert "There is no card to pay the renewal with." in mails[0].words


def test_the_bank_that_wants_the_customer_and_the_bank_that_says_nothing_are_told(life: Life):
    life.use_card("needs_action")
    life.advance("2027-04-22 13:00")
    (asked,) = mails_of(life, "needs_action")
    assert asked.subject == "Your bank wants you to confirm $35.00"
    assert "We wait until 23 April 2027, 9:00 am EDT; then it counts as declined." in asked.words
    life.advance("2027-04-23 13:00")
    assert subjects(life, "payment_failed") == ["$35.00 is overdue: we try again on 25 April 2027"]


def test_a_purchase_that_was_declined_long_after_is_told(life: Life, platform: Platform):
    method = life.call("POST", "/payment_methods", {"sandbox": "unknown_then_declined"})["id"]
    life.confirm(life.quote(buy_credits={"pack": platform.pack(1000)}, payment_method=method))
    assert subjects(life, "declined_after_all") == []
    life.advance("2027-03-22 13:00:06")
    assert subjects(life, "declined_after_all") == ["Declined: $40.00 for 1,000 credits"]


def test_what_was_paid_too_late_goes_back_and_is_told(platform: Platform):
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000), zone=ZONE)
    life.advance("2027-04-21 13:00")
    method = life.call("POST", "/payment_methods", {"sandbox": "unknown_then_ok"})["id"]
    change = {"price": platform.price("growth", 2500)}
    order = life.confirm(life.quote(change_plan=change, payment_method=method))
    life.advance("2027-04-22 13:01", work=False)
    life.advance("2027-04-22 13:01")
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "refunded"
    (told,) = mails_of(life, "settled_too_late")
    assert told.subject == "$1.29 goes back: Growth 1,000 → Growth 2,500 came too late"


def test_auto_recharge_tells_what_was_agreed_bought_declined_and_why_it_stopped(life: Life):
    agreed = turn_on(life)["sentence"]
    (on,) = mails_of(life, "recharge_settings")
    assert on.subject == "Auto-recharge is on"
    assert f'"{agreed}" Card: Visa ending 4242' in on.words
    life.spend(700)
    bought = mails_of(life, "receipt")[-1]
    assert bought.subject == "Receipt: $40.00 for Auto-recharge: 1,000 credits"
    assert "balance before: 300; because a spend left 300" in bought.words
    assert f"You have {life.available:,} credits now." in bought.words
    life.use_card("declined")
    life.spend(1000)
    (failed,) = mails_of(life, "recharge_failed")
    assert failed.subject == "Auto-recharge failed: $40.00 was declined"
    assert (
        "It is tried again on 22 March 2027, 10:00 am EDT, unless you have 400 credits or more by then." in failed.words
    )
    life.advance("2027-03-24 13:00")
    assert subjects(life, "recharge_stopped") == ["Auto-recharge has stopped: the card was declined"]
    life.call("PUT", "/auto_recharge", {"enabled": False})
    life.call("PUT", "/auto_recharge", {"enabled": False})
    assert subjects(life, "recharge_settings")[1:] == ["Auto-recharge is off"]


def test_the_backup_card_that_paid_is_named(life: Life):
    bad = life.use_card("declined")
    backup = life.call("POST", "/payment_methods", {"sandbox": "visa_ok"})["id"]
    turn_on(life, payment_method=bad, backup_payment_method=backup)
    life.spend(700)
    paid = mails_of(life, "receipt")[-1]
    assert "Visa ending 0002 was declined, so your backup card paid." in paid.words
    assert "Card: Visa ending 4242" in paid.words
    assert mails_of(life, "recharge_failed") == []


def test_a_cap_that_is_reached_is_told_once_a_day(life: Life):
    turn_on(life, max_per_day=1)
    life.spend(700)
    life.spend(1000)
    life.spend(10)
    (told,) = mails_of(life, "recharge_capped")
    assert told.subject == "Auto-recharge has reached its limit for today"
    assert (
        "You have 300 credits, fewer than 400. Today's 1 recharge is used up. So nothing was bought."
        " It goes on by itself on 23 March 2027, 12:00 am EDT."
    ) in told.words


def test_owners_and_admins_are_told_and_nobody_else(life: Life):
    for role in (Role.ADMIN, Role.MANAGER, Role.OBSERVER):
        people.add_member(
            account_id=life.account_id, actor=Actor("platform"), email=f"{role.value}@{life.id}.example",
            name="Ben", role=role,
        )  # fmt: skip
    life.buy(1000)
    told = [(mail.to, mail.words) for mail in mails_of(life, "receipt") if "1,000 credits are yours" in mail.words]
    assert [to.partition("@")[0][:3] for to, _ in told] == ["ann", "adm"]
    assert "You get this as an Admin of Northwind Dental." in told[1][1]


def test_each_key_is_told_when_it_is_made_and_once_when_it_ends(life: Life):
    made = life.call("POST", "/api_keys", {"name": "Reminders", "role": "member", "scopes": ["send"]})
    life.call("DELETE", f"/api_keys/{made['id']}")
    life.call("DELETE", f"/api_keys/{made['id']}")
    assert subjects(life, "key_changed") == ["API key made: Reminders", "API key revoked: Reminders"]
    assert all("rf_test_" not in mail.words + mail.shown for mail in mails_of(life))


def test_at_zero_the_words_are_those_of_the_policy(platform: Platform):
    platform.call("PUT", "/policies", {"inbound_at_zero": "block"})
    try:
        life = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    finally:
        platform.call("PUT", "/policies", {"inbound_at_zero": "accept_and_owe"})
    life.spend(1000)
    assert "At zero, texts that come in are not kept." in mails_of(life, "credits_out")[0].words


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", 'A"><img src=x onerror=alert(1)>', "Ann\r\nBcc: eve@evil.example"]
)
@pytest.mark.parametrize("kind", ["welcome", "receipt"])
def test_x_a_name_is_text_in_every_part_of_a_mail(platform: Platform, kind: str, name: str):
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000), name=name)
    mail = Mail.objects.select_related("account").get(account_id=life.account_id, kind=kind)
    letter = letters.letter_of(mail)
    plain = " ".join(name.split())
    assert f"You get this as the Owner of {plain}." in letter.text
    shown = escape(plain).replace("&quot;", '"')
    assert f"You get this as the Owner of {shown}." in letter.html.replace("&quot;", '"')
    assert "<script" not in letter.html
    assert "<img" not in letter.html
    assert "\nBcc:" not in letter.subject + letter.text
