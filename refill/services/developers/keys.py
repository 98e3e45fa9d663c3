"""API keys: shown once, stored hashed; never above their maker's role, dead when the maker loses it (RULES §8)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.db.models.query import QuerySet

from refill.domain import ids, key_texts
from refill.domain.errors import Conflict, Forbidden, Invalid, Unauthenticated, Unknown
from refill.domain.records import Actor, KeyFacts
from refill.domain.roles import Right, Role, key_may_act, may
from refill.gateways import clock
from refill.models import Account, ApiKey, Membership
from refill.services.entering import entered
from refill.services.money.notices.security import key_changed
from refill.services.recording import audit

SHORTEST = 16
LIVE_OF_A_NAME = 2
MOST_LIVE = 100
NAME_CHARACTERS = 200
MOST_YEARS = 10
# Last use is kept to within this, so that it costs one write in five minutes and none for a call.
USE_IS_NOTED_EVERY = timedelta(minutes=5)
_REFUSED = "Send a valid API key: Authorization: Bearer rf_…."


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key at the only moment at which its text is known."""

    id: int
    secret: str


def digest(secret: str) -> bytes:
    """A key's secret is long and random, so a plain hash is enough to keep it."""
    return sha256(secret.encode()).digest()


def register_test_platform_key(secret: str) -> None:
    """Make the operator's test-mode platform key known; harmless when it is already."""
    if not secret.startswith("rf_test_") or len(secret) < SHORTEST or key_texts.is_mistyped(secret):
        raise Invalid("REFILL_TEST_PLATFORM_KEY starts with rf_test_ and has at least 16 characters.")
    ApiKey.objects.get_or_create(
        hash=digest(secret),
        defaults={
            "name": "test platform key", "role": None, "scopes": ["*"], "livemode": False, "prefix": secret[:12],
            "created_at": clock.now(),
        },
    )  # fmt: skip


def authenticate(secret: str) -> KeyFacts:
    """Return what a key may be. Raises Unauthenticated for one that is not, expired, revoked, or left by its maker."""
    if key_texts.is_mistyped(secret):
        raise Unauthenticated("This key is mistyped: its last characters do not fit the others.")
    key, now = ApiKey.objects.select_related("maker").filter(hash=digest(secret)).first(), clock.now()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise Unauthenticated(_REFUSED)
    role = Role(key.role) if key.role else None
    if key.maker is not None and (role is None or not key_may_act(role, _role_of(key.maker))):
        raise Unauthenticated("Who made this key has no longer the role for it. Ask an Owner or Admin for another.")
    if key.last_used_at is None or now - key.last_used_at >= USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(last_used_at=now)
    return KeyFacts(key.pk, key.account_id, role, tuple(key.scopes), key.livemode)


def make(
    *, account_id: int, actor: Actor, name: str, role: Role, scopes: Sequence[str] = (),
    expires_at: datetime | None = None, by_key: int | None = None,
) -> MadeKey:  # fmt: skip
    """Make an account key: for a member, by another key (`by_key`, on behalf of who made that), or by the operator.

    Raises Forbidden above the maker's role or beyond the scopes of the key that asks, Conflict for a third live key of
    one name, Invalid, Unknown (RULES §8).
    """
    plain, now = " ".join(name.split()), clock.now()
    if not 1 <= len(plain) <= NAME_CHARACTERS or "\0" in plain:
        raise Invalid(f"A name has 1 to {NAME_CHARACTERS} characters.", param="name")
    if set(scopes) - set(key_texts.KEY_SCOPES) or "operate" in scopes:
        raise Invalid("Scopes are read, send, billing and develop.", param="scopes")
    if expires_at is not None and not now < expires_at <= now + timedelta(days=366 * MOST_YEARS):
        raise Invalid(f"A key ends in the future, within {MOST_YEARS} years.", param="expires_at")
    with entered(account_id) as balance:
        maker_id = _maker(account_id, actor, role, scopes, by_key)
        _demand_room(account_id, plain, now)
        made = _store(
            account_id=account_id, maker_id=maker_id, name=plain, role=role.value, scopes=sorted(set(scopes)),
            livemode=Account.objects.values_list("livemode", flat=True).get(pk=account_id), expires_at=expires_at,
        )  # fmt: skip
        facts = {"name": plain, "role": role.value, "scopes": sorted(set(scopes))}
        audit(account_id, balance.at, actor, "key.made", subject=ids.encode("key", made.id), after=facts)
        key_changed(account_id, made.id, plain, "made", actor, balance.at)
        return made


def rotate(
    *, account_id: int, actor: Actor, key_id: int, overlap_hours: int = 24, by_key: int | None = None
) -> MadeKey:
    """Make a second key like a live one, which ends `overlap_hours` (0 to 168) from now, or sooner if it did anyway.

    Raises what `make` raises, and Unknown for a key that does not live.
    """
    if not 0 <= overlap_hours <= 168:
        raise Invalid("The old key lives on for 0 to 168 hours.", param="overlap_hours")
    now = clock.now()
    with entered(account_id) as balance:
        old = live(now).filter(account_id=account_id, pk=key_id).first()
        if old is None:
            raise Unknown("There is no such key, or it has ended.")
        maker_id = _maker(account_id, actor, Role(old.role), old.scopes, by_key)
        _demand_room(account_id, old.name, now)
        made = _store(
            account_id=account_id, maker_id=maker_id, name=old.name, role=old.role, scopes=old.scopes,
            livemode=old.livemode, expires_at=old.expires_at,
        )  # fmt: skip
        ends_at = now + timedelta(hours=overlap_hours)
        old.expires_at = min(ends_at, old.expires_at or ends_at)
        old.save(update_fields=["expires_at"])
        facts = {"key": ids.encode("key", made.id), "old_ends_at": old.expires_at.isoformat()}
        audit(account_id, balance.at, actor, "key.rotated", subject=ids.encode("key", old.pk), after=facts)
        key_changed(account_id, made.id, old.name, "rotated", actor, balance.at)
        return made


def revoke(*, account_id: int | None, actor: Actor, key_id: int) -> None:
    """End a key at once; one that has ended stays so. `account_id` None: a platform key. Raises Unknown."""
    if account_id is None:
        with transaction.atomic(durable=True):
            if _end(ApiKey.objects.filter(account__isnull=True, pk=key_id)):
                audit(None, clock.now(), actor, "key.revoked", subject=ids.encode("key", key_id))
        return
    with entered(account_id) as balance:
        ended = ApiKey.objects.filter(account_id=account_id, pk=key_id)
        if not _end(ended):
            return
        audit(account_id, balance.at, actor, "key.revoked", subject=ids.encode("key", key_id))
        name = ended.values_list("name", flat=True).get()
        key_changed(account_id, key_id, name, "revoked", actor, balance.at)


def make_platform_key(*, actor: Actor, name: str, livemode: bool) -> MadeKey:
    """Make an operator's key, which acts for any account of its mode. Raises Invalid."""
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= NAME_CHARACTERS or "\0" in plain:
        raise Invalid(f"A name has 1 to {NAME_CHARACTERS} characters.", param="name")
    with transaction.atomic(durable=True):
        made = _store(
            account_id=None, maker_id=None, name=plain, role=None, scopes=["*"], livemode=livemode, expires_at=None
        )
        facts = {"name": plain, "livemode": livemode}
        audit(None, clock.now(), actor, "key.made", subject=ids.encode("key", made.id), after=facts)
    return made


def live(now: datetime) -> QuerySet[ApiKey]:
    """Keys that are neither revoked nor expired."""
    return ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


def _role_of(maker: Membership) -> Role | None:
    return None if maker.removed_at is not None else Role(maker.role)


def _maker(account_id: int, actor: Actor, role: Role, scopes: Sequence[str], by_key: int | None) -> int | None:
    """The membership on whose behalf a key is made; none for the operator's."""
    if actor.role is None:
        return None
    bound, maker = actor.role, None
    if by_key is not None:
        asking = live(clock.now()).select_for_update().filter(account_id=account_id, pk=by_key).first()
        if asking is None:
            raise Unauthenticated(_REFUSED)
        if asking.scopes and not set(scopes or key_texts.KEY_SCOPES) <= set(asking.scopes):
            raise Forbidden("A key makes no key with more scopes than its own.")
        if asking.maker_id is None:
            _demand_rank(role, bound)
            return None
        maker = Membership.objects.filter(pk=asking.maker_id).first()
    elif actor.user_id is not None:
        maker = Membership.objects.filter(account_id=account_id, user_id=actor.user_id, removed_at=None).first()
    maker_role = _role_of(maker) if maker else None
    if maker is None or maker_role is None:
        raise Forbidden("Keys are made by Owner and Admins.")
    _demand_rank(role, min(bound, maker_role))
    return maker.pk


def _demand_rank(role: Role, bound: Role) -> None:
    if not may(bound, Right.DEVELOP) or role > bound:
        raise Forbidden("Keys are made by Owner and Admins, never above their own role.")


def _demand_room(account_id: int, name: str, now: datetime) -> None:
    keys = live(now).filter(account_id=account_id)
    if keys.filter(name=name).count() >= LIVE_OF_A_NAME:
        raise Conflict("Two keys of this name live already. Revoke one first.", param="name")
    if keys.count() >= MOST_LIVE:
        raise Conflict(f"An account has at most {MOST_LIVE} live keys. Revoke those that nobody uses.")


def _store(*, livemode: bool, **facts: object) -> MadeKey:
    secret = key_texts.write(secrets.token_bytes(key_texts.RANDOM_BYTES), livemode=livemode)
    made = ApiKey.objects.create(
        hash=digest(secret), prefix=key_texts.prefix_of(secret), livemode=livemode, created_at=clock.now(), **facts
    )
    return MadeKey(made.pk, secret)


def _end(found: QuerySet[ApiKey]) -> bool:
    """False where it has ended already. Raises Unknown where there is none."""
    if found.filter(revoked_at=None).update(revoked_at=clock.now()):
        return True
    if not found.exists():
        raise Unknown("There is no such key.")
    return False
