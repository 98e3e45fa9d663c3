"""Who may call what: one line for each operation. A call without a line does not start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from refill.domain.key_texts import KeyScope
from refill.domain.roles import Right

KeyRule = Literal["required", "optional", "none"]


@dataclass(frozen=True, slots=True)
class Access:
    """`right` None means the operator's platform keys alone. `account`: the call acts in one account; with
    `may_lack_account` a platform key need not name it."""

    right: Right | None
    scope: KeyScope
    key: KeyRule = "none"
    account: bool = True
    test_only: bool = False
    may_lack_account: bool = False


def _operator(key: KeyRule = "none", *, account: bool = False, test_only: bool = False) -> Access:
    return Access(None, "operate", key, account, test_only)


_SEE_USE = Access(Right.SEE_USE, "read")
_SEE_MONEY = Access(Right.SEE_MONEY, "read")
_SHOP = Access(Right.SEE_MONEY, "read", account=False)
_CHANGE = Access(Right.CHANGE_BILLING, "billing", "optional")
_CHANGE_BY_KEY = Access(Right.CHANGE_BILLING, "billing", "required")
_CHANGE_PLAIN = Access(Right.CHANGE_BILLING, "billing")
_SEND = Access(Right.SEND, "send", "required")
_SEND_OPTIONAL = Access(Right.SEND, "send", "optional")
_DEVELOP = Access(Right.DEVELOP, "develop", "optional")
_DEVELOP_PLAIN = Access(Right.DEVELOP, "develop")

_MEMBERS = Access(Right.MANAGE_MEMBERS, "billing")
_MEMBERS_ONCE = Access(Right.MANAGE_MEMBERS, "billing", "optional")
_INBOXES = Access(Right.EDIT_INBOXES, "billing")
_ADD = Access(Right.ADD, "billing", "required")
_REMOVE = Access(Right.REMOVE, "billing")

TABLE: dict[str, Access] = {
    "create_account": _operator("optional"),
    "get_account": _SEE_USE,
    "update_account": _CHANGE_PLAIN,
    "get_policies": _operator(),
    "put_policies": _operator(),
    "get_balance": _SEE_USE,
    "create_usage": _SEND,
    "create_usage_batch": _SEND,
    "reverse_usage": _operator("required", account=True),
    "create_hold": _SEND,
    "capture_hold": _SEND,
    "release_hold": _SEND,
    "get_hold": _SEE_USE,
    "list_holds": _SEE_USE,
    "list_ledger": Access(Right.STATEMENT, "read"),
    "get_statement": Access(Right.STATEMENT, "read"),
    "get_advice": _SEE_MONEY,
    "explain_entry": Access(Right.STATEMENT, "read"),
    "estimate_message": Access(Right.SEND, "send", "optional"),
    "send_message": _SEND,
    "list_messages": _SEE_USE,
    "get_message": _SEE_USE,
    "send_waiting_message": _SEND,
    "cancel_message": _SEND_OPTIONAL,
    "create_broadcast": _SEND_OPTIONAL,
    "estimate_broadcast": _SEND_OPTIONAL,
    "list_broadcasts": _SEE_USE,
    "get_broadcast": _SEE_USE,
    "send_broadcast": _SEND,
    "cancel_broadcast": _SEND_OPTIONAL,
    "list_plans": _SHOP,
    "list_packs": _SHOP,
    "create_plan": _operator("optional"),
    "create_price": _operator("optional"),
    "create_pack": _operator("optional"),
    "create_grant": _operator("required", account=True),
    "create_quote": _CHANGE,
    "get_quote": _SEE_MONEY,
    "confirm_quote": _CHANGE_BY_KEY,
    "get_order": _SEE_MONEY,
    "act_on_order": _CHANGE_BY_KEY,
    "get_subscription": _SEE_USE,
    "list_periods": _SEE_USE,
    "undo_scheduled_change": _CHANGE_PLAIN,
    "resume_subscription": _CHANGE,
    "get_calendar": _SEE_USE,
    "create_calendar_address": _CHANGE,
    "revoke_calendar_address": _CHANGE_PLAIN,
    "list_payment_methods": _SEE_MONEY,
    "create_payment_method": replace(_CHANGE, may_lack_account=True),
    "setup_payment_method": _CHANGE,
    "update_payment_method": _CHANGE_PLAIN,
    "remove_payment_method": _CHANGE_PLAIN,
    "get_auto_recharge": _SEE_MONEY,
    "put_auto_recharge": _CHANGE_PLAIN,
    "list_auto_recharge_decisions": _SEE_MONEY,
    "list_orders": _SEE_MONEY,
    "list_invoices": _SEE_MONEY,
    "get_invoice": _SEE_MONEY,
    "get_invoice_pdf": _SEE_MONEY,
    "get_credit_note": _SEE_MONEY,
    "get_credit_note_pdf": _SEE_MONEY,
    "get_billing_details": _SEE_MONEY,
    "put_billing_details": _CHANGE_PLAIN,
    "list_tax_rates": _operator(),
    "create_tax_rate": _operator("optional"),
    "create_refund": _operator("required", account=True),
    "list_refunds": _operator(account=True),
    "get_refund": _operator(account=True),
    "create_dispute": _operator("required", account=True, test_only=True),
    "close_dispute": _operator("optional", account=True, test_only=True),
    "list_disputes": _operator(account=True),
    "create_test_clock": _operator("optional", test_only=True),
    "get_test_clock": _operator(test_only=True),
    "advance_test_clock": _operator("optional", test_only=True),
    "list_events": Access(Right.DEVELOP, "read"),
    "list_api_keys": _DEVELOP_PLAIN,
    "create_api_key": _DEVELOP,
    "rotate_api_key": _DEVELOP,
    "revoke_api_key": _DEVELOP_PLAIN,
    "list_requests": _DEVELOP_PLAIN,
    "list_webhook_endpoints": _DEVELOP_PLAIN,
    "create_webhook_endpoint": _DEVELOP,
    "get_webhook_endpoint": _DEVELOP_PLAIN,
    "update_webhook_endpoint": _DEVELOP_PLAIN,
    "remove_webhook_endpoint": _DEVELOP_PLAIN,
    "rotate_webhook_secret": _DEVELOP,
    "test_webhook_endpoint": _DEVELOP,
    "list_deliveries": _DEVELOP_PLAIN,
    "replay_delivery": _DEVELOP,
    "replay_failed_deliveries": _DEVELOP,
    "create_test_event": _DEVELOP,
    "list_members": _SEE_USE,
    "get_member": _SEE_USE,
    "create_member": _MEMBERS_ONCE,
    "update_member": _MEMBERS,
    "remove_member": _MEMBERS,
    "list_invitations": Access(Right.MANAGE_MEMBERS, "read"),
    "get_invitation": Access(Right.MANAGE_MEMBERS, "read"),
    "create_invitations": _MEMBERS_ONCE,
    "update_invitation": _MEMBERS,
    "resend_invitation": _MEMBERS_ONCE,
    "revoke_invitation": _MEMBERS,
    "list_add_ons": _SEE_MONEY,
    "keep_add_on": _CHANGE,
    "list_inboxes": _SEE_USE,
    "get_inbox": _SEE_USE,
    "create_inbox": Access(Right.EDIT_INBOXES, "billing", "optional"),
    "update_inbox": _INBOXES,
    "remove_inbox": _REMOVE,
    "restore_inbox": Access(Right.REMOVE, "billing", "optional"),
    "list_numbers": _SEE_USE,
    "list_available_numbers": Access(Right.EDIT_INBOXES, "read"),
    "get_number": _SEE_USE,
    "create_number": _ADD,
    "update_number": _INBOXES,
    "delete_number": _REMOVE,
    "restore_number": Access(Right.REMOVE, "billing", "optional"),
}
