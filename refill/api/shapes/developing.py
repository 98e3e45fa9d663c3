"""Keys of the sending software."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from refill.api.shapes.parts import In, Instant, InstantIn, Name, Out, Paging, id_or_none, is_none, words
from refill.domain import ids
from refill.domain.key_texts import KEY_SCOPES
from refill.domain.roles import Role
from refill.queries.keys import KeyRow
from refill.queries.requests import RequestRow

KeyScopeIn = Literal["read", "send", "billing", "develop"]
RoleName = Literal["owner", "admin", "manager", "member", "observer"]


class ApiKeyIn(In):
    """A key to be. No scopes: all that the role may."""

    name: Name
    role: RoleName
    scopes: Annotated[list[KeyScopeIn], Field(max_length=10)] = []
    expires_at: InstantIn | None = None


class RotateIn(In):
    """For how many hours the old key lives on beside the new one."""

    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=168)] = 24


class ApiKey(Out):
    """A key; `secret` is in the answer that makes it and in no other. `prefix` is how it is recognised."""

    id: str
    name: str
    role: Annotated[str | None, words(*(role.value for role in Role))]
    scopes: Annotated[list[Annotated[str, words(*KEY_SCOPES, "*")]], Field(description="Empty: all that the role may.")]
    prefix: str
    state: Literal["live", "expired", "revoked", "dead"]
    made_by: str | None
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Annotated[Instant | None, Field(description="To within five minutes.")]
    secret: Annotated[str | None, Field(exclude_if=is_none, description="Shown once.")] = None

    @classmethod
    def of(cls, row: KeyRow, secret: str | None = None) -> ApiKey:
        return cls(
            id=ids.encode("key", row.id), name=row.name, role=row.role.value if row.role else None,
            scopes=list(row.scopes), prefix=row.prefix, state=row.state, made_by=id_or_none("mem", row.maker_id),
            created_at=row.created_at, expires_at=row.expires_at, last_used_at=row.last_used_at, secret=secret,
        )  # fmt: skip


class RequestPaging(Paging):
    """Which calls."""

    outcome: Literal["good", "refused", "failed"] | None = None


class LoggedRequest(Out):
    """A call of the last 30 days; `calls` above 1 are so many alike within a minute. Bodies are redacted."""

    id: str
    at: Instant
    key: str
    method: str
    path: str
    status: int
    code: str | None
    milliseconds: int
    calls: int
    request_id: str | None
    sent: Any
    answered: Any

    @classmethod
    def of(cls, row: RequestRow) -> LoggedRequest:
        return cls(
            id=row.public_id, at=row.at, key=row.key, method=row.method, path=row.path, status=row.status,
            code=row.code or None, milliseconds=row.milliseconds, calls=row.calls, request_id=row.request_id or None,
            sent=row.sent, answered=row.answered,
        )  # fmt: skip
