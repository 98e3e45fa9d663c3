"""Making a database ready: the role that the product runs as, the migrations, and what that role may do."""

from contextlib import suppress
from pathlib import Path

import psycopg
from django.core.management import call_command
from psycopg import errors, sql

from refill.cli.fingerprint import remember_database
from refill.cli.places import PACKAGE_DIR, StartRefused
from refill.domain.errors import Refusal

APP_ROLE = "refill_app"
OLDEST_SERVER = 150000
RIGHTS_FILE = PACKAGE_DIR / "ledger" / "rights.sql"
_MIGRATION_LOCK = 0x52454649  # one number for all launchers of one database

Connection = psycopg.Connection[tuple[object, ...]]


def prepare_database(owner_url: str, *, test_platform_key: str = "", show: bool = False) -> None:
    """Role, migrations, rights, platform key; one launcher at a time. Django must be connected as owner."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        check_server(connection)
        make_role(connection)
        call_command("migrate", interactive=False, verbosity=1 if show else 0)
        call_command("createcachetable", verbosity=0)
        grant_rights(connection)
        make_standard_catalogue()
        if test_platform_key:
            register_platform_key(test_platform_key)
        # Last, so that what failed is tried again at the next start.
        remember_database(connection, test_platform_key)


def make_standard_catalogue() -> None:
    """The policies of RULES and the default catalogue, where there are none."""
    from refill.services.selling import standard

    standard.ensure()


def register_platform_key(key: str) -> None:
    """Let `key` act as the platform in test mode. StartRefused where it is no such key."""
    from refill.services.developers.keys import register_test_platform_key

    try:
        register_test_platform_key(key)
    except Refusal as refusal:
        raise StartRefused(refusal.detail) from refusal


def check_server(connection: Connection) -> None:
    """StartRefused for a server that is too old or a database that cannot hold every text."""
    row = connection.execute(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
    ).fetchone()
    assert row is not None
    if int(str(row[0])) < OLDEST_SERVER:
        raise StartRefused(f"PostgreSQL 15 or later is needed; this server says {row[0]}.")
    if row[1] != "UTF8":
        raise StartRefused(f"The database must be encoded in UTF8; it is {row[1]}. Make it with ENCODING 'UTF8'.")


def make_role(connection: Connection) -> None:
    """Make refill_app, a role without login that the owner may become. StartRefused has the statements."""
    owner = connection.info.user
    create = sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(APP_ROLE))
    grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(owner))
    try:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone() is None:
            # Another database of the same server may make it meanwhile.
            with suppress(errors.DuplicateObject, errors.UniqueViolation):
                connection.execute(create)
        if not _may_become(connection):
            connection.execute(grant)
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APP_ROLE)))
            connection.execute("RESET ROLE")
    except errors.InsufficientPrivilege as error:
        raise StartRefused(
            f"The user {owner} may not make or become the role {APP_ROLE}. "
            "Let an administrator of the server run:\n"
            f"  {create.as_string(connection)};\n  {grant.as_string(connection)};"
        ) from error


def _may_become(connection: Connection) -> bool:
    try:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APP_ROLE)))
        connection.execute("RESET ROLE")
    except errors.InsufficientPrivilege:
        return False
    return True


def grant_rights(connection: Connection, rights_file: Path = RIGHTS_FILE) -> None:
    """Every table to read and write, then less for what the ledger keeps to itself (ledger/rights.sql)."""
    role = sql.Identifier(APP_ROLE)
    with connection.transaction():
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
        ):
            connection.execute(sql.SQL(statement).format(role))
        for table in ("django_migrations", "refill_start_state"):
            known = connection.execute("SELECT to_regclass(%s)", [f"public.{table}"]).fetchone()
            if known is not None and known[0] is not None:
                connection.execute(
                    sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), role)
                )
        if rights_file.exists():
            connection.execute(rights_file.read_bytes())
