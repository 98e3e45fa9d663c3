"""Who calls: the key, what it may do, and the account that it acts in.

Ordinary calls ask the database for the key each time. The hot calls may use what was read within the last
RECENT_SECONDS, per process; `forget` drops that at once in this process, so that a revocation made here holds
from the next call on, and one made in another process RECENT_SECONDS later at most.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.http import HttpRequest

from refill.api.access import Access
from refill.api.refusals import ScopeMissing
from refill.domain import ids
from refill.domain.errors import Forbidden, Invalid, Unauthenticated, Unknown
from refill.domain.records import Actor, KeyFacts
from refill.domain.roles import Right, Role, may, who_has
from refill.lane import limits
from refill.queries import accounts
from refill.services.developers import keys

RECENT_SECONDS = 2
ACCOUNT_HEADER = "Refill-Account"
_MOST_RECENT = 10_000
_recent: dict[bytes, tuple[KeyFacts, float]] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """`account_id` is None for calls that act in no account; `role` is None for the operator's platform keys."""

    key_id: int
    account_id: int | None
    role: Role | None
    livemode: bool
    rate_limit: str | None

    @property
    def account(self) -> int:
        """The account of a call that acts in one."""
        if self.account_id is None:
            raise Invalid(f"Name the account in {ACCOUNT_HEADER}.", param=ACCOUNT_HEADER)
        return self.account_id

    @property
    def actor(self) -> Actor:
        return Actor(ids.encode("key", self.key_id), self.role)

    @property
    def is_operator(self) -> bool:
        return self.role is None

    @property
    def sees_money(self) -> bool:
        """Whether prices may be shown (RULES §8)."""
        return self.role is None or may(self.role, Right.SEE_MONEY)


class ApiRequest(HttpRequest):
    """What the door puts on a request."""

    caller: Caller
    json: object
    request_id: str
    idempotency_key: str | None


def forget() -> None:
    """Forget all keys read lately: one was revoked, or changed."""
    _recent.clear()


def _secret(request: HttpRequest) -> str:
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated("Send Authorization: Bearer with an API key.")
    if len(secret) > 200:
        raise Unauthenticated("This key is not valid.")
    return secret


def _authenticate(secret: str, *, recent: bool) -> KeyFacts:
    if not recent:
        return keys.authenticate(secret)
    mark, now = hashlib.sha256(secret.encode()).digest(), time.monotonic()
    found = _recent.get(mark)
    if found is not None and found[1] > now:
        return found[0]
    facts = keys.authenticate(secret)
    if len(_recent) >= _MOST_RECENT:
        _recent.clear()
    _recent[mark] = (facts, now + RECENT_SECONDS)
    return facts


@lru_cache(maxsize=65_536)
def _is_live(account_id: int, database: str) -> bool:
    """The mode of an account never changes. An unknown account raises, and is not remembered."""
    return accounts.is_live(account_id)


def _account(request: HttpRequest, facts: KeyFacts, access: Access, *, ask_mode: bool) -> int | None:
    named = request.META.get("HTTP_REFILL_ACCOUNT")
    if named is None:
        if facts.account_id is None and not access.may_lack_account:
            raise Invalid(f"Name the account in {ACCOUNT_HEADER}.", param=ACCOUNT_HEADER)
        return facts.account_id
    try:
        (account_id,) = ids.decode("acc", named)
    except ids.UnknownId:
        raise Unknown("There is no such account.", param=ACCOUNT_HEADER) from None
    if facts.account_id not in (None, account_id) or (
        ask_mode and _is_live(account_id, connection.settings_dict["NAME"]) != facts.livemode
    ):
        raise Unknown("There is no such account.", param=ACCOUNT_HEADER)
    return account_id


def _demand_right(facts: KeyFacts, access: Access) -> None:
    if access.test_only and facts.livemode:
        raise Forbidden("This call is for test keys.")
    if access.right is None:
        if facts.account_id is not None:
            raise Forbidden("This call is the operator's: it needs a platform key.")
    elif facts.account_id is not None and (facts.role is None or not may(facts.role, access.right)):
        names = ", ".join(role.label for role in who_has(access.right))
        raise Forbidden(f"{access.right.label}: a key with this role may not. These roles may: {names}.")
    if facts.scopes and access.scope not in facts.scopes and "*" not in facts.scopes:
        raise ScopeMissing(f"The key has not the scope {access.scope}.", scope=access.scope)


def identify(request: HttpRequest, access: Access, *, recent: bool = False, ask_mode: bool = True) -> Caller:
    """Say who calls. `ask_mode=False`: the call itself refuses an account of the other mode.

    Raises Unauthenticated, Forbidden (RULES §8), Unknown for another's account, TooMany.
    """
    facts = _authenticate(_secret(request), recent=recent)
    request.key_facts = facts  # type: ignore[attr-defined]
    rate_limit = limits.count(facts.key_id) if facts.account_id is not None else None
    _demand_right(facts, access)
    account_id = _account(request, facts, access, ask_mode=ask_mode) if access.account else facts.account_id
    role = facts.role if facts.account_id is not None else None
    return Caller(facts.key_id, account_id, role, facts.livemode, rate_limit)
