"""What every test may ask for. Tests share one database and keep apart by making accounts of their own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from refill.gateways import clock
from refill.models import Pack, Plan, Price
from refill.services.developers import keys
from tests import database as databases
from tests.branching import Branches
from tests.life import Platform

ROOMS_WITHOUT_DATABASE = ("domain", "tidy")
LONGEST = ("test_random_operations", "test_random_quotes", "test_recharge_histories")
TEST_PLATFORM_KEY = "rf_test_platform_for_the_test_suite_0000000000"


@dataclass(frozen=True)
class Session:
    """Where the session's server is. `owner_url` leads to its database for maintenance."""

    owner_url: str
    folder: Path
    prefix: str
    worker: str

    @property
    def template(self) -> str:
        return f"{self.prefix}_template"


def pytest_configure(config: pytest.Config) -> None:
    settings.SECRET_KEY = "for tests only"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATA_DIR = Path(os.environ.get("REFILL_DATA", ".data")) / "tests"
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        # Of several workers, none may own the server: it would end with the first of them.
        config.stash[_server] = (server := databases.TestServer())
        config.stash[_owner_url] = server.start()


def pytest_configure_node(node: object) -> None:
    """xdist: tell a worker where the server is."""
    stash = node.config.stash  # type: ignore[attr-defined]
    node.workerinput["refill"] = (  # type: ignore[attr-defined]
        stash[_owner_url],
        str(stash[_server].folder),
        stash[_server].prefix,
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    if (server := config.stash.get(_server, None)) is not None:
        server.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give every test the database, but those of the rooms that have none and those marked no_database.

    The longest files come first, so that no process is left alone with one of them at the end.
    """
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    for item in items:
        room = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        if room not in ROOMS_WITHOUT_DATABASE and not item.get_closest_marker("no_database"):
            item.fixturenames.insert(0, "database")  # type: ignore[attr-defined]


_server = pytest.StashKey[databases.TestServer]()
_owner_url = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def database_session(request: pytest.FixtureRequest) -> Session:
    """The session's server, with the template made."""
    config = request.config
    if hasattr(config, "workerinput"):
        owner_url, folder, prefix = config.workerinput["refill"]
        session = Session(owner_url, Path(folder), prefix, config.workerinput["workerid"])
    else:
        config.stash[_server] = (server := databases.TestServer())
        session = Session(server.start(), server.folder, server.prefix, "main")
    return session


@pytest.fixture(scope="session")
def database(database_session: Session, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The database that this process's tests share. Its owner's URL; Django is connected as refill_app."""
    session = database_session
    with django_db_blocker.unblock():
        databases.make_template(session.owner_url, session.folder, session.template)
        name = f"{session.prefix}_{session.worker}"
        with databases.database_from(session.owner_url, session.template, name) as url:
            databases.point_django_at(session.owner_url, name)
            yield url


@pytest.fixture(scope="session")
def django_db_setup(database: str) -> None:
    """pytest-django's own set-up gives way to ours."""


@pytest.fixture(scope="module")
def default_catalogue_alone(database: str) -> None:
    """Other tests of this process sell plans and packs of their own: those are withdrawn."""
    for kind in (Price, Pack, Plan):
        kind.objects.filter(mode="test", withdrawn_at=None).update(withdrawn_at=clock.now())


@pytest.fixture
def fresh_database(database_session: Session, database: str) -> Iterator[str]:
    """A database of the test's own, for what concerns all accounts at once. Its owner's URL."""
    session = database_session
    name = f"{session.prefix}_{session.worker}_fresh"
    with databases.database_from(session.owner_url, session.template, name) as url:
        databases.point_django_at(session.owner_url, name)
        try:
            yield url
        finally:
            databases.point_django_at(session.owner_url, f"{session.prefix}_{session.worker}")


@pytest.fixture
def branches(database: str, monkeypatch: pytest.MonkeyPatch) -> Branches:
    """Branches of the shared database, which are all taken back."""
    return Branches(monkeypatch)


@pytest.fixture
def owner(database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection past the product, as the database's owner: for looking, and for tampering on purpose."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def platform_key(database: str) -> str:
    """The operator's key for test mode."""
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    return TEST_PLATFORM_KEY


@pytest.fixture
def platform(platform_key: str) -> Platform:
    """The operator at work, for whole lives of accounts."""
    return Platform(platform_key)


@pytest.fixture(scope="session")
def site_url(database: str) -> Iterator[str]:
    """The product on a port of its own, for browsers and real sockets, on the shared database."""
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()
