"""An account that has one of everything that the API names in an address."""

from __future__ import annotations

from typing import Any

from tests.api.client import Answer, Api, open_account
from tests.texting import FINE


def _made(answer: Answer) -> Any:
    assert answer.status in (200, 201), answer.json
    return answer.json


def open_full_account(platform_key: str, email: str) -> tuple[Api, dict[str, str]]:
    """The account, as the operator's key acts for it, and its ids by the names of the router's parameters."""
    plans = Api(platform_key).get("/plans").json["data"]
    price = next(
        price["id"]
        for plan in plans
        if plan["code"] == "growth"
        for price in plan["prices"]
        if (price["interval"], price["credits"]) == ("month", 1000)
    )
    api = open_account(platform_key, price=price, payment_method={"sandbox": "visa_ok"})
    api.give(100)
    refunded, disputed, order = (_buy(api) for _ in range(3))
    refund = _made(api.post("/refunds", {"order": refunded, "reason": "operator"}))
    free = api.get("/numbers/available").json["data"][0]["number"]
    bought = _made(api.post("/numbers", {"number": free}))
    draft = {"name": "Friday", "from": bought["id"], "body": "Hello", "recipients": [{"to": FINE}]}
    endpoint = _made(api.post("/webhook_endpoints", {"url": "https://93.184.216.34/refill"}))["id"]
    event = _made(api.post(f"/webhook_endpoints/{endpoint}/test", {"kind": "credits.low"}))
    text = {"from": bought["id"], "to": FINE, "body": "Hello", "send_at": "2027-03-23T13:00:00Z"}
    return api, {
        "broadcast_id": _made(api.post("/broadcasts", draft))["id"],
        "card_id": api.get("/payment_methods").json["data"][0]["id"],
        "dispute_id": _made(api.post("/disputes", {"order": disputed}))["id"],
        "endpoint_id": endpoint,
        "entry_id": api.get("/ledger").json["data"][0]["id"],
        "event_id": event["id"],
        "hold_id": _made(api.post("/holds", {"credits": 5}))["id"],
        "inbox_id": _made(api.post("/inboxes", {"name": "Front desk"}))["id"],
        "invitation_id": _made(api.post("/invitations", {"email": email, "role": "observer"}))["data"][0]["id"],
        "invoice_id": api.get("/invoices").json["data"][0]["id"],
        "key_id": _made(api.post("/api_keys", {"name": "sender", "role": "member"}))["id"],
        "member_id": _made(api.post("/members", {"email": f"m{email}", "name": "Bo", "role": "member"}))["id"],
        "message_id": _made(api.post("/messages", text))["id"],
        "note_id": api.get(f"/refunds/{refund['id']}").json["credit_note"],
        "number_id": bought["id"],
        "order_id": order,
        "quote_id": _made(api.quote(cancel={}))["id"],
        "refund_id": refund["id"],
        "usage_id": _made(api.spend(3))["id"],
    }


def _buy(api: Api) -> str:
    pack = next(row["id"] for row in api.get("/packs").json["data"] if row["price"]["currency"] == "usd")
    done = _made(api.confirm(api.quote(buy_credits={"pack": pack, "quantity": 1})))
    assert done["status"] == "succeeded", done
    return str(done["id"])
