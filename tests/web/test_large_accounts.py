"""X23: what is read of an account of 50,000 movements, texts and contacts takes few statements and little memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from refill.domain import ids
from refill.domain.records import BatchItem
from refill.domain.roles import Role
from refill.services import credits
from refill.services.developers import keys
from tests.web.accounts import OPERATOR, Team, make_team
from tests.web.texting import give_number

ClientOf = Callable[..., Client]
Read = Callable[[], object]
MANY = 50_000
DAYS = "from=2027-02-01&to=2027-03-30"
MOST_MEGABYTES = 60
_TALKS = """
with contact as (
  insert into refill_contact (account_id, e164, name, created_at)
  select %(account)s, '+1206' || (3000000 + n), 'Guest ' || n, %(at)s
    from generate_series(%(first)s::int, %(last)s::int) n
  returning id
), talk as (
  insert into refill_conversation (account_id, number_id, contact_id, created_at, last_at, unread)
  select %(account)s, %(number)s, id, %(at)s, %(at)s, 0 from contact returning id
)
insert into refill_message (account_id, conversation_id, number_id, direction, state, step, body, media, kind, parts,
                            credits, charged, reference, code, carrier_parts, created_at, asks, fence)
select %(account)s, id, %(number)s, 'in', 'received', '', repeat('word ', 16), '[]', 'text', 1, 0, 0, '', '', 0, %(at)s,
       0, 0
  from talk
"""


class Large:
    """An account that grows, and all that is read of it whole."""

    def __init__(self, client_of: ClientOf, operator: Client) -> None:
        self.team: Team = make_team(days=0)
        self.number, self.count = give_number(self.team), 0
        self.owner, self.operator = client_of(self.team, Role.OWNER), operator
        made = keys.make(
            account_id=self.team.account_id, actor=self.team.actor(Role.OWNER), name="reads", role=Role.ADMIN,
            scopes=("read",),
        )  # fmt: skip
        self.api = Client(headers={"authorization": f"Bearer {made.secret}"})

    def grow(self, count: int) -> None:
        first, self.count = self.count + 1, self.count + count
        credits.grant(
            account_id=self.team.account_id, actor=OPERATOR, credits=count, source="promotion", reason="to grow"
        )
        for start in range(first, self.count + 1, 10_000):
            items = [BatchItem(f"grown {nth}", nth, 1, "text", "x" * 40)
                     for nth in range(start, min(start + 10_000, self.count + 1))]  # fmt: skip
            credits.spend_batch(account_id=self.team.account_id, items=items, mode="all_or_nothing")
        at = credits.balance(account_id=self.team.account_id).at
        for start in range(first, self.count + 1, 2_000):
            ends = {"first": start, "last": min(start + 1_999, self.count)}
            with connection.cursor() as cursor:
                cursor.execute(_TALKS, {"account": self.team.account_id, "number": self.number, "at": at, **ends})

    def reads(self) -> dict[str, Read]:
        account = ids.encode("acc", self.team.account_id)
        owner, api, office = self.owner, self.api, self.operator
        return {
            "statement, CSV": lambda: drained(owner.get(f"/statement.csv?{DAYS}")),
            "statement, page": lambda: drained(owner.get(f"/statement?{DAYS}")),
            "account, ZIP of CSV": lambda: drained(owner.post("/settings/export", {"form": "csv"})),
            "account, ZIP of JSON": lambda: drained(owner.post("/settings/export", {"form": "json"})),
            "own data": lambda: drained(owner.post("/settings/profile/data")),
            "conversations": lambda: drained(owner.get("/conversations")),
            "office, life": lambda: drained(office.get(f"/office/accounts/{account}?month=2027-02")),
            "office, reports": lambda: drained(office.get("/office/reports?mode=test&currency=usd")),
            "office, report as CSV": lambda: drained(
                office.get("/office/reports/liability.csv?mode=test&currency=usd")
            ),
            "API, ledger": lambda: drained(api.get("/v1/ledger?limit=100")),
            "API, messages": lambda: drained(api.get("/v1/messages?limit=100")),
            "API, usage in the ledger": lambda: drained(api.get("/v1/ledger?limit=100&kind=spend")),
        }

    def whole(self) -> dict[str, Read]:
        """The API's statement, which is made before it is sent."""
        asked = "/v1/statement?from=2027-02-01T00:00:00Z&to=2027-03-30T00:00:00Z"
        return {
            f"API, statement as {kind}": lambda kind=kind: drained(self.api.get(asked, headers={"accept": kind}))
            for kind in ("application/json", "text/csv")
        }


def drained(answer: object) -> int:
    """How many bytes came, thrown away as they come."""
    assert answer.status_code == 200, (answer.status_code, answer.content[:300])  # type: ignore[attr-defined]
    return sum(len(part) for part in answer)  # type: ignore[attr-defined]


def statements(read: Read) -> int:
    with CaptureQueriesContext(connection) as seen:
        read()
    return len(seen)


def peak(read: Read) -> int:
    tracemalloc.start()
    read()
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held


@pytest.fixture
def large(client_of: ClientOf, operator_client: ClientOf) -> Large:
    return Large(client_of, operator_client())


def test_x23_how_many_statements_a_read_takes_does_not_grow_with_the_account(large: Large) -> None:
    large.grow(150)
    reads = large.reads() | large.whole()
    for read in reads.values():
        read()
    few = {name: statements(read) for name, read in reads.items()}
    large.grow(450)
    many = {name: statements(read) for name, read in reads.items()}
    assert many == few
    assert max(many.values()) <= 40, many


@pytest.mark.soak
def test_x23_an_account_of_fifty_thousand_is_read_in_little_memory(large: Large) -> None:
    large.grow(100)
    reads = large.reads() | large.whole()
    for read in reads.values():
        read()
    large.grow(MANY - 1_000)
    held = {}
    for name, read in reads.items():
        began = time.perf_counter()
        size = read()
        seconds = time.perf_counter() - began
        held[name] = peak(read) / 1_000_000
        print(f"{name}: {seconds:.2f} s, {size:,} bytes, {held[name]:.1f} MB held at most")
    assert {name: round(most) for name, most in held.items() if most > MOST_MEGABYTES} == {}
