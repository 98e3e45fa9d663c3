"""X23: an export takes no more memory the longer it is."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest
from django.test import Client

from refill.domain.records import BatchItem
from refill.domain.roles import Role
from refill.queries.pages import movements
from refill.services import credits
from tests.web.accounts import OPERATOR, Team, make_team

DAYS = "/statement.csv?from=2027-02-01&to=2027-03-30"


def use(team: Team, count: int, name: str) -> None:
    credits.grant(account_id=team.account_id, actor=OPERATOR, credits=count, source="promotion", reason="to export")
    items = [BatchItem(f"{name} {number}", number, 1, "text", "x" * 40) for number in range(count)]
    done = credits.spend_batch(account_id=team.account_id, items=items, mode="all_or_nothing")
    assert {result for result, _ in done.results} == {"spent"}


def peak_of(client: Client) -> tuple[int, int]:
    """(rows, most bytes held at once) of the statement as CSV, thrown away as it comes."""
    tracemalloc.start()
    rows = sum(part.count(b"\r\n") for part in client.get(DAYS))
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return rows, held


def test_x23_a_statement_of_nine_thousand_rows_holds_no_more_than_one_of_three_thousand(
    client_of: Callable[..., Client],
) -> None:
    team = make_team(days=0)
    client = client_of(team, Role.OWNER)
    client.get(DAYS)
    use(team, 3_000, "first")
    few, held_for_few = peak_of(client)
    use(team, 6_000, "then")
    many, held_for_many = peak_of(client)
    assert (few, many) == (3_003, 9_004)
    assert held_for_many < held_for_few * 1.2, (held_for_few, held_for_many)


@pytest.mark.soak
def test_x23_a_hundred_thousand_rows_take_no_more_memory_and_what_is_printed_is_bounded(
    client_of: Callable[..., Client],
) -> None:
    team = make_team(days=0)
    client = client_of(team, Role.OWNER)
    client.get(DAYS)
    use(team, 1_900, "first")
    few, held_for_few = peak_of(client)
    began = time.perf_counter()
    paper = client.get(DAYS.replace("csv", "pdf"))
    printing = time.perf_counter() - began
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    for nth in range(10):
        use(team, 10_000, f"then {nth}")
    began = time.perf_counter()
    many, held_for_many = peak_of(client)
    sending = time.perf_counter() - began
    began = time.perf_counter()
    refused = client.get(DAYS.replace("csv", "pdf"))
    refusing = time.perf_counter() - began
    print(f"{few} rows hold {held_for_few:,} bytes; {many} hold {held_for_many:,}, sent in {sending:.1f} s, traced")
    print(f"printed: {len(paper.content):,} bytes in {printing:.1f} s; of too many refused in {refusing * 1000:.0f} ms")
    assert (many, refused.status_code) == (few + 100_010, 422)
    assert held_for_many < held_for_few * 1.5


def test_rows_are_read_in_pieces_and_each_once(client_of: Callable[..., Client], monkeypatch: object) -> None:
    team = make_team(days=16, a_day=30)
    whole = client_of(team, Role.OWNER).get(DAYS).getvalue()
    for size in (1, 3, 17):
        monkeypatch.setattr(movements, "AT_ONCE", size)  # type: ignore[attr-defined]
        assert client_of(team, Role.OWNER).get(DAYS).getvalue() == whole
