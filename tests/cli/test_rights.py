"""The role that the product runs as: made where that may be, asked for in full sentences where not."""

import psycopg
import pytest
from psycopg import sql

from refill.cli.database import check_server, make_role, register_platform_key
from refill.cli.fingerprint import is_database_current, remember_database
from refill.cli.places import StartRefused
from refill.database_url import parse_database_url

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def stranger(owner: Connection, database: str) -> str:
    """The URL of somebody who may log in and nothing else."""
    name = sql.Identifier("refill_stranger")
    owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))
    owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'stranger'").format(name))
    address = parse_database_url(database)
    return type(address)(
        address.name, "refill_stranger", "stranger", address.host, address.port, address.parameters
    ).url()


def test_an_owner_who_may_not_become_the_role_is_told_the_statements(stranger: str) -> None:
    with (
        psycopg.connect(stranger, autocommit=True) as connection,
        pytest.raises(StartRefused) as refused,
    ):
        make_role(connection)
    assert str(refused.value).splitlines()[1:] == [
        '  CREATE ROLE "refill_app" NOLOGIN;',
        '  GRANT "refill_app" TO "refill_stranger";',
    ]


def test_one_to_whom_the_role_was_granted_needs_nothing_more(stranger: str, owner: Connection) -> None:
    owner.execute("GRANT refill_app TO refill_stranger")
    with psycopg.connect(stranger, autocommit=True) as connection:
        make_role(connection)
        assert connection.execute("SELECT current_user").fetchone() == ("refill_stranger",)


def test_a_database_in_another_encoding_is_refused(owner: Connection, database: str) -> None:
    owner.execute("DROP DATABASE IF EXISTS refill_latin")
    owner.execute("CREATE DATABASE refill_latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with (
            psycopg.connect(parse_database_url(database).url("refill_latin")) as connection,
            pytest.raises(StartRefused, match="must be encoded in UTF8; it is LATIN1"),
        ):
            check_server(connection)
    finally:
        owner.execute("DROP DATABASE refill_latin WITH (FORCE)")


def test_the_role_of_the_web_cannot_log_in_and_owns_nothing(owner: Connection) -> None:
    assert owner.execute("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'refill_app'").fetchone() == (
        False,
        False,
    )
    assert owner.execute(
        "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = 'refill_app')"
    ).fetchone() == (0,)


def test_what_is_no_test_platform_key_is_refused_in_a_sentence() -> None:
    with pytest.raises(StartRefused, match="starts with rf_test_"):
        register_platform_key("rf_live_0123456789abcdef")


def test_a_prepared_database_is_current_until_another_platform_key_is_given(database: str) -> None:
    assert is_database_current(database, "")
    assert not is_database_current(database, "rf_test_0123456789abcdef")
    with psycopg.connect(database, autocommit=True) as connection:
        remember_database(connection, "rf_test_0123456789abcdef")
    assert is_database_current(database, "rf_test_0123456789abcdef")
    assert not is_database_current(database, "rf_test_another_0123456789")
    assert is_database_current(database, "")
