"""Examples for the document and the help: one for each body and each answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_AT = "2027-03-22T13:00:00Z"
_BROADCAST = {
    "name": "Friday", "from": "num_3v8rb7f5kq2x4", "body": "Hello {{first_name|there}}, see you on Friday.",
    "recipients": [{"to": "+12065550123", "fields": {"first_name": "Ana"}}, {"to": "+12065550124"}],
}  # fmt: skip
REQUESTS: dict[str, Any] = {
    "create_usage": {"credits": 3, "kind": "mms", "reference": "sms-8841"},
    "create_usage_batch": {
        "mode": "partial",
        "items": [{"key": "sms-1", "credits": 1, "kind": "text"}, {"key": "sms-2", "credits": 2, "kind": "text"}],
    },
    "reverse_usage": {"credits": 1, "reason": "the carrier refused it"},
    "create_hold": {"credits": 500, "expires_in": 3600, "reference": "spring sale"},
    "capture_hold": {"credits": 480},
    "release_hold": {},
    "create_account": {
        "name": "Harbor Dental", "timezone": "America/New_York", "currency": "usd",
        "owner": {"email": "ana@harbor.example", "name": "Ana Ruiz"}, "payment_method": {"sandbox": "visa_ok"},
    },
    "update_account": {"timezone": "America/Chicago"},
    "put_policies": {"hold_grace": 72},
    "estimate_message": {"body": "Your table is ready.", "to": "+12025550123"},
    "send_message": {"from": "num_3v8rb7f5kq2x4", "to": "+12065550123", "body": "Your table is ready."},
    "send_waiting_message": {},
    "cancel_message": {},
    "create_broadcast": _BROADCAST,
    "estimate_broadcast": _BROADCAST,
    "send_broadcast": {"credits": 2},
    "cancel_broadcast": {},
    "create_plan": {
        "name": "Team", "rank": 20, "limits": {"seats": 5, "numbers": 2}, "features": ["broadcasts"],
        "prices": [{"interval": "month", "credits": 1000, "price": {"amount": 4000, "currency": "usd"}}],
    },
    "create_price": {"interval": "year", "credits": 12000, "price": {"amount": 40000, "currency": "usd"}},
    "create_pack": {"credits": 1000, "price": {"amount": 4000, "currency": "usd"}},
    "create_grant": {"credits": 100, "source": "promotion", "reason": "welcome"},
    "create_quote": {"cancel": {}},
    "confirm_quote": {},
    "act_on_order": {"outcome": "authenticated"},
    "resume_subscription": {},
    "put_auto_recharge": {
        "enabled": True, "threshold": 400, "pack": "pack_3v8rb7f5kq2x4", "max_per_day": 3,
        "max_per_month": {"amount": 20000, "currency": "usd"},
        "consent": "When credits fall below 400, buy packs of 1,000 at $40.00 each, as many as the shortage needs, at"
        " most 3 times a day and $200.00 a month.",
    },
    "create_payment_method": {"sandbox": "visa_ok"},
    "setup_payment_method": {},
    "put_billing_details": {
        "name": "Harbor Dental LLC", "line1": "12 Pier Road", "city": "Portland", "region": "ME",
        "postal_code": "04101", "country": "US", "emails": ["books@harbor.example"],
    },
    "create_tax_rate": {"country": "DE", "name": "VAT", "rate_basis_points": 1900, "reverse_charge": False},
    "create_refund": {"order": "ord_3v8rb7f5kq2x4", "reason": "customer", "preview": True},
    "create_dispute": {"order": "ord_3v8rb7f5kq2x4"},
    "close_dispute": {"won": True},
    "update_payment_method": {"default": True},
    "create_api_key": {"name": "sender", "role": "member", "scopes": ["read", "send"]},
    "rotate_api_key": {"overlap_hours": 24},
    "create_webhook_endpoint": {"url": "https://example.com/refill", "kinds": ["credits.*", "order.declined"]},
    "update_webhook_endpoint": {"enabled": True},
    "rotate_webhook_secret": {"overlap_hours": 24},
    "test_webhook_endpoint": {"kind": "credits.low"},
    "create_test_event": {"kind": "credits.low"},
    "replay_delivery": {},
    "create_calendar_address": {},
    "replay_failed_deliveries": {"since": _AT},
    "create_member": {"email": "bo@harbor.example", "name": "Bo Lind", "role": "member"},
    "update_member": {"role": "manager"},
    "create_invitations": {"emails": ["bo@harbor.example", "cy@harbor.example"], "role": "member"},
    "update_invitation": {"role": "observer"},
    "resend_invitation": {},
    "keep_add_on": {},
    "create_inbox": {"name": "Front desk", "members": ["mem_3v8rb7f5kq2x4"]},
    "update_inbox": {"name": "Reception"},
    "restore_inbox": {},
    "create_number": {"number": "+12125550123", "inbox": "inb_3v8rb7f5kq2x4"},
    "update_number": {"name": "Reminders"},
    "restore_number": {},
    "create_test_clock": {"now": _AT},
    "advance_test_clock": {"to": "2027-04-22T13:00:00Z"},
}  # fmt: skip
# Recorded from calls of the tests (tests/recording.py).
ANSWERS: dict[str, Any] = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
