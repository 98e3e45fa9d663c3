"""The story, told in a browser: upgrade, downgrade and its undo, buying, cancelling and coming back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import Charge, Order
from refill.services import credits
from refill.services.chores import clocks
from tests.web.accounts import Team, make_team, run_dry

BILLING = "/settings/billing"
Open = Callable[..., Page]


def _balance(account_id: int) -> int:
    return credits.balance(account_id=account_id).available


def _charged(account_id: int) -> list[int]:
    rows = Charge.objects.filter(account_id=account_id, state="succeeded").order_by("id")
    return list(rows.values_list("amount_minor", flat=True))


@pytest.mark.parametrize("script", [True, False])
def test_an_upgrade_takes_three_clicks_and_charges_what_the_button_says(open_as: Open, script: bool) -> None:
    team = make_team(days=16, a_day=30)
    page = open_as(team, script=script)
    page.goto(BILLING)
    page.click("main >> text='Upgrade'")
    page.click(".plans > section:has(h2:has-text('Growth')) >> button:has-text('Review upgrade')")
    button = page.locator("main form .button.go")
    # 22 February to 22 March has 28 days less the hour of the clock change; 12 of them are left.
    assert button.inner_text() == "Pay $17.11 and upgrade"
    assert page.locator("tfoot >> nth=1").inner_text().split() == ["Available", "520", "1,162"]
    button.click()
    assert page.locator("h1").inner_text() == "Paid, and done"
    assert _charged(team.account_id) == [3_500, 1_711]
    assert _balance(team.account_id) == 1_162
    page.reload()
    page.go_back()
    assert _charged(team.account_id) == [3_500, 1_711]


@pytest.mark.parametrize("script", [True, False])
def test_a_downgrade_is_scheduled_and_undone(open_as: Open, script: bool) -> None:
    team = make_team(days=2)
    page = open_as(team, script=script)
    page.goto(f"{BILLING}/upgrade?credits=500")
    page.click(".plans > section:has(h2:has-text('Growth')) >> button:has-text('Review downgrade')")
    page.click("text='Schedule the change for 22 March'")
    assert page.locator("h1").inner_text() == "The change is scheduled"
    page.goto(BILLING)
    assert "Growth 500 starts on 22 March." in page.locator(".banner.note").inner_text()
    page.click(".banner >> text='Undo'")
    assert "The plan stays as it is." in page.locator(".banner.done").inner_text()
    assert "$35.00 on 22 March 2027" in page.locator("main").inner_text()
    assert _charged(team.account_id) == [3_500]


def test_buying_a_pack_takes_three_clicks(open_as: Open) -> None:
    team = make_team(days=1, a_day=0)
    page = open_as(team, Role.ADMIN, script=False)
    page.goto(BILLING)
    page.click("main >> text='Buy credits'")
    page.check("label:has-text('2,500 credits') input")
    page.click("text='Review purchase'")
    page.click("text='Pay $90.00 and add the credits'")
    assert page.locator("h1").inner_text() == "The credits are there"
    assert _balance(team.account_id) == 3_500
    assert _charged(team.account_id) == [3_500, 9_000]


def test_cancelling_takes_three_clicks_keeps_bought_credits_and_can_be_taken_back(open_as: Open) -> None:
    team = make_team(days=6, pack=250, plan="scale")
    page = open_as(team, script=False)
    page.goto(BILLING)
    page.click("text='Change or cancel plan'")
    page.click("text='Review cancellation'")
    assert page.locator("tbody tr:has-text('Bought credits') .sum").inner_text() == "250"
    keep, cancel = page.locator("text='Keep the plan'"), page.locator("text='Cancel the plan on 22 March'")
    heights = [part.bounding_box() for part in (keep, cancel)]
    assert heights[0]["height"] == heights[1]["height"]
    cancel.click()
    assert page.locator("h1").inner_text() == "The plan is cancelled"
    page.goto(BILLING)
    page.click(".banner >> text='Keep the plan'")
    assert "The plan goes on." in page.locator(".banner.done").inner_text()
    page.goto(f"{BILLING}/manage")
    page.click("text='Review cancellation'")
    page.click("text='Cancel the plan on 22 March'")
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 3, 25, 12, 0, tzinfo=UTC))
    page.goto(BILLING)
    assert "come back with your 250 bought credits" in page.locator(".banner.out").first.inner_text()
    assert "your 250 are kept until 22 March 2028." in str(page.locator(".questions").text_content())
    page.click("text='Come back'")
    page.click("text='Pay $52.00 and come back'")
    assert page.locator("h1").inner_text() == "Paid, and done"
    assert _balance(team.account_id) == 1_250


def test_at_zero_the_prompt_in_the_profile_menu_leads_to_the_ways_out(open_as: Open) -> None:
    team = make_team(days=14)
    credits.spend(account_id=team.account_id, credits=580, key="rest", fingerprint=1, kind="text")
    page = open_as(team)
    page.goto("/settings/profile")
    page.click("#profile-menu summary")
    assert "No credits left. The plan refills on 22 March 2027." in page.locator(".prompt.out").inner_text()
    page.click(".prompt >> text='Add credits or upgrade'")
    ways = page.locator(".ways .card")
    assert [ways.nth(index).locator("h2").inner_text() for index in range(3)] == [
        "Buy a pack",
        "Upgrade to Growth 2,500",
        "Wait",
    ]
    assert page.locator("main .button.go").count() == 1
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 3, 22, 13, 0, tzinfo=UTC))
    page.goto(BILLING)
    assert page.locator(".balance").inner_text().split() == ["1,000", "credits", "left"]
    assert page.locator(".prompt").count() == 0


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.OBSERVER])
def test_at_zero_who_may_not_buy_sees_no_price_and_asks_who_may(open_as: Open, dry_team: Team, role: Role) -> None:
    page = open_as(dry_team, role, script=False)
    page.goto("/settings/profile")
    page.click("#profile-menu summary")
    page.click(".prompt >> text='Ask an admin'")
    assert "Ann Okafor (Owner), Ben Ruiz (Admin) can." in page.locator("main").inner_text()
    page.click("text='Send the request'")
    assert "Asked." in page.locator(".banner.done").inner_text()
    assert "$" not in page.locator("main").inner_text()
    admin = open_as(dry_team, Role.ADMIN, script=False)
    admin.goto(BILLING)
    admin.click("text='Yes, buy credits'")
    assert admin.locator("h1").inner_text() == "Buy credits"


def test_at_zero_a_pack_is_three_presses_from_the_prompt_and_outlives_the_reset(open_as: Open) -> None:
    team = make_team(days=14, a_day=0)
    run_dry(team)
    page = open_as(team, Role.ADMIN, script=False)
    page.goto("/statement")
    page.click("#profile-menu summary")
    page.click(".prompt >> text='Add credits or upgrade'")
    page.click("text='Choose a pack'")
    page.click("text='Review purchase'")
    page.click("text='Pay $12.50 and add the credits'")
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 3, 22, 13, 0, tzinfo=UTC))
    page.goto(BILLING)
    assert page.locator(".balance").inner_text() == "1,250 credits left"
    key = page.locator(".key").first.inner_text().split("\n")
    assert key[0].strip() == "1,000 of 1,000 plan credits · reset 22 April, 9:00 am"
    assert key[-1].strip() == "250 bought credits · never expire"


def test_an_annual_plan_resets_once_a_year(open_as: Open) -> None:
    team = make_team(plan="growth", credits_=12_000, interval="year", days=0)
    page = open_as(team, Role.OBSERVER)
    page.goto(f"{BILLING}/resets")
    rows = page.locator("tbody tr")
    assert rows.count() == 12
    assert rows.nth(0).inner_text().split("\t") == ["22 February 2028, 9:00 am EST next", "12,000"]
    assert rows.nth(1).inner_text().split("\t") == ["22 February 2029, 9:00 am EST", "12,000"]


def test_two_tabs_and_a_double_click_make_one_charge(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team)
    page.goto(f"{BILLING}/buy")
    page.click("text='Review purchase'")
    other = page.context.new_page()
    other.goto(page.url)
    page.dblclick("main form .button.go")
    page.wait_for_url("**/orders/**")
    other.click("main form .button.go")
    other.wait_for_url("**/orders/**")
    assert other.url == page.url
    assert _charged(team.account_id) == [3_500, 1_250]
    assert Order.objects.filter(account_id=team.account_id, kind="buy_credits").count() == 1


def test_the_second_of_two_admins_is_shown_what_changed(open_as: Open) -> None:
    team = make_team(days=1)
    first, second = open_as(team, Role.OWNER), open_as(team, Role.ADMIN)
    for page, tier in ((first, 2_500), (second, 5_000)):
        page.goto(f"{BILLING}/upgrade?credits={tier}")
        page.click(".plans > section:has(h2:has-text('Growth')) >> button:has-text('Review upgrade')")
    first.click("main form .button.go")
    before = second.locator("main form .button.go").inner_text()
    second.click("main form .button.go")
    assert "Nothing was charged: the plan" in second.locator(".banner.low").inner_text()
    assert second.locator("main form .button.go").inner_text() != before
    assert len(_charged(team.account_id)) == 2


def test_a_declined_card_changes_nothing_and_another_one_pays(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team, script=False)
    page.goto(f"{BILLING}/buy")
    page.click("text='Review purchase'")
    page.click("text='Pay with another card'")
    page.click("text='Add a card'")
    page.check("label:has-text('0002') input")
    page.click("text='Keep this card'")
    page.click("main form .button.go")
    assert page.locator("h1").inner_text() == "The payment was declined"
    assert "Nothing was charged, and nothing changed." in page.locator(".banner.out").inner_text()
    assert _charged(team.account_id) == [3_500]


def test_a_payment_that_the_bank_wants_confirmed_waits_for_it(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team, script=False)
    page.goto(f"{BILLING}/buy")
    page.click("text='Review purchase'")
    page.click("text='Pay with another card'")
    page.click("text='Add a card'")
    page.check("label:has-text('3155') input")
    page.click("text='Keep this card'")
    page.click("main form .button.go")
    assert page.locator("h1").inner_text() == "Your bank wants to confirm this payment"
    page.goto(BILLING)
    page.click("text='Confirm it'")
    page.click("text='Confirm $12.50'")
    assert page.locator("h1").inner_text() == "The credits are there"


def test_an_unknown_payment_is_a_calm_page(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team, script=False)
    page.goto(f"{BILLING}/buy")
    page.click("text='Review purchase'")
    page.click("text='Pay with another card'")
    page.click("text='Add a card'")
    page.check("label:has-text('0341') input")
    page.click("text='Keep this card'")
    page.click("main form .button.go")
    assert page.locator("h1").inner_text() == "We are checking with the bank"
    assert "You will not be charged twice." in page.locator(".banner.note").inner_text()


def test_the_slider_the_number_box_and_the_radios_are_always_one(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team)
    page.goto(f"{BILLING}/upgrade")
    slider, exact = page.locator("[data-range]"), page.locator("[data-exact]")

    def said() -> tuple[str | None, str, str]:
        chosen = page.locator(".ticks input:checked").input_value()
        return slider.get_attribute("aria-valuetext"), exact.input_value(), chosen

    assert said() == ("2,500 credits a month", "2500", "2500")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert said() == ("5,000 credits a month", "5000", "5000")
    page.keyboard.press("Home")
    assert said() == ("250 credits a month", "250", "250")
    exact.fill("2600")
    page.keyboard.press("Enter")
    assert said() == ("5,000 credits a month", "5000", "5000")
    assert page.locator("[data-said]").inner_text() == "The nearest step is 5,000 credits a month."
    page.click("[data-step='-1']")
    page.wait_for_selector("#plans >> text='$75.00'")
    assert said() == ("2,500 credits a month", "2500", "2500")
