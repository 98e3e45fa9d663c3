"""Cancelling, coming back, trials and plans at no price (RULES §4.7, §4.8)."""

from tests.letters import mails_of, subjects
from tests.life import Life, Platform


def test_cancelling_takes_effect_at_the_end_of_the_period_and_is_undone_until_then(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(cancel={}))
    assert life.subscription["cancel_at"] == "2027-04-22T00:00:00Z"
    assert life.spend(1)["balance"] == 999
    life.call("POST", "/subscription/resume")
    life.advance("2027-04-22 00:00")
    assert (life.status, life.available) == ("active", 1000)


def test_a_canceled_account_can_read_and_comes_back_with_its_bought_credits(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    life.confirm(life.quote(cancel={}))
    life.advance("2027-05-10 00:00")
    assert life.status == "canceled"
    assert life.refused("POST", "/usage", {"credits": 1, "kind": "text"}).code == "account_closed"
    assert life.balance["purchased"]["remaining"] == 1000
    order = life.confirm(life.quote(reactivate={"price": platform.price("starter", 250)}))
    assert order["status"] == "succeeded"
    assert life.subscription["current_period"]["starts_at"] == "2027-05-10T00:00:00Z"
    assert (life.status, life.available) == ("active", 1250)
    assert life.invoices()[-1]["total"]["amount"] == 1200


def test_bought_credits_of_a_canceled_account_are_kept_twelve_months_whatever_is_purged(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    life.confirm(life.quote(cancel={}))
    life.advance("2027-05-22 00:00")
    assert life.status == "purged"
    life.advance("2028-04-21 23:59:59")
    assert life.balance["purchased"]["remaining"] == 1000
    life.advance("2028-04-22 00:00")
    assert life.balance["purchased"]["remaining"] == 0


def test_a_change_of_plan_lifts_a_cancellation_and_the_quote_says_so(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(cancel={}))
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    assert quote["warnings"] == ["The cancellation is lifted by this change."]
    life.confirm(quote)
    assert life.subscription["cancel_at"] is None


def test_when_it_has_ended_people_are_told_once_what_is_kept_until_when(platform: Platform):
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000), zone="America/New_York")
    life.buy(1000)
    life.spend(1200)
    life.confirm(life.quote(cancel={}))
    life.advance("2027-04-22 12:59:59")
    assert subjects(life, "plan_ended") == []
    life.advance("2027-05-01 13:00")
    (told,) = mails_of(life, "plan_ended")
    assert (told.subject, life.balance["purchased"]["remaining"]) == ("Growth 1,000 has ended", 800)
    for words in (told.words, told.shown):
        assert "Growth 1,000 ended on 22 April 2027, 9:00 am EDT. Nothing is sent, and nothing is charged" in words
        assert "Until 22 May 2027, 9:00 am EDT you can read everything and come back." in words
        assert "You have 800 credits that you bought. They are kept until 22 April 2028, 9:00 am EDT" in words
    life.confirm(life.quote(reactivate={"price": platform.price("starter", 250)}))
    life.confirm(life.quote(cancel={}))
    life.advance("2027-06-02 13:00")
    assert subjects(life, "plan_ended") == ["Growth 1,000 has ended", "Starter 250 has ended"]
    assert len(subjects(life, "canceled")) == 2


def test_whoever_came_back_before_the_worker_did_is_not_told_that_it_ended(platform: Platform):
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    life.confirm(life.quote(cancel={}))
    life.advance("2027-04-23 13:00", work=False)
    life.confirm(life.quote(reactivate={"price": platform.price("starter", 250)}))
    life.advance("2027-04-24 13:00")
    life.change(platform.price("growth", 1000))
    assert (life.status, subjects(life, "plan_ended")) == ("active", [])


def test_a_trial_that_ended_is_told_without_bought_credits_that_there_are_not(platform: Platform):
    life = platform.life("2027-03-01 00:00", trial=True)
    life.advance("2027-03-15 00:00")
    (told,) = mails_of(life, "plan_ended")
    assert told.subject == "Your trial has ended"
    assert "Your trial ended on 15 March 2027, 12:00 am UTC." in told.words
    assert "that you bought" not in told.words + told.shown


def told(life: Life) -> list[tuple[str, str | None]]:
    """The subscription's events, the oldest first, and when what they tell takes effect."""
    events = reversed(life.call("GET", "/events?limit=100")["data"])
    return [(event["kind"].partition(".")[2], event["data"].get("effective_at"))
            for event in events if event["kind"].startswith("subscription.")]  # fmt: skip


def test_a_listener_hears_that_an_end_is_scheduled_and_that_it_has_come(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    ends = "2027-04-22T00:00:00+00:00"
    life.confirm(life.quote(cancel={}))
    life.call("POST", "/subscription/resume")
    life.confirm(life.quote(cancel={}))
    heard = [("started", None), ("change_scheduled", ends), ("resumed", None), ("change_scheduled", ends)]
    assert told(life) == heard
    life.advance("2027-05-01 00:00")
    assert told(life) == [*heard, ("canceled", ends)]


def test_a_listener_hears_of_a_trials_end(platform: Platform):
    life = platform.life("2027-03-01 00:00", trial=True)
    life.advance("2027-03-15 00:00")
    assert told(life) == [("started", None), ("canceled", "2027-03-15T00:00:00+00:00")]


def test_a_trial_never_charges_and_ends_canceled(platform: Platform):
    life = platform.life("2027-03-01 00:00", trial=True)
    assert (life.subscription["status"], life.available) == ("trialing", 100)
    life.advance("2027-03-15 00:00")
    assert (life.status, life.available, life.invoices()) == ("canceled", 0, [])


def test_from_a_trial_a_paid_plan_begins_now_at_full_price(platform: Platform):
    life = platform.life("2027-03-01 00:00", trial=True, payment_method="visa_ok")
    life.spend(30)
    life.advance("2027-03-05 00:00")
    order = life.change(platform.price("growth", 1000))
    assert order["status"] == "succeeded"
    assert (life.available, life.subscription["status"]) == (1000, "active")
    assert life.subscription["current_period"]["starts_at"] == "2027-03-05T00:00:00Z"
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [3500]


def free_price(platform: Platform) -> str:
    plan = platform.call("POST", "/plans", {"name": "Pay as you go", "rank": 0})
    price = {"interval": "month", "credits": 50, "price": {"amount": 0, "currency": "usd"}}
    return str(platform.call("POST", f"/plans/{plan['id']}/prices", price)["id"])


def test_a_plan_at_no_price_refills_without_a_charge(platform: Platform):
    life = platform.life("2027-03-01 00:00", free_price(platform))
    life.spend(20)
    life.advance("2027-04-01 00:00", work=False)
    assert life.available == 50
    life.advance("2027-06-01 00:00")
    assert (life.available, life.invoices()) == (50, [])


def test_a_refill_that_nobody_pays_for_is_told_with_what_there_is_now(platform: Platform):
    life = platform.life("2027-03-01 13:00", free_price(platform), zone="America/New_York")
    life.spend(20)
    life.advance("2027-04-01 12:00")
    (refilled,) = mails_of(life, "credits_refilled")
    assert refilled.subject == "Your credits are refilled: 50 credits"
    for words in (refilled.words, refilled.shown):
        assert "began on 1 April 2027, 8:00 am EDT with 50 credits; nothing was charged." in words
        assert "What is left of them on 1 May 2027, 8:00 am EDT is lost, and new ones come." in words
        assert "You have 50 credits now." in words
    life.advance("2027-05-01 12:00")
    assert len(subjects(life, "credits_refilled")) == 2


def test_a_paid_renewal_is_told_by_its_receipt_alone(platform: Platform):
    life = platform.life("2027-03-01 00:00", platform.price("starter", 250))
    life.advance("2027-04-01 00:00")
    assert subjects(life, "credits_refilled") == []
    _, renewed = mails_of(life, "receipt")
    for words in (renewed.words, renewed.shown):
        assert "Your plan is renewed until 1 May 2027, 12:00 am UTC. You have 250 credits now." in words


def test_leaving_and_entering_a_free_plan_gives_its_credits_at_most_once_a_month(platform: Platform):
    free = free_price(platform)
    life = platform.life("2027-03-01 00:00", free)
    life.spend(50)
    life.change(platform.price("starter", 250))
    life.use_card("declined")
    life.advance("2027-04-01 00:00")
    assert life.status == "past_due"
    life.change(free)
    assert (life.status, life.available) == ("active", 50)
    life.use_card("visa_ok")
    life.change(platform.price("starter", 250))
    life.use_card("declined")
    life.spend(250)
    life.advance("2027-04-20 00:00")
    assert life.status == "active"


def test_cancelling_what_is_not_paid_ends_it_at_once_and_nothing_is_tried_any_more(platform: Platform):
    life = platform.life("2027-03-01 00:00", platform.price("starter", 250))
    life.buy(250)
    life.use_card("declined")
    life.advance("2027-04-01 00:00")
    assert life.status == "past_due"
    life.use_card("visa_ok")
    quote = life.quote(cancel={})
    said = "The renewal was not paid: the plan ends at once, and what is overdue is not charged any more."
    assert (quote["effective_at"], quote["due_now"]["amount"], quote["recurring"]) == ("2027-04-01T00:00:00Z", 0, None)
    assert quote["warnings"][0] == said
    life.confirm(quote)
    life.advance("2027-04-20 00:00")
    assert (life.status, [invoice["status"] for invoice in life.invoices()]) == ("canceled", ["paid", "paid", "void"])
    assert life.balance["purchased"]["remaining"] == 250
    assert life.refused("POST", "/subscription/resume").code == "nothing_to_do"
    back = life.quote(reactivate={"price": platform.price("starter", 250)})
    assert (back["due_now"]["amount"], life.confirm(back)["balance"]["available"]) == (1200, 500)
