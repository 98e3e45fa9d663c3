"""The document over WSGI or a socket, and who may ask: a key of each mode, role and scope, and nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    positive_data_acceptance,
    use_after_free,
)

from refill.domain.key_texts import KeyScope
from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.gateways import addresses
from refill.services.developers import keys
from tests import database as databases
from tests.api.client import Api, open_account
from tests.conftest import TEST_PLATFORM_KEY, Session

# JSON Schema calls 1.0 an integer, and cannot say that a zone exists or a key is new: refusals have tests of their own.
# What was removed can be looked at and brought back for 30 days; and a key that comes again gives its first answer,
# though what it made may be gone since.
LEFT_OUT = [positive_data_acceptance, use_after_free, ensure_resource_availability]
SCOPES: tuple[KeyScope, ...] = ("read", "send", "billing", "develop")
ROLES = [role.value for role in Role]
WHO = ["operator", "operator_live", *ROLES, *(f"owner_{scope}" for scope in SCOPES), "nobody"]

Who = dict[str, str]


@contextmanager
def described(session: Session, name: str) -> Iterator[None]:
    """On a database of its own: random plans and policies are made there."""
    made = f"{session.prefix}_{session.worker}_{name}"
    with databases.database_from(session.owner_url, session.template, made):
        databases.point_django_at(session.owner_url, made)
        try:
            with pytest.MonkeyPatch.context() as patch:
                # Random hosts are looked up nowhere.
                patch.setattr(addresses, "look_up", lambda host, port: "192.0.2.1")
                keys.register_test_platform_key(TEST_PLATFORM_KEY)
                yield
        finally:
            databases.point_django_at(session.owner_url, f"{session.prefix}_{session.worker}")


def load(url: str = "") -> Any:
    """The schema as schemathesis reads it from the product: in this process, or where it is served."""
    if url:
        schema = schemathesis.openapi.from_url(f"{url}/v1/openapi.json")
        schema.config.update(base_url=url)
    else:
        schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", get_wsgi_application())
    # Who asks is ours to say, so no case is wrong by its key.
    schema.config.generation.with_security_parameters = False
    return schema


def asking() -> dict[str, Who]:
    """The headers of each of WHO, in an account that paid for a plan; the live key's has none."""
    prices = Api(TEST_PLATFORM_KEY).get("/plans").json["data"][0]["prices"]
    account = open_account(TEST_PLATFORM_KEY, price=prices[0]["id"], payment_method="visa_ok")
    account.give(1_000_000)
    live = keys.make_platform_key(actor=Actor("fuzz"), name="fuzz", livemode=True).secret
    body = {"name": "Live", "timezone": "UTC", "currency": "usd", "owner": {"email": "l@l.example", "name": "L"}}
    of_live = Api(live).post("/accounts", body).json["id"]
    found: dict[str, Who] = {
        "operator": {"Authorization": f"Bearer {TEST_PLATFORM_KEY}", "Refill-Account": account.account or ""},
        "operator_live": {"Authorization": f"Bearer {live}", "Refill-Account": of_live},
        "nobody": {},
    }  # fmt: skip
    for name in WHO:
        if name not in found:
            role, _, scope = name.partition("_")
            wanted = {"name": name, "role": role, "scopes": [scope] if scope else []}
            made = account.post("/api_keys", wanted)
            # Its own account, named: the random ones that cases name do not exist for it.
            found[name] = found["operator"] | {"Authorization": f"Bearer {made.json['secret']}"}
    return found
