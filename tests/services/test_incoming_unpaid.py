"""Texts that come in while a renewal is not paid, and what is owed of them: settled first from whatever comes next
(RULES §6.3, §9.4)."""

from refill.domain.carriers import IncomingText
from refill.models import Event, Message, OptOut
from refill.services.messages import incoming
from tests.life import Platform
from tests.texting import FINE, Team


def _receive(team: Team, body: str, reference: str) -> Message:
    text = IncomingText(reference, FINE, team.number.e164, body)
    found = incoming.receive(account_id=team.account_id, number_id=team.number.pk, text=text)
    assert found is not None
    return team.text(found)


def _at_zero(platform: Platform, plan: str = "starter", credits: int = 250, interval: str = "month") -> Team:
    team = Team(platform, credits=0, price=platform.price(plan, credits, interval))
    team.life.spend(credits)
    return team


def _shown(team: Team) -> list[tuple[str | None, str, int]]:
    rows = Message.objects.filter(account_id=team.account_id, direction="in").order_by("pk")
    return [(row.body, row.step, row.charged) for row in rows]


def _told(team: Team) -> int:
    return Event.objects.filter(account_id=team.account_id, kind="message.received").count()


def test_past_due_it_is_owed_and_the_payment_settles_it(platform: Platform) -> None:
    team = _at_zero(platform)
    team.life.use_card("declined")
    team.life.advance("2027-04-01 09:00")
    assert (team.life.status, team.balance()) == ("past_due", (0, 0, 0))
    kept = _receive(team, "Is this still on?", "a")
    assert (kept.step, kept.charged, team.balance()) == ("", 1, (0, 0, 1))
    team.life.use_card("visa_ok")
    team.life.confirm(team.life.quote(pay_overdue={}))
    assert (team.balance(), team.mismatches()) == ((249, 0, 0), [])


def test_suspended_it_is_kept_and_shown_once_the_account_has_paid(platform: Platform) -> None:
    team = _at_zero(platform)
    team.life.use_card("declined")
    team.life.advance("2027-04-10 09:00")
    owed = _receive(team, "Before", "a")
    team.life.advance("2027-04-16 09:00")
    assert (team.life.status, owed.charged, team.balance()) == ("suspended", 1, (0, 0, 1))
    for reference in ("b", "b", "c"):
        _receive(team, f"While suspended {reference}", reference)
    _receive(team, "STOP", "d")
    assert OptOut.objects.filter(account_id=team.account_id, lifted_at=None).count() == 1
    team.run()
    hidden = [("While suspended b", "hidden", 0), ("While suspended c", "hidden", 0)]
    assert (_shown(team), team.balance()) == ([("Before", "", 1), *hidden, ("STOP", "", 0)], (0, 0, 1))
    assert _told(team) == 2
    team.life.use_card("visa_ok")
    team.life.confirm(team.life.quote(pay_overdue={}))
    team.run()
    assert [step for _, step, _ in _shown(team)] == [""] * 4
    assert (_told(team), team.balance(), team.mismatches()) == (4, (247, 0, 0), [])


def test_suspended_with_bought_credits_nothing_is_charged_until_it_has_paid(platform: Platform) -> None:
    team = Team(platform, credits=0, price=platform.price("starter", 250))
    team.life.buy(250)
    team.life.use_card("declined")
    team.life.advance("2027-04-16 09:00")
    _receive(team, "Hello", "a")
    team.run()
    assert _shown(team) == [("Hello", "hidden", 0)]
    assert team.life.balance["purchased"]["remaining"] == 250
    team.life.use_card("visa_ok")
    team.life.confirm(team.life.quote(pay_overdue={}))
    team.run()
    assert (_shown(team), team.balance(), team.mismatches()) == ([("Hello", "", 1)], (499, 0, 0), [])


def test_what_is_owed_is_settled_first_from_what_is_bought(platform: Platform) -> None:
    team = _at_zero(platform)
    for reference in ("a", "b", "c"):
        _receive(team, "Hello", reference)
    assert team.balance() == (0, 0, 3)
    team.life.buy(250)
    assert (team.balance(), team.life.balance["purchased"]["remaining"]) == ((247, 0, 0), 247)
    assert team.mismatches() == []


def test_what_is_owed_is_settled_first_from_the_next_allowance(platform: Platform) -> None:
    team = _at_zero(platform)
    _receive(team, "x" * 161, "a")
    assert team.balance() == (0, 0, 2)
    team.life.advance("2027-04-01 09:00")
    assert (team.life.status, team.balance(), team.mismatches()) == ("active", (248, 0, 0), [])


def test_of_an_annual_plan_one_month_of_credits_can_be_owed_and_no_more(platform: Platform) -> None:
    team = _at_zero(platform, "starter", 3_000, "year")
    for place, parts in enumerate((65, 65, 65, 54)):
        assert _receive(team, "x" * 153 * parts, f"b{place}").step == ""
    assert team.balance() == (0, 0, 249)
    assert _receive(team, "x" * 161, "over").step == "hidden"
    assert _receive(team, "Hello", "the last").step == ""
    assert _receive(team, "Hello", "beyond").step == "hidden"
    assert (team.balance(), team.mismatches()) == ((0, 0, 250), [])


def test_without_a_plan_nothing_is_owed(platform: Platform) -> None:
    team = Team(platform, credits=0)
    assert _receive(team, "Hello", "a").step == "hidden"
    assert team.balance() == (0, 0, 0)


def test_hidden_texts_are_shown_in_their_order_as_far_as_the_credits_go(platform: Platform) -> None:
    team = Team(platform, credits=0)
    for body in ("first", "second", "third"):
        _receive(team, body, body)
    team.life.call("POST", "/grants", {"credits": 2, "source": "promotion", "reason": "more"})
    team.run()
    assert _shown(team) == [("first", "", 1), ("second", "", 1), ("third", "hidden", 0)]
    assert (team.balance(), team.mismatches()) == ((0, 0, 0), [])
