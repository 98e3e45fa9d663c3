"""Who may do what: the one table that pages show, doors enforce and tests read (RULES §8)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import total_ordering
from types import MappingProxyType


@total_ordering
class Role(Enum):
    """A person's place in an account, from the least to the most."""

    OBSERVER = "observer"
    MEMBER = "member"
    MANAGER = "manager"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """0 for an Observer up to 4 for the Owner."""
        return _RANKS[self]

    @property
    def label(self) -> str:
        """The word that people read."""
        return self.value.capitalize()

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Role):
            return NotImplemented
        return self.rank < other.rank


_RANKS: Mapping[Role, int] = {role: rank for rank, role in enumerate(Role)}


class Right(Enum):
    """One row of the table; the value is its stable name."""

    SEE_USE = "see_use"
    SEE_MONEY = "see_money"
    CHANGE_BILLING = "change_billing"
    REMOVE = "remove"
    ADD = "add"
    EDIT_INBOXES = "edit_inboxes"
    MANAGE_MEMBERS = "manage_members"
    SEND = "send"
    STATEMENT = "statement"
    DEVELOP = "develop"
    OWN = "own"
    ASK = "ask"

    @property
    def label(self) -> str:
        """The row's words on the page."""
        return LABELS[self]


class Scope(Enum):
    """How far a right reaches within the account."""

    NONE = "none"
    OWN = "own"
    ALL = "all"


LABELS: Mapping[Right, str] = MappingProxyType(
    {
        Right.SEE_USE: "See balance, the period’s use, plan name",
        Right.SEE_MONEY: "See prices, invoices, cards",
        Right.CHANGE_BILLING: "Change plan, buy, auto-recharge, cards, cancel",
        Right.REMOVE: "Remove an inbox, delete a number",
        Right.ADD: "Add a number or seat (costs money)",
        Right.EDIT_INBOXES: "Create and edit inboxes",
        Right.MANAGE_MEMBERS: "Members and roles (never above one’s own rank, never the Owner’s)",
        Right.SEND: "Send texts and broadcasts",
        Right.STATEMENT: "Statement and export",
        Right.DEVELOP: "API keys (never above their maker’s role), webhooks",
        Right.OWN: "Transfer ownership, close the account",
        Right.ASK: "Ask for a change, credits or a role",
    }
)


def _row(owner: str, admin: str, manager: str, member: str, observer: str) -> Mapping[Role, Scope]:
    cells = {
        Role.OWNER: owner,
        Role.ADMIN: admin,
        Role.MANAGER: manager,
        Role.MEMBER: member,
        Role.OBSERVER: observer,
    }
    return MappingProxyType({role: _CELLS[cell] for role, cell in cells.items()})


_CELLS = {"yes": Scope.ALL, "own": Scope.OWN, "no": Scope.NONE}

TABLE: Mapping[Right, Mapping[Role, Scope]] = MappingProxyType(
    {
        Right.SEE_USE: _row("yes", "yes", "yes", "yes", "yes"),
        Right.SEE_MONEY: _row("yes", "yes", "no", "no", "no"),
        Right.CHANGE_BILLING: _row("yes", "yes", "no", "no", "no"),
        Right.REMOVE: _row("yes", "yes", "no", "no", "no"),
        Right.ADD: _row("yes", "yes", "no", "no", "no"),
        Right.EDIT_INBOXES: _row("yes", "yes", "yes", "no", "no"),
        Right.MANAGE_MEMBERS: _row("yes", "yes", "no", "no", "no"),
        Right.SEND: _row("yes", "yes", "yes", "yes", "no"),
        Right.STATEMENT: _row("yes", "yes", "yes", "own", "no"),
        Right.DEVELOP: _row("yes", "yes", "no", "no", "no"),
        Right.OWN: _row("yes", "no", "no", "no", "no"),
        Right.ASK: _row("no", "no", "yes", "yes", "yes"),
    }
)


def scope_of(role: Role, right: Right) -> Scope:
    """Return how far the right reaches for this role: a Member's statement is their own (RULES §8)."""
    return TABLE[right][role]


def may(role: Role, right: Right) -> bool:
    """Say whether the role has the right, be it only for what is their own (RULES §8)."""
    return TABLE[right][role] is not Scope.NONE


def who_has(right: Right) -> tuple[Role, ...]:
    """Return the roles that have the right, highest first, for "who can" on a page (RULES §8)."""
    return tuple(role for role in reversed(Role) if may(role, right))


def may_give(actor: Role, role: Role) -> bool:
    """Say whether the actor may invite somebody as this role: never above their own rank, never as Owner;
    ownership is only handed over (RULES §8)."""
    return may(actor, Right.MANAGE_MEMBERS) and role is not Role.OWNER and role <= actor


def may_remove(actor: Role, target: Role) -> bool:
    """Say whether the actor may remove a member of this role: the same bounds as giving it (RULES §8)."""
    return may_give(actor, target)


def may_change(actor: Role, current: Role, wanted: Role) -> bool:
    """Say whether the actor may move a member from one role to another (RULES §8)."""
    return may_give(actor, current) and may_give(actor, wanted)


def givable(actor: Role) -> tuple[Role, ...]:
    """Return the roles that the actor may give, highest first; empty for who may give none (RULES §8)."""
    return tuple(role for role in reversed(Role) if may_give(actor, role))


def key_may_act(key_role: Role, maker_role: Role | None) -> bool:
    """Say whether an API key may be made, and lives on: its maker is still in the account, still may have
    keys, and has not fallen below the key's role (RULES §8)."""
    return maker_role is not None and may(maker_role, Right.DEVELOP) and key_role <= maker_role
