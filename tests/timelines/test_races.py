"""The second request that arrives at the same instant (RULES §2.3, §4.2)."""

from collections import Counter
from functools import partial
from typing import Any

from tests.life import Life, Platform
from tests.together import together


def send(life: Life, path: str, body: Any, key: str) -> tuple[int, Any]:
    status, answer, _ = Platform(life.platform.key).send("POST", path, body, account=life.id, key=key)
    return status, answer


def test_64_spends_of_1_on_a_balance_of_50_leave_exactly_50_accepted(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.call("POST", "/grants", {"credits": 50, "source": "promotion", "reason": "a start"})
    got = together([partial(send, life, "/usage", {"credits": 1, "kind": "text"}, f"text-{n}") for n in range(64)])
    assert Counter(status for status, _ in got) == {201: 50, 402: 14}
    assert life.available == 0
    assert len(life.entries()) == 51


def test_the_same_spend_sent_32_times_at_once_is_one_spend_with_one_answer(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    got = together([partial(send, life, "/usage", {"credits": 7, "kind": "text"}, "one-text")] * 32)
    assert {status for status, _ in got} == {201}
    assert len({answer["id"] for _, answer in got}) == 1
    assert life.available == 993


def test_the_same_confirm_sent_20_times_is_one_charge(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    quote = life.quote(buy_credits={"pack": platform.pack(1000)})
    got = together([partial(send, life, f"/quotes/{quote['id']}/confirm", {}, f"confirm-{n}") for n in range(20)])
    assert {status for status, _ in got} == {201}
    orders = {answer["id"] for _, answer in got}
    assert len(orders) == 1
    assert {answer["status"] for _, answer in got} == {"succeeded"}
    order = life.call("GET", f"/orders/{orders.pop()}")
    assert (order["status"], len(order["charges"])) == ("succeeded", 1)
    assert life.available == 2000
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [3500, 4000]


def test_of_two_confirms_of_two_quotes_one_is_an_order_and_the_other_stale_saying_what_changed(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    quotes = [life.quote(change_plan={"price": platform.price("growth", credits)}) for credits in (2500, 5000)]
    got = together(
        [partial(send, life, f"/quotes/{quote['id']}/confirm", {}, f"two-{quote['id']}") for quote in quotes]
    )
    assert sorted(status for status, _ in got) == [201, 409]
    refused = next(answer for status, answer in got if status == 409)
    assert refused["code"] == "quote_stale"
    assert "plan" in refused["changed"]
    assert refused["quote"]["id"] not in {quote["id"] for quote in quotes}
    assert len(life.invoices()) == 2


def test_E11_up_and_down_at_once_is_one_of_them(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    quotes = [
        life.quote(change_plan={"price": platform.price(plan, credits)})
        for plan, credits in (("growth", 2500), ("starter", 250))
    ]
    got = together([partial(send, life, f"/quotes/{quote['id']}/confirm", {}, quote["id"]) for quote in quotes])
    assert sorted(status for status, _ in got) == [201, 409]
    is_up = life.subscription["price"] == platform.price("growth", 2500)
    assert (life.available, life.subscription["scheduled_change"] is None) == ((2500, True) if is_up else (1000, False))
    assert {invoice["status"] for invoice in life.invoices()} == {"paid"}
