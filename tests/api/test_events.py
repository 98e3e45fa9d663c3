"""Every event that the API names is told, with the deed, and no other is."""

import ast
import re

from refill.domain import events
from tests.api.client import Api, open_account
from tests.tidy.tree import PACKAGE, calls, dotted, modules, syntax_of, text_of


def kinds(account: Api) -> list[str]:
    rows = account.get("/events?limit=100").json["data"]
    return [row["kind"] for row in reversed(rows)]


def told() -> set[str]:
    """The kinds that the code and the ledger's functions emit."""
    found = set()
    for path in modules():
        for call in calls(syntax_of(path)):
            if dotted(call.func).rpartition(".")[2] == "emit":
                found |= {
                    node.value
                    for argument in call.args[2:3]
                    for node in ast.walk(argument)
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                }
        for chosen in re.findall(r"\bkind = (.*)", text_of(path)):
            found |= set(re.findall(r'"([a-z_]+\.[a-z_]+)"', chosen))
    for path in (PACKAGE / "ledger" / "sql").glob("*.sql"):
        found |= set(re.findall(r"'((?:allowance|message)\.[a-z_]+)'", path.read_text(encoding="utf-8")))
    return found


def test_only_events_that_the_api_names_are_told() -> None:
    assert {kind for kind in told() if not kind.endswith(".")} - set(events.KINDS) == set()


def test_each_event_that_the_api_names_is_told_somewhere() -> None:
    begun = {kind for kind in told() if kind.endswith(".")}
    missing = {kind for kind in events.KINDS if kind not in told() and not kind.startswith(tuple(begun))}
    assert missing == set()


def test_an_allowance_tells_of_its_grant_and_of_its_end(subscriber: Api) -> None:
    assert "allowance.granted" in kinds(subscriber)
    subscriber.spend(10)
    subscriber.advance("2027-04-22T13:00:00Z")
    rows = subscriber.get("/events?limit=100").json["data"]
    granted = [row["data"]["credits"] for row in rows if row["kind"] == "allowance.granted"]
    expired = [row["data"]["credits"] for row in rows if row["kind"] == "allowance.expired"]
    assert (granted, expired) == ([900, 100, 1000], [990])
    entries = {row["grant"] for row in subscriber.ledger() if row["kind"] == "expire"}
    assert {row["data"]["grant"] for row in rows if row["kind"] == "allowance.expired"} == entries


def test_a_grant_of_the_operator_is_a_refill_and_no_allowance(platform_key: str) -> None:
    account = open_account(platform_key)
    account.give(5)
    assert kinds(account) == ["account.updated", "credits.refilled"]
