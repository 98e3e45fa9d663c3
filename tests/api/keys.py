"""Account keys, put past the product: their management comes later."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import psycopg

from refill.domain import ids
from tests.api.client import Api

Owner = psycopg.Connection[tuple[Any, ...]]


def account_key(owner: Owner, account: Api, role: str, scopes: Sequence[str] = (), *, livemode: bool = False) -> Api:
    """A key of the account with this role."""
    assert account.account is not None
    (number,) = ids.decode("acc", account.account)
    secret = f"rf_test_{account.account}_{role}_{'_'.join(scopes)}_{livemode}"
    owner.execute(
        """insert into refill_apikey (account_id, name, role, scopes, livemode, prefix, hash, created_at)
           values (%s, 'a key', %s, %s, %s, 'rf_test_', %s, now())""",
        [number, role, json.dumps(list(scopes)), livemode, hashlib.sha256(secret.encode()).digest()],
    )
    return Api(secret, clock=account.clock)


def revoke(owner: Owner, api: Api) -> None:
    """Revoke a key in the database, as another process would."""
    digest = hashlib.sha256(api.key.encode()).digest()
    owner.execute("update refill_apikey set revoked_at = now() where hash = %s", [digest])


def live_platform_key(owner: Owner) -> Api:
    """The operator's key for live mode."""
    secret = "rf_live_platform_for_the_test_suite"
    owner.execute(
        """insert into refill_apikey (name, role, scopes, livemode, prefix, hash, created_at)
           values ('live', null, '["*"]', true, 'rf_live_', %s, now()) on conflict do nothing""",
        [hashlib.sha256(secret.encode()).digest()],
    )
    return Api(secret)
