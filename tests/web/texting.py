"""Teams that text: a number, some conversations, and broadcasts in every state."""

from __future__ import annotations

from datetime import timedelta

from refill.domain import ids
from refill.domain.carriers import IncomingText
from refill.domain.recipients import Line
from refill.domain.roles import Role
from refill.models import Balance, Conversation, Number, TestClock
from refill.services.chores import clocks
from refill.services.messages import broadcasts, incoming, texting, texts
from tests.texting import BLOCKED, FAILS, FINE, LINES, REPLIES
from tests.web.accounts import Team


def give_number(team: Team) -> int:
    now = Balance.objects.get(account_id=team.account_id).entry_at
    number = Number.objects.create(
        account_id=team.account_id, kind="local", e164=f"+1206{next(LINES)}", name="Front desk", created_at=now,
        bought_at=now,
    )  # fmt: skip
    return number.pk


def say(team: Team, number_id: int, to: str, body: str, role: Role = Role.MEMBER, **facts: object) -> int:
    return texts.send(
        account_id=team.account_id, number_id=number_id, to=to, body=body, member_id=team.members[role],
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip


def hear(team: Team, number_id: int, sender: str, body: str, reference: str) -> None:
    own = Number.objects.get(pk=number_id).e164
    said = IncomingText(f"{reference}-{team.account_id}", sender, own, body)
    incoming.receive(account_id=team.account_id, number_id=number_id, text=said)


def work(team: Team) -> None:
    while texting.run(team.account_id):
        pass


def pass_a_minute(team: Team) -> None:
    """The team's time goes on, with everything that is due on the way."""
    now = TestClock.objects.get(pk=team.clock_id).instant
    clocks.advance(clock_id=team.clock_id, to=now + timedelta(minutes=1))


def talk_with(team: Team, number_id: int) -> dict[str, str]:
    """A few conversations; the public id of each by its recipient."""
    say(team, number_id, FINE, "Your table is ready.")
    work(team)
    hear(team, number_id, FINE, "Thank you! We are five minutes away.", "a")
    say(team, number_id, REPLIES, "Shall we hold your seat on Friday?")
    say(team, number_id, BLOCKED, "Hello, it is us.")
    say(team, number_id, FAILS, "Hello, it is us.")
    work(team)
    hear(team, number_id, "+12065550177", "STOP", "b")
    rows = Conversation.objects.select_related("contact").filter(account_id=team.account_id)
    return {row.contact.e164: ids.encode("cnv", row.pk) for row in rows}


def draft(team: Team, number_id: int, count: int = 12, name: str = "Spring recall") -> str:
    """A draft to so many who get it, and a few who are left out."""
    lines = [Line(place + 2, f"+1206{2_900_000 + place}", {"first_name": f"Guest {place}"}) for place in range(count)]
    lines += [Line(count + 2, "12"), Line(count + 3, lines[0].written)]
    made = broadcasts.draft(
        account_id=team.account_id, actor=team.actor(Role.OWNER), name=name, number_id=number_id,
        body="Hello {{first_name|there}}, it is time for your check-up.", lines=lines,
    )  # fmt: skip
    return ids.encode("bro", made)


def send(team: Team, broadcast: str) -> None:
    broadcasts.send(
        account_id=team.account_id, broadcast_id=ids.decode("bro", broadcast)[0], actor=team.actor(Role.OWNER)
    )
