"""Phone numbers: a free place costs nothing, a further one is quoted, and what the carrier refuses is given back."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import connection

from refill.domain import ids
from refill.domain.carriers import NumberWord
from refill.domain.errors import CarrierSilent, Conflict, Forbidden, Invalid, NothingToDo, QuoteStale, Unknown
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.gateways.sandbox_carrier import SandboxCarrier
from refill.ledger import verify
from refill.models import AddOn, AuditRow, Charge, Event, Mail, Number, Order
from refill.models import TestClock as Clock
from refill.services import orders
from refill.services.chores import clocks
from refill.services.money import quotes
from refill.services.places import inboxes, numbers
from refill.services.team import seats
from tests.letters import mails_of
from tests.web.accounts import Team, make_team, pay_with

_lines = itertools.count(10)
_areas = itertools.cycle(["503", "512", "602", "612", "617", "702", "713", "801", "907", "919"])


def phone() -> str:
    """A number of the sandbox that no other test asks for."""
    return f"+1{next(_areas)}55501{next(_lines):02}"


def asked(number: str, **more: object) -> QuoteRequest:
    return QuoteRequest(kind="add_number", phone=number, phone_kind=numbers.kind_of(number), **more)  # type: ignore[arg-type]


def quote(team: Team, number: str, **more: object) -> int:
    return quotes.create(account_id=team.account_id, actor=team.actor(Role.OWNER), request=asked(number, **more))


def confirm(team: Team, quote_id: int) -> Order:
    owner = team.actor(Role.OWNER)
    made = orders.confirm(account_id=team.account_id, quote_id=quote_id, actor=owner, key=f"key {quote_id}")
    return Order.objects.get(pk=made)


def get(team: Team, number: str | None = None, **more: object) -> Number:
    wanted = number or phone()
    confirm(team, quote(team, wanted, **more))
    return Number.objects.get(account_id=team.account_id, e164=wanted, released_at=None)


def places(team: Team) -> tuple[int, int, int]:
    """(paid, at renewal, used)"""
    found = seats.places_of(team.account_id, "number")
    return found.paid, found.at_renewal, found.used


def move_clock(team: Team, **by: int) -> None:
    clocks.advance(clock_id=team.clock_id, to=Clock.objects.get(pk=team.clock_id).instant + timedelta(**by))


def due(order: Order) -> int:
    return order.amount_minor


def test_the_plans_numbers_cost_nothing_and_a_further_one_is_charged_and_recurs() -> None:
    team = make_team(days=0)  # Growth: two numbers
    first = phone()
    free = Order.objects.get(pk=confirm(team, quote(team, first)).pk)
    assert (free.status, due(free), places(team)) == ("succeeded", 0, (0, 0, 1))
    number = Number.objects.get(account_id=team.account_id, e164=first)
    assert (number.kind, number.carrier, number.reference) == ("local", "sandbox", f"sandbox_{first}")
    assert number.bought_at is not None
    get(team, "+18335550121")
    third = confirm(team, quote(team, phone()))
    assert (third.status, due(third), places(team)) == ("succeeded", 500, (1, 1, 3))
    assert third.lines[0]["description"].startswith("1 further phone number")
    kinds = sorted(Number.objects.filter(account_id=team.account_id).values_list("kind", flat=True))
    assert kinds == ["local", "local", "toll_free"]
    assert AuditRow.objects.filter(account_id=team.account_id, action="number.bought").count() == 3


def test_the_second_of_two_numbers_bought_in_quick_succession_is_quoted_with_the_first() -> None:
    team = make_team(days=0, plan="starter", credits_=1_000)  # one number
    one, two = quote(team, phone()), quote(team, phone())
    assert due(confirm(team, one)) == 0
    with pytest.raises(QuoteStale) as stale:
        confirm(team, two)
    assert stale.value.facts["changed"] == ["numbers"]
    fresh = stale.value.facts["quote"]
    assert due(confirm(team, fresh)) == 500
    assert places(team) == (1, 1, 2)


def test_a_number_that_somebody_else_has_is_not_sold() -> None:
    team, other = make_team(days=0), make_team(days=0)
    wanted = phone()
    mine = quote(team, wanted)
    get(other, wanted)
    with pytest.raises(Conflict):
        quote(team, wanted)
    with pytest.raises(Conflict):
        confirm(team, mine)
    assert not Order.objects.filter(account_id=team.account_id, quote_id=mine).exists()


def _elsewhere(number: str) -> None:
    """Somebody who is no customer of ours has it from the carrier."""
    assert SandboxCarrier().buy_number(number, "somebody else's").state == "bought"


def test_a_number_that_the_carrier_gave_to_others_is_refused_before_anything_is_charged() -> None:
    team = make_team(days=0)
    get(team), get(team)
    wanted, free = phone(), places(team)
    offered = quote(team, wanted)
    _elsewhere(wanted)
    with pytest.raises(Conflict, match="nothing was charged"):
        confirm(team, offered)
    assert not Order.objects.filter(account_id=team.account_id, quote_id=offered).exists()
    assert not Charge.objects.filter(account_id=team.account_id, amount_minor=500).exists()
    assert (places(team), Number.objects.filter(account_id=team.account_id).count()) == (free, 2)


def test_nothing_is_charged_while_the_carrier_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_team(days=0)
    get(team), get(team)
    offered = quote(team, phone())
    monkeypatch.setattr(SandboxCarrier, "is_offered", lambda self, number, kind: None)
    with pytest.raises(CarrierSilent):
        confirm(team, offered)
    assert not Order.objects.filter(account_id=team.account_id, quote_id=offered).exists()
    monkeypatch.undo()
    assert due(confirm(team, offered)) == 500


def test_confirming_again_is_answered_though_the_carrier_offers_the_number_no_more() -> None:
    team = make_team(days=0)
    wanted = phone()
    offered = quote(team, wanted)
    first = confirm(team, offered)
    assert (confirm(team, offered).pk, first.status) == (first.pk, "succeeded")
    assert Number.objects.filter(account_id=team.account_id, e164=wanted).count() == 1


def test_a_number_that_went_between_the_question_and_the_payment_is_paid_back() -> None:
    team = make_team(days=0)
    get(team), get(team)
    wanted = phone()
    pay_with(team, "needs_action")
    order = confirm(team, quote(team, wanted))
    _elsewhere(wanted)
    orders.act(account_id=team.account_id, order_id=order.pk, outcome="authenticated")
    order.refresh_from_db()
    assert (order.status, Charge.objects.get(order=order).refunded_minor, places(team)) == ("refunded", 500, (0, 0, 2))


def test_a_number_that_somebody_had_while_the_bank_was_asked_is_paid_back() -> None:
    team, other = make_team(days=0), make_team(days=0)
    get(team), get(team)
    pay_with(team, "needs_action")
    wanted = phone()
    order = confirm(team, quote(team, wanted))
    assert order.status == "needs_action"
    get(other, wanted)
    orders.act(account_id=team.account_id, order_id=order.pk, outcome="authenticated")
    order.refresh_from_db()
    assert (order.status, Charge.objects.get(order=order).refunded_minor, places(team)) == ("refunded", 500, (0, 0, 2))
    assert Number.objects.get(e164=wanted, released_at=None).account_id == other.account_id


def _refusing(number: str, key: str) -> NumberWord:
    return NumberWord("refused", code="taken")


def test_what_the_carrier_refuses_after_the_payment_is_refunded_in_full_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = make_team(days=0)
    get(team), get(team)
    monkeypatch.setattr(SandboxCarrier, "buy_number", lambda self, number, key: _refusing(number, key))
    wanted = phone()
    order = confirm(team, quote(team, wanted))
    charge = Charge.objects.get(order=order)
    assert (order.status, due(order)) == ("refunded", 500)
    assert (charge.state, charge.refund_due_minor, charge.refunded_minor) == ("succeeded", 500, 500)
    assert places(team) == (0, 0, 2)
    mail = Mail.objects.filter(account_id=team.account_id, kind="number_not_given").first()
    assert mail is not None
    assert (mail.facts["number"], mail.facts["total_minor"]) == (wanted, 500)
    with connection.cursor() as cursor:
        cursor.execute("select refunded_minor from sandbox_charge where provider_key = %s", [charge.provider_key])
        assert cursor.fetchone() == (500,)
    assert verify.run(team.account_id) == []


def test_what_the_carrier_refuses_of_a_free_place_leaves_the_place_free(monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_team(days=0)
    monkeypatch.setattr(SandboxCarrier, "buy_number", lambda self, number, key: _refusing(number, key))
    order = confirm(team, quote(team, phone()))
    assert (order.status, order.amount_minor, places(team)) == ("refunded", 0, (0, 0, 0))
    assert verify.run(team.account_id) == []


def test_a_place_that_was_kept_for_a_number_that_is_not_given_ends_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_team(days=0)
    get(team), get(team)
    delete(team, get(team))
    assert places(team) == (1, 0, 2)
    monkeypatch.setattr(SandboxCarrier, "buy_number", lambda self, number, key: _refusing(number, key))
    order = confirm(team, quote(team, phone()))
    assert (order.status, order.plan["kept"], places(team)) == ("refunded", 1, (1, 0, 2))
    assert verify.run(team.account_id) == []


def test_an_answer_that_was_lost_is_asked_about_until_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_team(days=0)
    real = SandboxCarrier.buy_number

    def lost(self: SandboxCarrier, number: str, key: str) -> NumberWord:
        real(self, number, key)
        return NumberWord("unknown")

    monkeypatch.setattr(SandboxCarrier, "buy_number", lost)
    wanted = phone()
    assert confirm(team, quote(team, wanted)).status == "succeeded"
    number = Number.objects.get(account_id=team.account_id, e164=wanted)
    assert (number.bought_at, number.asks) == (None, 1)
    move_clock(team, minutes=1)
    number.refresh_from_db()
    assert (number.bought_at is not None, number.next_ask_at) == (True, None)


def test_a_process_that_dies_before_it_asks_the_carrier_leaves_it_to_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = make_team(days=0)
    wanted = phone()
    monkeypatch.setattr(numbers, "buy_waiting", lambda account_id: None)
    confirm(team, quote(team, wanted))
    assert Number.objects.get(account_id=team.account_id, e164=wanted).bought_at is None
    move_clock(team, seconds=1)
    assert Number.objects.get(account_id=team.account_id, e164=wanted).bought_at is not None


def delete(team: Team, number: Number, typed: str | None = None, by: Role = Role.OWNER, **more: bool) -> None:
    numbers.delete(
        account_id=team.account_id, actor=team.actor(by), number_id=number.pk, typed=typed or number.e164, **more
    )


def test_a_number_is_deleted_by_owner_and_admin_alone_and_typed_to_confirm() -> None:
    team = make_team(days=0)
    number = get(team)
    for role in (Role.MANAGER, Role.MEMBER, Role.OBSERVER):
        with pytest.raises(Forbidden, match="Owner, Admin"):
            delete(team, number, by=role)
    for wrong in ("", "yes", number.e164[:-1], number.e164 + "0"):
        with pytest.raises(Invalid):
            delete(team, number, typed=wrong or " ")
    delete(team, number, typed=f"({number.e164[2:5]}) {number.e164[5:8]}-{number.e164[8:]}", by=Role.ADMIN)
    number.refresh_from_db()
    assert number.removed_at is not None
    assert number.purge_at == number.removed_at + timedelta(days=30)
    event = Event.objects.get(account_id=team.account_id, kind="number.deleted")
    assert event.data == {"number": number.pk}
    row = AuditRow.objects.get(account_id=team.account_id, action="number.deleted")
    assert (row.subject, row.before["number"]) == (ids.encode("num", number.pk), number.e164)
    told = mails_of(team.account_id, "number_deleted")
    written = f"+1 {number.e164[2:5]}-{number.e164[5:8]}-{number.e164[8:]}"
    assert {mail.subject for mail in told} == {f"{written} was deleted"}
    for words in (told[0].words, told[0].shown):
        assert "It can be taken back until" in words
        assert "Its paid place" not in words
    assert f"/settings/numbers/{row.subject}" in told[0].words
    with pytest.raises(Unknown):
        delete(team, number)


def test_a_deletion_saves_the_paid_place_and_undoing_it_is_free() -> None:
    team = make_team(days=0)
    kept = [get(team) for _ in range(3)]
    delete(team, kept[0])
    assert places(team) == (1, 0, 2)
    assert "Its paid place ends on" in mails_of(team.account_id, "number_deleted")[0].words
    numbers.take_back(account_id=team.account_id, actor=team.actor(Role.ADMIN), number_id=kept[0].pk)
    assert places(team) == (1, 1, 3)
    with pytest.raises(NothingToDo):
        numbers.take_back(account_id=team.account_id, actor=team.actor(Role.ADMIN), number_id=kept[0].pk)
    delete(team, kept[1], drop_place=False)
    assert places(team) == (1, 1, 2)
    assert Order.objects.filter(account_id=team.account_id, amount_minor__gt=0).exclude(kind="start").count() == 1


def test_after_the_renewal_a_deleted_number_comes_back_only_where_there_is_a_place() -> None:
    team = make_team(days=0, plan="starter", credits_=1_000)
    first, second = get(team), get(team)
    move_clock(team, days=20)
    delete(team, second)
    move_clock(team, days=10)
    assert places(team) == (0, 0, 1)
    with pytest.raises(Conflict):
        numbers.take_back(account_id=team.account_id, actor=team.actor(Role.OWNER), number_id=second.pk)
    delete(team, first)
    numbers.take_back(account_id=team.account_id, actor=team.actor(Role.OWNER), number_id=second.pk)
    assert places(team) == (0, 0, 1)


def test_after_thirty_days_the_carrier_has_the_number_back_and_another_account_may_have_it() -> None:
    team, other = make_team(days=0), make_team(days=0)
    number = get(team)
    delete(team, number)
    move_clock(team, days=29)
    number.refresh_from_db()
    assert number.released_at is None
    with pytest.raises(Conflict):
        quote(other, number.e164)
    move_clock(team, days=2)
    number.refresh_from_db()
    assert number.released_at is not None
    with pytest.raises(Conflict):
        numbers.take_back(account_id=team.account_id, actor=team.actor(Role.OWNER), number_id=number.pk)
    assert get(other, number.e164).bought_at is not None


def test_a_place_that_ends_with_the_period_is_kept_when_another_number_takes_it() -> None:
    team = make_team(days=0, plan="starter", credits_=1_000)
    get(team)
    delete(team, get(team))
    assert places(team) == (1, 0, 1)
    order = confirm(team, quote(team, phone()))
    assert (due(order), places(team)) == (0, (1, 1, 2))


def test_what_is_in_use_is_not_removed_as_an_add_on() -> None:
    team = make_team(days=0)
    for _ in range(3):
        get(team)
    with pytest.raises(Conflict):
        quotes.create(
            account_id=team.account_id, actor=team.actor(Role.OWNER),
            request=QuoteRequest(kind="remove_add_on", add_on="number"),
        )  # fmt: skip
    assert AddOn.objects.get(account_id=team.account_id, kind="number").quantity_at_renewal == 1


def test_managers_name_and_assign_a_number_and_nobody_to_anothers_inbox() -> None:
    team, other = make_team(days=0), make_team(days=0)
    manager = team.actor(Role.MANAGER)
    inbox = inboxes.create(account_id=team.account_id, actor=manager, name="Front desk")
    foreign = inboxes.create(account_id=other.account_id, actor=other.actor(Role.OWNER), name="Front desk")
    number = get(team)
    numbers.edit(account_id=team.account_id, actor=manager, number_id=number.pk, name=" Main  line ", inbox_id=inbox)
    number.refresh_from_db()
    assert (number.name, number.inbox_id) == ("Main line", inbox)
    with pytest.raises(Invalid):
        numbers.edit(account_id=team.account_id, actor=manager, number_id=number.pk, inbox_id=foreign)
    with pytest.raises(Forbidden):
        numbers.edit(account_id=team.account_id, actor=team.actor(Role.MEMBER), number_id=number.pk, name="x")
    with pytest.raises(Unknown):
        numbers.edit(account_id=other.account_id, actor=other.actor(Role.OWNER), number_id=number.pk, name="x")


def test_the_catalogue_leaves_out_what_is_had_here() -> None:
    team = make_team(days=0)
    before = numbers.offered(account_id=team.account_id, kind="local", area="206", limit=3)
    assert before is not None
    taken = before[0].number
    get(team, taken)
    after = numbers.offered(account_id=team.account_id, kind="local", area="206", limit=3)
    assert after is not None
    assert taken not in [offer.number for offer in after]
    assert len(after) == 3
