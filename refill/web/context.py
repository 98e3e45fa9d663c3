"""What every page knows: who, where, the balance and the links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from refill.domain.records import BalanceRead
from refill.domain.warnings import Refilled
from refill.gateways import clock
from refill.queries.pages.helping import unread_of
from refill.queries.pages.standing import Coming, coming_of
from refill.queries.pages.use import last_refill
from refill.queries.pages.visits import Visit
from refill.queries.provider_queue import is_paused
from refill.services import credits
from refill.web.demo_logins import demo_code, demo_logins
from refill.web.office_links import OFFICE_LINKS, OFFICE_UNDER
from refill.web.policy import PAGES
from refill.web.request import PageRequest

_TOP = (
    ("conversations", "Conversations"),
    ("broadcasts", "Broadcasts"),
    ("billing", "Plan & Billing"),
    ("statement", "Statement"),
    ("help", "Help"),
)
_SIDE = (
    ("profile", "Profile"),
    ("billing", "Plan & Billing"),
    ("recharge", "Auto-recharge"),
    ("cards", "Cards"),
    ("invoices", "Invoices"),
    ("calendar", "Resets"),
    ("team", "Team"),
    ("places", "Inboxes & numbers"),
    ("roles", "Roles"),
    ("asks", "Requests"),
    ("developers", "Developers"),
    ("security", "Security"),
)
# Pages that belong to another's link.
_UNDER = {
    "upgrade": "billing", "buy": "billing", "manage": "billing", "confirm": "billing", "result": "billing",
    "invoice": "invoices", "credit_note": "invoices", "billing_details": "invoices",
    "card_new": "cards", "card_added": "cards", "why": "statement", "ask": "billing",
    "invite": "team", "invitation": "team", "member": "team", "member_remove": "team", "leave": "team", "owner": "team",
    "inbox_new": "places", "inbox": "places", "inbox_remove": "places", "number_new": "places", "number": "places",
    "number_delete": "places",
    "help_thread": "help", "key_new": "developers", "endpoint_new": "developers", "endpoint": "developers",
    "request_log": "developers", "request_one": "developers",
    "overdue": "billing", "recharge_check": "recharge",
    "close_account": "profile", "account_email": "profile", "account_change_password": "security",
    "usersessions_list": "security",
    "conversation": "conversations", "compose": "conversations", "contacts": "conversations",
    "contact": "conversations", "contact_forget": "conversations", "broadcast": "broadcasts",
    "broadcast_new": "broadcasts", "broadcast_send": "broadcasts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    href: str
    words: str
    is_here: bool


class Fuel:
    """The balance of the account that is looked at, read once for a request and only when it is asked for."""

    def __init__(self, visit: Visit | None) -> None:
        self.account_id = visit.place.account_id if visit and visit.place else None

    @cached_property
    def balance(self) -> BalanceRead | None:
        return None if self.account_id is None else credits.balance(account_id=self.account_id)

    @cached_property
    def refilled(self) -> Refilled | None:
        return None if self.account_id is None else last_refill(self.account_id)

    @property
    def percent(self) -> int:
        """What is left of what there was after the last refill (RULES §6.1), rounded up."""
        return self.refilled.percent(self.balance.available) if self.refilled and self.balance else 100

    @cached_property
    def level(self) -> str:
        """out, low or nothing to say."""
        if self.balance is None:
            return ""
        if self.balance.available == 0:
            return "out"
        return "low" if self.refilled and self.refilled.is_low(self.balance.available) else ""

    @cached_property
    def _coming(self) -> Coming | None:
        if self.account_id is None or self.balance is None:
            return None
        return coming_of(self.account_id, self.balance.resets_at)

    def coming(self) -> Coming | None:
        """What the page says of the next refill; read where a page says it."""
        return self._coming


def fuel_of(request: HttpRequest) -> Fuel:
    """The request's balance, one for views and templates."""
    fuel: Fuel | None = getattr(request, "fuel", None)
    if fuel is None:
        fuel = Fuel(getattr(request, "visit", None))
        cast(PageRequest, request).fuel = fuel
    return fuel


def now_of(request: HttpRequest) -> datetime:
    """The account's instant; without an account the clock's."""
    balance = fuel_of(request).balance
    return balance.at if balance else clock.now()


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    visit: Visit | None = getattr(request, "visit", None)
    shared: dict[str, Any] = {
        "visit": visit,
        "is_demo": settings.DEMO,
        "request_id": getattr(request, "request_id", ""),
    }
    here = request.resolver_match.view_name if request.resolver_match else ""
    if settings.DEMO and here in ("mfa_authenticate", "mfa_reauthenticate"):
        shared["demo_code"] = demo_code(settings.DATA_DIR)
    if visit is None:
        return shared | (demo_logins(settings.DATA_DIR) if settings.DEMO else {})
    if here in PAGES and PAGES[here].door == "operator":
        at = OFFICE_UNDER.get(here, here)
        links = [Link(name, reverse(name), words, name == at) for name, words in OFFICE_LINKS]
        return shared | {
            "office_links": links, "zone": "UTC", "now": clock.now(),
            "is_paused": here != "office_safe_mode" and is_paused(),
        }  # fmt: skip
    shared["side_links"] = _links(_SIDE, visit, here)
    if visit.place is None:
        return shared
    fuel = fuel_of(request)
    return shared | {
        "has_demo_panel": settings.DEMO and visit.place.clock_id is not None,
        "here": request.get_full_path() if request.method == "GET" else "",
        "top_links": _links(_TOP, visit, here),
        "help_unread": unread_of(visit.user_id),
        "balance": fuel.balance,
        "fuel": fuel.level,
        "coming": fuel.coming,
        "fuel_percent": fuel.percent if fuel.level == "low" else None,
        "zone": visit.place.zone,
        "currency": visit.place.currency,
        "now": fuel.balance.at if fuel.balance else clock.now(),
    }


def _links(rows: tuple[tuple[str, str], ...], visit: Visit, here: str) -> list[Link]:
    here = "security" if here.startswith("mfa_") else _UNDER.get(here, here)
    shown = []
    for name, words in rows:
        line = PAGES[name]
        if line.door == "member" and (line.right is None or not visit.may(line.right)):
            continue
        shown.append(Link(name, reverse(name), words, name == here))
    return shown
