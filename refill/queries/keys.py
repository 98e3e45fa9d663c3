"""API keys as they are shown: never their secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models.query import QuerySet

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.domain.roles import Role, key_may_act
from refill.models import ApiKey

KeyState = Literal["live", "expired", "revoked", "dead"]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """`dead`: its maker has left, or has no longer the role for it. The operator's keys have no maker."""

    id: int
    name: str
    role: Role | None
    scopes: tuple[str, ...]
    prefix: str
    livemode: bool
    state: KeyState
    maker_id: int | None
    maker_name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @property
    def public_id(self) -> str:
        return ids.encode("key", self.id)


def newest(account_id: int, *, now: datetime, before: int | None, limit: int) -> list[KeyRow]:
    """The account's keys below the id `before`, the newest first."""
    rows = _keys().filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_row(key, now) for key in rows.order_by("-pk")[:limit]]


def get(account_id: int, key_id: int, *, now: datetime) -> KeyRow:
    """Raises Unknown."""
    key = _keys().filter(account_id=account_id, pk=key_id).first()
    if key is None:
        raise Unknown("There is no such key.")
    return _row(key, now)


def of_platform(*, now: datetime) -> list[KeyRow]:
    """The operator's keys, the newest first."""
    return [_row(key, now) for key in _keys().filter(account__isnull=True).order_by("-pk")]


def names(account_id: int, key_ids: set[int]) -> dict[int, str]:
    """The names of the account's keys among these."""
    return dict(ApiKey.objects.filter(account_id=account_id, pk__in=key_ids).values_list("pk", "name"))


def _keys() -> QuerySet[ApiKey]:
    return ApiKey.objects.select_related("maker__user")


def _row(key: ApiKey, now: datetime) -> KeyRow:
    role = Role(key.role) if key.role else None
    return KeyRow(
        id=key.pk, name=key.name, role=role, scopes=tuple(key.scopes), prefix=key.prefix, livemode=key.livemode,
        state=_state(key, role, now), maker_id=key.maker_id,
        maker_name=(key.maker.user.name or key.maker.user.email) if key.maker else "",
        created_at=key.created_at, expires_at=key.expires_at, last_used_at=key.last_used_at,
    )  # fmt: skip


def _state(key: ApiKey, role: Role | None, now: datetime) -> KeyState:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    if key.maker is not None:
        maker_role = None if key.maker.removed_at else Role(key.maker.role)
        if role is None or not key_may_act(role, maker_role):
            return "dead"
    return "live"
