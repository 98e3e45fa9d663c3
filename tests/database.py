"""One PostgreSQL for the whole test session, a template that is migrated once, and databases made from it.

Safety against power loss (fsync, synchronous_commit, full_page_writes) is off here, for speed: durability is
shown by the fault tests and the bench, which start servers of their own with it on.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from refill.cli.database import prepare_database
from refill.cli.postgres import EmbeddedPostgres
from refill.database_url import parse_database_url
from refill.settings import connection_options

STATEMENT_TIMEOUT_SECONDS = 60
LOCK_TIMEOUT_SECONDS = 20


class TestServer:
    """A session's server: the embedded one, or that of DATABASE_URL with databases of the session's own."""

    __test__ = False

    def __init__(self) -> None:
        self.given_url = os.environ.get("DATABASE_URL", "")
        self.folder = Path(tempfile.mkdtemp(prefix="refill-tests-"))
        self.folder.chmod(0o755)
        self.prefix = f"refill_test_{os.getpid()}"
        self._embedded: EmbeddedPostgres | None = None

    def start(self) -> str:
        """Start it where that is ours to do. The owner's URL of the database for maintenance."""
        if self.given_url:
            return self.given_url
        self._embedded = EmbeddedPostgres(self.folder, durable=False)
        self._embedded.start()
        return self._embedded.url("postgres")

    def stop(self) -> None:
        if self._embedded is not None:
            self._embedded.stop()
        elif self.given_url:
            with psycopg.connect(self.given_url, autocommit=True) as owner:
                names = owner.execute(
                    "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{self.prefix}_"]
                ).fetchall()
                for (name,) in names:
                    drop_database(self.given_url, name)
        shutil.rmtree(self.folder, ignore_errors=True)


def make_template(owner_url: str, folder: Path, template: str) -> None:
    """Migrate the template, once for all workers of the session."""
    with (folder / "template.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if lock.read() == "made":
            return
        drop_database(owner_url, template)
        create_database(owner_url, template, template="template0")
        point_django_at(owner_url, template, as_owner=True)
        prepare_database(parse_database_url(owner_url).url(template))
        connections.close_all()
        lock.write("made")


def create_database(owner_url: str, name: str, *, template: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop_database(owner_url: str, name: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def point_django_at(owner_url: str, name: str, *, as_owner: bool = False) -> None:
    """Let every thread's default connection lead to the database `name`, as the web's role or the owner."""
    connections.close_all()
    address = parse_database_url(owner_url)
    options = connection_options(
        as_owner=as_owner,
        statement_timeout_seconds=0 if as_owner else STATEMENT_TIMEOUT_SECONDS,
        lock_timeout_seconds=0 if as_owner else LOCK_TIMEOUT_SECONDS,
    )
    place = {
        "NAME": name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "OPTIONS": {**address.parameters, **options},
    }
    settings.DATABASES["default"].update(place)
    connections.databases["default"].update(place)
    connection.settings_dict.update(place)


@contextmanager
def database_from(owner_url: str, template: str, name: str) -> Iterator[str]:
    """A database that lives as long as the block. Its owner's URL."""
    drop_database(owner_url, name)
    create_database(owner_url, name, template=template)
    try:
        yield parse_database_url(owner_url).url(name)
    finally:
        connections.close_all()
        drop_database(owner_url, name)
