"""Broadcasts: priced line by line, held whole or not at all, each recipient texted once, the rest released."""

import pytest

from refill.domain.errors import BroadcastChanged, Conflict, InsufficientCredits, Invalid
from refill.domain.merging import FieldEmpty, field_name, merge
from refill.domain.recipients import BadList, Line, read_csv
from refill.models import Broadcast, Contact, Entry, Message, OptOut, Recipient
from refill.services.messages import broadcasts
from tests.life import utc
from tests.texting import ACTOR, FAILS, FINE, REFUSED, STOPS, UNKNOWN_NEVER, Team

_AREAS = ("212", "213", "214", "303", "305")


def many(count: int) -> list[Line]:
    """Recipients who all get it."""
    numbers = [f"+1{area}55501{end:02}" for end in range(80) for area in _AREAS]
    return [Line(place + 2, number, {"name": f"Guest {place}"}) for place, number in enumerate(numbers[:count])]


def _draft(team: Team, lines: list[Line], body: str = "See you on Friday, {{name|all}}.", **facts: int) -> int:
    return broadcasts.draft(
        account_id=team.account_id,
        actor=ACTOR,
        name="Friday",
        number_id=team.number.pk,
        body=body,
        lines=lines,
        **facts,
    )


def _send(team: Team, broadcast_id: int, credits: int | None = None) -> None:
    broadcasts.send(account_id=team.account_id, broadcast_id=broadcast_id, actor=ACTOR, credits=credits)


def _problems(broadcast_id: int) -> dict[int, str]:
    return dict(Recipient.objects.filter(broadcast_id=broadcast_id).order_by("line").values_list("line", "problem"))


def _state(broadcast_id: int) -> str:
    return str(Broadcast.objects.values_list("state", flat=True).get(pk=broadcast_id))


def test_each_line_is_priced_with_its_own_words_and_what_cannot_be_sent_is_left_out(team: Team) -> None:
    OptOut.objects.create(account_id=team.account_id, e164=STOPS, word="STOP", at=utc("2027-03-01 08:00"))
    lines = read_csv(
        "Phone,First name,Place\n"
        f"(206) 555-0123,Ana,Pier 4\n{FINE},Ana,Pier 4\n12,Bo,Pier 4\n{STOPS},Cy,Pier 4\n"
        f"+12125550101,,Pier 4\n+12125550102,Dé‘,Pier 4\n+12125550103,{'x' * 161},Pier 4\n"
    )
    broadcast_id = _draft(team, lines, "Hello {{first_name}}, at {{place}}.")
    rows = Recipient.objects.filter(broadcast_id=broadcast_id).order_by("line")
    assert [(row.line, row.problem, row.parts, row.credits) for row in rows] == [
        (2, "", 1, 1), (3, "duplicate", 0, 0), (4, "invalid", 0, 0), (5, "opted_out", 0, 0), (6, "fields", 0, 0),
        (7, "", 1, 1), (8, "", 2, 2),
    ]  # fmt: skip
    assert team.balance() == (100, 0, 0)
    _send(team, broadcast_id, credits=4)
    assert team.balance() == (96, 4, 0)
    team.life.advance("2027-03-01 09:01")
    bodies = Message.objects.filter(account_id=team.account_id, broadcast_id=broadcast_id).order_by("id")
    assert [text.body for text in bodies][:2] == ["Hello Ana, at Pier 4.", "Hello Dé‘, at Pier 4."]
    assert Contact.objects.get(account_id=team.account_id, e164=FINE).name == "Ana"
    assert (team.balance(), _state(broadcast_id), team.mismatches()) == ((96, 0, 0), "done", [])


def test_it_is_held_whole_and_captured_text_by_text_over_two_grants(team: Team) -> None:
    team.life.call(
        "POST", "/grants", {"credits": 5, "source": "promotion", "reason": "x", "ends_at": "2027-04-01T00:00:00Z"}
    )
    broadcast_id = _draft(team, [*many(6), Line(90, REFUSED), Line(91, FAILS), Line(92, UNKNOWN_NEVER)], "x" * 161)
    _send(team, broadcast_id)
    assert (team.balance(), team.kinds()) == ((87, 18, 0), [("hold", -5, 5), ("hold", -13, 13)])
    team.run()
    assert team.mismatches() == []
    team.life.advance("2027-03-01 09:10")
    assert (team.balance(), _state(broadcast_id), team.mismatches()) == ((93, 0, 0), "done", [])
    texts = Message.objects.filter(account_id=team.account_id, broadcast_id=broadcast_id).order_by("id")
    assert [(text.state, text.charged) for text in texts] == [("delivered", 2)] * 6 + [("failed", 0)] * 3
    paid = Entry.objects.filter(account_id=team.account_id, message_id=texts[2].pk).order_by("seq")
    assert [(entry.kind, entry.held, entry.grant_id == paid[0].grant_id) for entry in paid] == [
        ("capture", -1, True), ("capture", -1, False),
    ]  # fmt: skip


def test_what_cannot_be_held_whole_is_refused_whole_saying_the_shortage(team: Team) -> None:
    broadcast_id = _draft(team, many(101))
    with pytest.raises(InsufficientCredits) as short:
        _send(team, broadcast_id)
    assert (short.value.facts["required"], short.value.facts["available"]) == (101, 100)
    assert (team.balance(), _state(broadcast_id)) == ((100, 0, 0), "draft")
    assert not Message.objects.filter(account_id=team.account_id).exists()
    team.life.call("POST", "/grants", {"credits": 1, "source": "promotion", "reason": "more"})
    _send(team, broadcast_id)
    _send(team, broadcast_id)
    assert team.balance() == (0, 101, 0)


def test_it_never_costs_more_than_was_shown(team: Team) -> None:
    broadcast_id = _draft(team, many(3))
    with pytest.raises(BroadcastChanged) as changed:
        _send(team, broadcast_id, credits=2)
    assert (changed.value.facts, team.balance()) == ({"shown": 2, "credits": 3}, (100, 0, 0))


def test_who_said_stop_since_is_left_out(team: Team) -> None:
    lines = many(2)
    broadcast_id = _draft(team, lines)
    OptOut.objects.create(account_id=team.account_id, e164=lines[0].written, word="STOP", at=utc("2027-03-01 08:00"))
    _send(team, broadcast_id, credits=2)
    assert (_problems(broadcast_id), team.balance()) == ({2: "opted_out", 3: ""}, (99, 1, 0))
    OptOut.objects.create(account_id=team.account_id, e164=lines[1].written, word="STOP", at=utc("2027-03-01 08:00"))
    with pytest.raises(Conflict):
        _send(team, _draft(team, lines))


def test_it_goes_out_at_its_pace_and_cancelling_releases_the_rest(team: Team) -> None:
    broadcast_id = _draft(team, many(30), pace=10)
    _send(team, broadcast_id)
    team.life.advance("2027-03-01 09:00:59")
    assert Message.objects.filter(account_id=team.account_id, state="delivered").count() == 10
    assert team.balance() == (70, 20, 0)
    assert broadcasts.cancel(account_id=team.account_id, broadcast_id=broadcast_id, actor=ACTOR) == 20
    assert broadcasts.cancel(account_id=team.account_id, broadcast_id=broadcast_id, actor=ACTOR) == 0
    team.life.advance("2027-03-01 10:00")
    assert Message.objects.filter(account_id=team.account_id, state="delivered").count() == 10
    assert (team.balance(), _state(broadcast_id), team.mismatches()) == ((90, 0, 0), "canceled", [])


def test_cancelling_before_the_texts_are_made_releases_everything(team: Team) -> None:
    broadcast_id = _draft(team, many(3))
    _send(team, broadcast_id)
    assert team.mismatches() == []
    broadcasts.cancel(account_id=team.account_id, broadcast_id=broadcast_id, actor=ACTOR)
    team.run()
    assert not Message.objects.filter(account_id=team.account_id).exists()
    assert (team.balance(), team.mismatches()) == ((100, 0, 0), [])
    with pytest.raises(Conflict):
        _send(team, broadcast_id)


@pytest.mark.parametrize("facts", [{"pace": 0}, {"pace": 6_001}, {"body": ""}, {"body": "x" * 5_001}, {"lines": []}])
def test_a_draft_out_of_bounds_is_refused(team: Team, facts: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        _draft(team, **{"lines": many(1), **facts})  # type: ignore[arg-type]


def test_lists_are_read_as_people_have_them() -> None:
    assert read_csv("+12065550123\n\n+12065550124\n") == [Line(1, "+12065550123"), Line(3, "+12065550124")]
    assert read_csv("\ufeffName;Mobile\nAna;1 206 555 0123\n") == [Line(2, "1 206 555 0123", {"name": "Ana"})]
    assert read_csv('Ana,"+1 (206) 555-0123",VIP\n') == [Line(1, "+1 (206) 555-0123", {"column_3": "VIP"})]


@pytest.mark.parametrize(
    "text", ["", "phone,name\n", "\x00", "a," * 31 + "1", "1" * 501, "206\n" * 10_001, '"' + "x" * 140_000]
)
def test_a_list_that_cannot_be_read_says_why(text: str) -> None:
    with pytest.raises(BadList):
        read_csv(text)


def test_fields_are_merged_once_and_never_out_of_a_value() -> None:
    assert merge("{{ a }} {{b|there}}", {"a": "{{b}}", "b": " "}) == "{{b}} there"
    assert [field_name(column) for column in ("First name", "2nd", "É", "a" * 50)] == ["first_name", "", "", "a" * 40]
    with pytest.raises(FieldEmpty):
        merge("{{a}}", {})
