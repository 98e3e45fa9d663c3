"""The ground that the other tests stand on."""

import psycopg
import pytest
from django.db import connection
from psycopg import errors


def _ask(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
        assert row is not None
        return row[0]


def test_the_suite_speaks_to_the_database_as_the_web_does() -> None:
    assert _ask("SELECT current_user") == "refill_app"
    assert _ask("SHOW timezone") == "UTC"
    assert connection.in_atomic_block is False


def test_the_role_of_the_web_cannot_change_an_entry() -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied") as refused:
        cursor.execute("UPDATE refill_entry SET credits = credits")
    assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)


def test_a_fresh_database_is_migrated_empty_and_not_the_shared_one(database: str, fresh_database: str) -> None:
    assert fresh_database != database
    assert _ask("SELECT current_database()") in fresh_database
    assert _ask("SELECT count(*) > 0 FROM django_migrations") is True
    assert _ask("SELECT count(*) FROM refill_account") == 0


def test_the_owner_connection_goes_past_the_product(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    row = owner.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (True,)
