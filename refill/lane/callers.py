"""Whose key it is. Only those that may make the call are told here; the plain path says what is wrong with others."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass

import psycopg

from refill.domain import ids, key_texts
from refill.domain.records import KeyFacts
from refill.domain.roles import Right, Role, key_may_act, may
from refill.lane.connections import Wire
from refill.ledger.hot import statement

# As long as the plain path trusts what it read of a key.
RECENT_SECONDS = 2
_MOST_RECENT = 10_000
_KEY = statement(
    "refill_lane_key",
    # A key whose last use must be noted is not ordinary: the plain path notes it.
    """select k.id, k.account_id, k.role, k.scopes, k.livemode, k.maker_id is not null, m.role
         from refill_apikey k left join refill_membership m on m.id = k.maker_id and m.removed_at is null
        where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
          and k.last_used_at > now() - interval '5 minutes'""",
)


@dataclass(frozen=True, slots=True)
class Need:
    """What a call asks of a key; the same as its line in the API's table."""

    right: Right
    scope: str


class Callers:
    """Keys read within the last RECENT_SECONDS; each is asked for once, however many calls wait for it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._recent: dict[str, tuple[KeyFacts, float]] = {}
        self._asking: dict[str, asyncio.Task[KeyFacts | None]] = {}

    async def find(self, authorization: str, need: Need) -> KeyFacts | None:
        """The key's facts, where it may make this call; None where the plain path must look."""
        found = self._recent.get(authorization)
        if found is not None and found[1] > time.monotonic():
            facts: KeyFacts | None = found[0]
        else:
            facts = await self._ask_once(authorization)
        return facts if facts is not None and _may(facts, need) else None

    async def _ask_once(self, authorization: str) -> KeyFacts | None:
        task = self._asking.get(authorization)
        if task is None:
            task = self._asking[authorization] = asyncio.create_task(self._ask(authorization))
            task.add_done_callback(lambda _: self._asking.pop(authorization, None))
        return await asyncio.shield(task)

    async def _ask(self, authorization: str) -> KeyFacts | None:
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not 1 <= len(secret) <= 200 or key_texts.is_mistyped(secret):
            return None
        until = time.monotonic() + RECENT_SECONDS
        digest = hashlib.sha256(secret.encode()).hexdigest()
        try:
            result = await self._wire.ask(_KEY, [f"\\x{digest}".encode()])
        except psycopg.Error:
            return None
        if result.ntuples == 0:
            return None
        key_id, account_id, role, scopes, livemode, has_maker, maker_role = (result.get_value(0, at) for at in range(7))
        facts = KeyFacts(
            int(key_id or 0),
            None if account_id is None else int(account_id),
            Role(role.decode()) if role else None,
            tuple(json.loads(scopes or b"[]")),
            livemode == b"t",
        )
        if has_maker == b"t":
            maker = Role(maker_role.decode()) if maker_role else None
            if facts.role is None or not key_may_act(facts.role, maker):
                return None
        if len(self._recent) >= _MOST_RECENT:
            self._recent.clear()
        self._recent[authorization] = (facts, until)
        return facts


def _may(facts: KeyFacts, need: Need) -> bool:
    if facts.account_id is not None and (facts.role is None or not may(facts.role, need.right)):
        return False
    return not facts.scopes or need.scope in facts.scopes or "*" in facts.scopes


def account_of(facts: KeyFacts, named: str | None) -> int | None:
    """The account that the call acts in; None where the plain path must say what is wrong."""
    if named is None:
        return facts.account_id
    try:
        (account_id,) = ids.decode("acc", named)
    except ids.UnknownId:
        return None
    return account_id if facts.account_id in (None, account_id) else None
