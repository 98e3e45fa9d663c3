"""The access policy: one line for every page, by the name of its address (RULES §8).

The guard, the page of roles and the tests read this table. A page that is not in it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from refill.domain.roles import Right

# Doors with keys of their own; the pages' guard does not stand there.
OTHER_DOORS = ("/v1/", "/hooks/", "/static/", "/healthz", "/readyz", "/metrics", "/problems/")


@dataclass(frozen=True, slots=True)
class Line:
    """Who may open a page: anyone, a signed-in user, a member of the account with the right, or an operator.

    `fresh` asks for a sign-in or password not long ago: for money, or for what is stronger. The operator's door asks
    for an authenticator's code in this session too, and does not exist for anybody else.
    """

    door: Literal["anyone", "user", "member", "operator"]
    right: Right | None = None
    fresh: Literal["", "money", "strong"] = ""


ANYONE = Line("anyone")
USER = Line("user")
SEE_USE = Line("member", Right.SEE_USE)
SEE_MONEY = Line("member", Right.SEE_MONEY)
BILLING = Line("member", Right.CHANGE_BILLING)
PAY = Line("member", Right.CHANGE_BILLING, "money")
SEND = Line("member", Right.SEND)
STATEMENT = Line("member", Right.STATEMENT)
MEMBERS = Line("member", Right.MANAGE_MEMBERS, "strong")
DEVELOP = Line("member", Right.DEVELOP)
DEVELOP_DEED = Line("member", Right.DEVELOP, "strong")
OWNERSHIP = Line("member", Right.SEE_USE, "strong")
INBOXES = Line("member", Right.EDIT_INBOXES)
ADD = Line("member", Right.ADD)
REMOVE = Line("member", Right.REMOVE, "money")
ASK = Line("member", Right.ASK)
OWN = Line("member", Right.OWN, "strong")
OFFICE = Line("operator")
OFFICE_DEED = Line("operator", fresh="strong")

# What the sign-in library shows before there is a user; its other pages need one.
_ENTRANCE = (
    "account_login account_logout account_signup account_inactive account_email_verification_sent"
    " account_confirm_email account_reset_password account_reset_password_done"
    " account_reset_password_from_key account_reset_password_from_key_done account_confirm_login_code"
    " account_request_login_code mfa_authenticate mfa_login_webauthn mfa_trust"
)
_OWN = (
    "account_email account_change_password account_set_password account_reauthenticate mfa_index"
    " mfa_reauthenticate mfa_reauthenticate_webauthn mfa_activate_totp mfa_deactivate_totp"
    " mfa_view_recovery_codes mfa_generate_recovery_codes mfa_download_recovery_codes mfa_list_webauthn"
    " mfa_add_webauthn mfa_remove_webauthn mfa_edit_webauthn usersessions_list"
)

PAGES: Mapping[str, Line] = MappingProxyType(
    {
        **dict.fromkeys(_ENTRANCE.split(), ANYONE),
        **dict.fromkeys(_OWN.split(), USER),
        "home": ANYONE,
        "conversations": SEE_USE,
        "conversations_news": SEE_USE,
        "conversation": SEE_USE,
        "contacts": SEE_USE,
        "contact": SEE_USE,
        "contact_name": SEND,
        "contact_copy": STATEMENT,
        "contact_forget": REMOVE,
        "compose": SEND,
        "text_weight": SEND,
        "text_waiting": SEND,
        "broadcasts": SEE_USE,
        "broadcast": SEE_USE,
        "broadcast_progress": SEE_USE,
        "conversation_news": SEE_USE,
        "broadcast_results": SEE_USE,
        "broadcast_new": SEND,
        "broadcast_send": SEND,
        "broadcast_cancel": SEND,
        "help": ANYONE,
        "components": ANYONE,
        "mailbox": ANYONE,
        "mail": ANYONE,
        "mail_html": ANYONE,
        "demo_clock": SEE_USE,
        "demo_texts": SEE_USE,
        "profile": USER,
        "security": USER,
        "switch": USER,
        "start": USER,
        "billing": SEE_USE,
        "calendar": SEE_USE,
        "calendar_address": BILLING,
        "roles": SEE_USE,
        "statement": STATEMENT,
        "statement_csv": STATEMENT,
        "statement_pdf": STATEMENT,
        "statement_json": STATEMENT,
        "why": STATEMENT,
        "invoices": SEE_MONEY,
        "invoice": SEE_MONEY,
        "invoice_pdf": SEE_MONEY,
        "credit_note": SEE_MONEY,
        "credit_note_pdf": SEE_MONEY,
        "billing_details": BILLING,
        "upgrade": BILLING,
        "buy": BILLING,
        "manage": BILLING,
        "quote": BILLING,
        "confirm": PAY,
        "result": BILLING,
        "act": BILLING,
        "recharge": BILLING,
        "recharge_check": PAY,
        "recharge_save": PAY,
        "overdue": BILLING,
        "cards": BILLING,
        "card_new": PAY,
        "card_added": BILLING,
        "card_change": PAY,
        "pay": ANYONE,
        "undo": BILLING,
        "resume": BILLING,
        "developers": DEVELOP,
        "key_new": DEVELOP_DEED,
        "key_change": DEVELOP_DEED,
        "endpoint_new": DEVELOP_DEED,
        "endpoint": DEVELOP,
        "endpoint_change": DEVELOP_DEED,
        "request_log": DEVELOP,
        "request_one": DEVELOP,
        "team": SEE_USE,
        "invite": MEMBERS,
        "invitation": MEMBERS,
        "member": MEMBERS,
        "member_remove": MEMBERS,
        "leave": OWNERSHIP,
        "owner": OWNERSHIP,
        "keep_places": BILLING,
        "join": ANYONE,
        "places": SEE_USE,
        "inbox_new": INBOXES,
        "inbox": INBOXES,
        "inbox_remove": REMOVE,
        "number_new": ADD,
        "number": INBOXES,
        "number_delete": REMOVE,
        "take_back": REMOVE,
        "ask": ASK,
        "asks": BILLING,
        "ask_answer": BILLING,
        "ask_grant_role": MEMBERS,
        "help_start": USER,
        "help_thread": USER,
        "help_news": USER,
        "help_close": USER,
        "help_copy": USER,
        "close_account": OWN,
        "take_along": OWN,
        "own_data": USER,
        "office": OFFICE,
        "office_search": OFFICE,
        "office_account": OFFICE,
        "office_charge": OFFICE,
        "office_correct": OFFICE_DEED,
        "office_usages": OFFICE,
        "office_usage": OFFICE_DEED,
        "office_refund": OFFICE_DEED,
        "office_corrections": OFFICE,
        "office_decide": OFFICE_DEED,
        "office_queue": OFFICE,
        "office_act": OFFICE,
        "office_word": OFFICE_DEED,
        "office_book": OFFICE_DEED,
        "office_safe_mode": OFFICE_DEED,
        "office_taxes": OFFICE_DEED,
        "office_catalogue": OFFICE_DEED,
        "office_policy": OFFICE_DEED,
        "office_reports": OFFICE,
        "office_report": OFFICE,
        "office_help": OFFICE,
        "office_thread": OFFICE,
        "office_thread_news": OFFICE,
        "office_thread_close": OFFICE,
    }
)
