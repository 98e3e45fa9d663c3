"""API keys: shown once, stored hashed."""

from __future__ import annotations

from hashlib import sha256

from refill.domain.errors import Invalid, Unauthenticated
from refill.domain.records import KeyFacts
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import ApiKey

SHORTEST = 16


def digest(secret: str) -> bytes:
    """A key's secret is long and random, so a plain hash is enough to keep it."""
    return sha256(secret.encode()).digest()


def register_test_platform_key(secret: str) -> None:
    """Make the operator's test-mode platform key known; harmless when it is already."""
    if not secret.startswith("rf_test_") or len(secret) < SHORTEST:
        raise Invalid("REFILL_TEST_PLATFORM_KEY starts with rf_test_ and has at least 16 characters.")
    ApiKey.objects.get_or_create(
        hash=digest(secret),
        defaults={
            "name": "test platform key", "role": None, "scopes": ["*"], "livemode": False, "prefix": secret[:12],
            "created_at": clock.now(),
        },
    )  # fmt: skip


def authenticate(secret: str) -> KeyFacts:
    """Return what a key may be. Raises Unauthenticated for one that is not, expired or revoked."""
    key = ApiKey.objects.filter(hash=digest(secret)).first()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= clock.now()):
        raise Unauthenticated("Send a valid API key: Authorization: Bearer rf_….")
    role = Role(key.role) if key.role else None
    return KeyFacts(key.pk, key.account_id, role, tuple(key.scopes), key.livemode)
